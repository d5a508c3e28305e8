//! How long actions take: the share of them that take longer than a time.

/// The longest that anything is said to take from now, in seconds: ten years. What is later is never.
const NEVER: f64 = 10.0 * 365.25 * 86_400.0;

/// How long an action took, or how long it has been open without being completed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// In seconds.
    pub seconds: f64,
    /// Whether it was completed then.
    pub is_completed: bool,
}

/// A time that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// In seconds.
    pub seconds: f64,
    /// Whether nothing observed is behind it: it lies in the tail.
    pub is_beyond: bool,
}

/// The share of actions that take longer than a time, after Kaplan and Meier (1958): at each time `t` at which `d` of the `n` that were
/// open until then were completed, it falls by the factor `1 − d ÷ (n + 1)`. Who leaves out what is still open, and only looks at what
/// was completed, promises too much: what takes long is what is not completed yet. The one more is the action that is asked about: it is
/// open too, and may take longer than all others (Hill 1968). So of few the interval is wider.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    /// Times of completion, rising, and the share that takes longer.
    steps: Vec<(f64, f64)>,
    /// All times of completion, rising.
    completed: Vec<f64>,
    /// The longest time known, of completed and open ones.
    longest: f64,
    /// How many are open.
    open: usize,
}

impl Curve {
    /// The curve of some observations; those that are not finite or below 0 are none.
    #[must_use]
    pub fn new(mut observations: Vec<Observation>) -> Self {
        observations.retain(|own| own.seconds.is_finite() && own.seconds >= 0.0);
        // Of what is equally long, the completed first: what is open was open until then.
        observations.sort_by(|a, b| a.seconds.total_cmp(&b.seconds).then(b.is_completed.cmp(&a.is_completed)));
        let mut curve = Self { longest: observations.last().map_or(0.0, |last| last.seconds), ..Self::default() };
        let mut left = observations.len();
        let mut share = 1.0;
        for same in observations.chunk_by(|a, b| a.seconds.total_cmp(&b.seconds).is_eq()) {
            let done = same.iter().filter(|own| own.is_completed).count();
            if done > 0 {
                share *= 1.0 - done as f64 / (left + 1) as f64;
                curve.steps.push((same[0].seconds, share));
                curve.completed.extend(same.iter().take(done).map(|own| own.seconds));
            }
            curve.open += same.len() - done;
            left -= same.len();
        }
        curve
    }

    /// Times of completion, rising.
    #[must_use]
    pub fn completed(&self) -> &[f64] {
        &self.completed
    }

    /// How many were open when it was looked.
    #[must_use]
    pub const fn open(&self) -> usize {
        self.open
    }

    /// How many took longer than an age until they were completed.
    #[must_use]
    pub fn longer_than(&self, age: f64) -> usize {
        self.completed.len() - self.completed.partition_point(|time| *time <= age)
    }

    /// How long an action takes in all that has this age and is open, for a chance from 0 (included) to 1 (excluded): the first
    /// observed time beyond the age at which the share has fallen to `(1 − chance) × share at the age`.
    ///
    /// The tail. Where the share never falls so far, or nothing observed took as long, it is `L ÷ q`: `L` is the longest time known
    /// (the age, if that is longer), `q` how much of what remains is left, from 1 to 0. So half of what is beyond all that was
    /// observed takes twice as long as that, and a tenth ten times; from now it is never more than ten years.
    #[must_use]
    pub fn draw(&self, age: f64, chance: f64) -> Draw {
        let age = age.max(0.0);
        let seen = self.steps.partition_point(|(time, _)| *time <= age);
        let here = seen.checked_sub(1).map_or(1.0, |last| self.steps[last].1);
        let target = here * (1.0 - chance);
        let ahead = &self.steps[seen..];
        let step = ahead.partition_point(|(_, share)| *share > target);
        if let Some((time, _)) = ahead.get(step) {
            return Draw { seconds: time.min(age + NEVER), is_beyond: false };
        }
        let left = target / ahead.last().map_or(here, |last| last.1);
        Draw { seconds: (self.longest.max(age) / left).min(age + NEVER).max(age), is_beyond: true }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn curve(completed: &[f64], open: &[f64]) -> Curve {
        let of = |times: &[f64], is_completed| {
            times.iter().map(move |seconds| Observation { seconds: *seconds, is_completed }).collect::<Vec<_>>()
        };
        Curve::new([of(completed, true), of(open, false)].concat())
    }

    #[test]
    fn what_is_open_counts_until_its_age() {
        // Of 5, one is done at 1, one is open since 2, one is done at 3.
        let curve = curve(&[1.0, 3.0], &[2.0, 4.0, 4.0]);
        assert_eq!(curve.steps.iter().map(|step| step.0).collect::<Vec<_>>(), [1.0, 3.0]);
        assert!((curve.steps[0].1 - 5.0 / 6.0).abs() < 1e-12 && (curve.steps[1].1 - 5.0 / 6.0 * 0.75).abs() < 1e-12);
        assert_eq!((curve.completed().len(), curve.open(), curve.longer_than(1.0)), (2, 3, 1));
    }

    #[test]
    fn a_draw_is_one_of_the_times_beyond_the_age() {
        let curve = curve(&[1.0, 2.0, 3.0, 4.0], &[]);
        let at = |age, chance| curve.draw(age, chance);
        assert_eq!(at(0.0, 0.0), Draw { seconds: 1.0, is_beyond: false });
        assert_eq!(at(0.0, 0.39).seconds, 2.0);
        assert_eq!(at(0.0, 0.79).seconds, 4.0);
        assert!(at(0.0, 0.81).is_beyond, "one in five is this one, which may take longer than these four");
        assert_eq!(at(2.0, 0.0).seconds, 3.0, "two are left");
        assert_eq!(at(2.0, 0.6).seconds, 4.0);
    }

    #[test]
    fn behind_all_that_was_observed_is_the_stated_tail() {
        let done = curve(&[1.0, 2.0], &[]);
        assert_eq!(done.draw(10.0, 0.5), Draw { seconds: 20.0, is_beyond: true });
        assert_eq!(done.draw(10.0, 0.9).seconds.round(), 100.0);
        // Two are open, and that is known of 8 seconds: three of five go on, this one with them.
        let half = curve(&[1.0, 2.0], &[8.0, 8.0]);
        assert!(!half.draw(0.0, 0.39).is_beyond);
        let beyond = half.draw(0.0, 0.7);
        assert!(beyond.is_beyond && (beyond.seconds - 16.0).abs() < 1e-9, "{beyond:?}");
        assert_eq!(Curve::default().draw(3.0, 0.5), Draw { seconds: 6.0, is_beyond: true });
    }

    fn observations() -> impl Strategy<Value = Vec<Observation>> {
        let one = (0.0..1e7_f64, any::<bool>()).prop_map(|(seconds, is_completed)| Observation { seconds, is_completed });
        proptest::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn draws_are_never_before_the_age_and_rise_with_chance_and_age(
            observations in observations(), age in 0.0..2e7_f64, older in 0.0..2e7_f64, chance in 0.0..1.0_f64, more in 0.0..1.0_f64,
        ) {
            let curve = Curve::new(observations);
            let draw = curve.draw(age, chance);
            prop_assert!(draw.seconds.is_finite() && draw.seconds >= age);
            prop_assert!(curve.draw(age, chance.max(more)).seconds >= draw.seconds);
            // An action that has been open for longer takes no less in all, and never ends before now.
            prop_assert!(curve.draw(age + older, chance).seconds >= (age + older).max(draw.seconds) - 1e-6 * draw.seconds);
        }

        #[test]
        fn the_share_falls_from_1_to_0(observations in observations()) {
            let curve = Curve::new(observations);
            let shares: Vec<f64> = curve.steps.iter().map(|step| step.1).collect();
            prop_assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
            prop_assert!(shares.windows(2).all(|pair| pair[1] < pair[0]));
        }
    }
}
