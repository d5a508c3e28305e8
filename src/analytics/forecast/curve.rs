//! How long actions take: the share of them that take longer than a time.

/// The longest that anything is said to take from now, in seconds: ten years. What is later is never.
const NEVER: f64 = 10.0 * 365.25 * 86_400.0;

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was completed.
    Completed,
    /// It was left behind: see [`super::LEFT_BEHIND_AFTER`].
    LeftBehind,
    /// Neither: it is open.
    Open,
}

/// What became of an action after how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// In seconds.
    pub seconds: f64,
    /// What had become of it then.
    pub outcome: Outcome,
}

/// A time that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// In seconds.
    pub seconds: f64,
    /// Whether nothing observed is behind it: it lies in the tail.
    pub is_beyond: bool,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    seconds: f64,
    /// The share that is neither completed nor left behind by then.
    share: f64,
    is_completed: bool,
}

/// When actions are completed or left behind, after Aalen and Johansen (1978), the estimator of Kaplan and Meier (1958) for ends of more
/// than one kind: at each time `t` at which `d` of the `n` that were open until then were completed, and `b` were left behind, of the
/// share that is still open `d ÷ (n + 1)` are completed and `b ÷ (n + 1)` are left behind. What is open was open until its age, and that
/// counts: who only looks at what was completed promises too much. The one more is the action that is asked about: it may take longer
/// than all others (Hill 1968). So of few the interval is wider.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    /// By time, rising.
    steps: Vec<Step>,
    /// All times of completion, rising.
    completed: Vec<f64>,
    /// All times at which it was known what became of one, rising.
    known: Vec<f64>,
    /// The longest time known, of all.
    longest: f64,
    /// How many are open.
    open: usize,
}

impl Curve {
    /// The curve of some observations; those that are not finite or below 0 are none.
    #[must_use]
    pub fn new(mut observations: Vec<Observation>) -> Self {
        observations.retain(|own| own.seconds.is_finite() && own.seconds >= 0.0);
        observations.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let mut curve = Self { longest: observations.last().map_or(0.0, |last| last.seconds), ..Self::default() };
        let mut left = observations.len();
        let mut share = 1.0;
        for same in observations.chunk_by(|a, b| a.seconds.total_cmp(&b.seconds).is_eq()) {
            let (seconds, before) = (same[0].seconds, share);
            let count = |outcome| same.iter().filter(|own| own.outcome == outcome).count();
            for outcome in [Outcome::Completed, Outcome::LeftBehind] {
                let ended = count(outcome);
                if ended > 0 {
                    share -= before * ended as f64 / (left + 1) as f64;
                    curve.steps.push(Step { seconds, share, is_completed: outcome == Outcome::Completed });
                }
            }
            curve.completed.extend(std::iter::repeat_n(seconds, count(Outcome::Completed)));
            curve.known.extend(std::iter::repeat_n(seconds, same.len() - count(Outcome::Open)));
            curve.open += count(Outcome::Open);
            left -= same.len();
        }
        curve
    }

    /// Times of completion, rising.
    #[must_use]
    pub fn completed(&self) -> &[f64] {
        &self.completed
    }

    /// How many were left behind.
    #[must_use]
    pub fn left_behind(&self) -> usize {
        self.known.len() - self.completed.len()
    }

    /// How many were open when it was looked, and not left behind.
    #[must_use]
    pub const fn open(&self) -> usize {
        self.open
    }

    /// How many took longer than an age until they were completed.
    #[must_use]
    pub fn longer_than(&self, age: f64) -> usize {
        behind(&self.completed, age)
    }

    /// Of how many that were open at an age it is known what became of them.
    #[must_use]
    pub fn known_after(&self, age: f64) -> usize {
        behind(&self.known, age)
    }

    /// How long an action takes in all that has this age and is open, for a chance from 0 (included) to 1 (excluded): the first
    /// observed time beyond the age at which the share that is open has fallen to `(1 − chance) × share at the age`. None where that is
    /// a time at which actions were left behind: then it is, too.
    ///
    /// The tail. Where the share never falls so far, or nothing observed took as long, it is `L ÷ q`: `L` is the longest time known
    /// (the age, if that is longer), `q` how much of what remains is left, from 1 to 0. So half of what is beyond all that was
    /// observed takes twice as long as that, and a tenth ten times; from now it is never more than ten years.
    #[must_use]
    pub fn draw(&self, age: f64, chance: f64) -> Option<Draw> {
        let age = age.max(0.0);
        let seen = self.steps.partition_point(|step| step.seconds <= age);
        let here = seen.checked_sub(1).map_or(1.0, |last| self.steps[last].share);
        let target = here * (1.0 - chance);
        let ahead = &self.steps[seen..];
        if let Some(step) = ahead.get(ahead.partition_point(|step| step.share > target)) {
            let draw = Draw { seconds: step.seconds.min(age + NEVER), is_beyond: false };
            return step.is_completed.then_some(draw);
        }
        let left = target / ahead.last().map_or(here, |last| last.share);
        Some(Draw { seconds: (self.longest.max(age) / left).min(age + NEVER).max(age), is_beyond: true })
    }
}

/// How many of some rising times are behind an age.
fn behind(times: &[f64], age: f64) -> usize {
    times.len() - times.partition_point(|time| *time <= age)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn curve_of(completed: &[f64], left_behind: &[f64], open: &[f64]) -> Curve {
        let of = |times: &[f64], outcome| {
            times.iter().map(move |seconds| Observation { seconds: *seconds, outcome }).collect::<Vec<_>>()
        };
        let all = [of(completed, Outcome::Completed), of(left_behind, Outcome::LeftBehind), of(open, Outcome::Open)];
        Curve::new(all.concat())
    }

    fn curve(completed: &[f64], open: &[f64]) -> Curve {
        curve_of(completed, &[], open)
    }

    #[test]
    fn what_is_open_counts_until_its_age() {
        // Of 5, one is done at 1, one is open since 2, one is done at 3.
        let curve = curve(&[1.0, 3.0], &[2.0, 4.0, 4.0]);
        assert_eq!(curve.steps.iter().map(|step| step.seconds).collect::<Vec<_>>(), [1.0, 3.0]);
        assert!((curve.steps[0].share - 5.0 / 6.0).abs() < 1e-12 && (curve.steps[1].share - 5.0 / 6.0 * 0.75).abs() < 1e-12);
        assert_eq!((curve.completed().len(), curve.open(), curve.longer_than(1.0)), (2, 3, 1));
    }

    #[test]
    fn what_was_left_behind_is_drawn_as_that() {
        // Of 4, two are done by 2, and two are left behind at 7.
        let curve = curve_of(&[1.0, 2.0], &[7.0, 7.0], &[]);
        assert_eq!((curve.completed().len(), curve.left_behind(), curve.open(), curve.known_after(2.0)), (2, 2, 0, 2));
        assert_eq!(curve.draw(0.0, 0.39), Some(Draw { seconds: 2.0, is_beyond: false }));
        assert_eq!((curve.draw(0.0, 0.41), curve.draw(0.0, 0.79)), (None, None), "two of five, this one being the fifth");
        assert!(curve.draw(0.0, 0.81).is_some_and(|draw| draw.is_beyond));
        assert_eq!(curve.draw(5.0, 0.5), None, "whatever is as old as that was left behind");
    }

    #[test]
    fn a_draw_is_one_of_the_times_beyond_the_age() {
        let curve = curve(&[1.0, 2.0, 3.0, 4.0], &[]);
        let at = |age, chance| curve.draw(age, chance).expect("nothing was left behind");
        assert_eq!(at(0.0, 0.0), Draw { seconds: 1.0, is_beyond: false });
        assert_eq!(at(0.0, 0.39).seconds, 2.0);
        assert_eq!(at(0.0, 0.79).seconds, 4.0);
        assert!(at(0.0, 0.81).is_beyond, "one in five is this one, which may take longer than these four");
        assert_eq!(at(2.0, 0.0).seconds, 3.0, "two are left");
        assert_eq!(at(2.0, 0.6).seconds, 4.0);
    }

    #[test]
    fn behind_all_that_was_observed_is_the_stated_tail() {
        let at = |curve: &Curve, age, chance| curve.draw(age, chance).expect("nothing was left behind");
        let done = curve(&[1.0, 2.0], &[]);
        assert_eq!(at(&done, 10.0, 0.5), Draw { seconds: 20.0, is_beyond: true });
        assert_eq!(at(&done, 10.0, 0.9).seconds.round(), 100.0);
        // Two are open, and that is known of 8 seconds: three of five go on, this one with them.
        let half = curve(&[1.0, 2.0], &[8.0, 8.0]);
        assert!(!at(&half, 0.0, 0.39).is_beyond);
        let beyond = at(&half, 0.0, 0.7);
        assert!(beyond.is_beyond && (beyond.seconds - 16.0).abs() < 1e-9, "{beyond:?}");
        assert_eq!(at(&Curve::default(), 3.0, 0.5), Draw { seconds: 6.0, is_beyond: true });
    }

    fn observations() -> impl Strategy<Value = Vec<Observation>> {
        let outcomes = vec![Outcome::Completed, Outcome::LeftBehind, Outcome::Open];
        let one =
            (0.0..1e7_f64, proptest::sample::select(outcomes)).prop_map(|(seconds, outcome)| Observation { seconds, outcome });
        proptest::collection::vec(one, 0..60)
    }

    /// When it ends, one way or the other; what is left behind ends never.
    fn end(draw: Option<Draw>) -> f64 {
        draw.map_or(f64::INFINITY, |draw| draw.seconds)
    }

    proptest! {
        #[test]
        fn draws_are_never_before_the_age_and_rise_with_chance_and_age(
            observations in observations(), age in 0.0..2e7_f64, older in 0.0..2e7_f64, chance in 0.0..1.0_f64, more in 0.0..1.0_f64,
        ) {
            let curve = Curve::new(observations.clone());
            prop_assert!(curve.draw(age, chance).is_none_or(|draw| draw.seconds.is_finite() && draw.seconds >= age));
            let all: Vec<Observation> = observations
                .into_iter()
                .map(|own| if own.outcome == Outcome::LeftBehind { Observation { outcome: Outcome::Open, ..own } } else { own })
                .collect();
            let curve = Curve::new(all);
            let draw = end(curve.draw(age, chance));
            prop_assert!(end(curve.draw(age, chance.max(more))) >= draw);
            // An action that has been open for longer takes no less in all, and never ends before now.
            prop_assert!(end(curve.draw(age + older, chance)) >= (age + older).max(draw) - 1e-6 * draw);
        }

        #[test]
        fn the_share_falls_from_1_to_0(observations in observations()) {
            let curve = Curve::new(observations);
            let shares: Vec<f64> = curve.steps.iter().map(|step| step.share).collect();
            prop_assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
            prop_assert!(shares.windows(2).all(|pair| pair[1] < pair[0]));
        }
    }
}
