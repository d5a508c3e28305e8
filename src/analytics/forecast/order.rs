//! In which order actions can be looked at, when some wait for others.

/// Indices, each behind all that it waits for. Where actions wait for one another in a circle, the first of them begins: what it waits
/// for is taken out of `waits`. Indices are of the order in which circles are to be broken.
pub(super) fn in_order(waits: &mut [Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(waits.len());
    let mut is_done = vec![false; waits.len()];
    let mut dependents = vec![Vec::new(); waits.len()];
    let mut left: Vec<usize> = vec![0; waits.len()];
    for (index, own) in waits.iter_mut().enumerate() {
        own.sort_unstable();
        own.dedup();
        left[index] = own.len();
        own.iter().for_each(|awaited| dependents[*awaited].push(index));
    }
    let mut ready: Vec<usize> = (0..waits.len()).rev().filter(|index| left[*index] == 0).collect();
    let mut from = 0;
    loop {
        while let Some(index) = ready.pop() {
            is_done[index] = true;
            order.push(index);
            for dependent in dependents[index].iter().rev().filter(|dependent| !is_done[**dependent]) {
                left[*dependent] -= 1;
                if left[*dependent] == 0 {
                    ready.push(*dependent);
                }
            }
        }
        // All that is left is in a circle or waits for one.
        let Some(first) = (from..waits.len()).find(|index| !is_done[*index] && waits_for_itself(waits, &is_done, *index)) else {
            return order;
        };
        from = first + 1;
        waits[first].clear();
        is_done[first] = true;
        ready.push(first);
    }
}

fn waits_for_itself(waits: &[Vec<usize>], is_done: &[bool], start: usize) -> bool {
    let mut seen = vec![false; waits.len()];
    let mut next = vec![start];
    while let Some(index) = next.pop() {
        for awaited in waits[index].iter().copied().filter(|awaited| !is_done[*awaited]) {
            if awaited == start {
                return true;
            }
            if !std::mem::replace(&mut seen[awaited], true) {
                next.push(awaited);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_circle_begins_with_its_first() {
        // 0 waits for the circle of 1, 2 and 3; 4 for nothing.
        let mut waits = vec![vec![2], vec![3], vec![1], vec![2], vec![]];
        assert_eq!(in_order(&mut waits), [4, 1, 2, 0, 3]);
        assert_eq!(waits, [vec![2], vec![], vec![1], vec![2], vec![]]);
        let mut alone = vec![vec![0]];
        assert_eq!(in_order(&mut alone), [0]);
    }

    proptest! {
        #[test]
        fn everything_comes_once_behind_what_it_waits_for(
            edges in proptest::collection::vec((0..30_usize, 0..30_usize), 0..80),
        ) {
            let mut waits = vec![Vec::new(); 30];
            edges.iter().for_each(|(index, awaited)| waits[*index].push(*awaited));
            let order = in_order(&mut waits);
            let mut place = [usize::MAX; 30];
            order.iter().enumerate().for_each(|(at, index)| place[*index] = at);
            prop_assert_eq!(order.len(), 30);
            prop_assert!(place.iter().all(|at| *at < 30));
            for (index, own) in waits.iter().enumerate() {
                prop_assert!(own.iter().all(|awaited| place[*awaited] < place[index]));
            }
        }
    }
}
