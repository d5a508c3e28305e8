//! The funnel: SPEC 2.3, section 6, and `funnel_velocity`.

use rust_decimal::Decimal;

use super::formulas::{days, mean, percentage, ratio};
use crate::entities::enums::FunnelStage;
use crate::store::{StageOwner, StageSums};

/// The stages in their order.
pub const STAGES: [FunnelStage; 3] = [FunnelStage::Top, FunnelStage::Middle, FunnelStage::Bottom];

/// How many owners a recommendation names.
const NAMED: usize = 2;

/// A stage of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Which.
    pub stage: FunnelStage,
    /// Actions that were ever in it.
    pub entered: i64,
    /// Of these, completed in it.
    pub completed: i64,
    /// Of these, in it now and not completed.
    pub open: i64,
    /// Average days from entering to leaving or completing; none where no stay is over.
    pub average_days: Option<Decimal>,
    /// Its average days ÷ the mean of the stages' averages: above 1 is slower than the others. None where it has no average, or all
    /// took no time.
    pub score: Option<Decimal>,
}

impl Stage {
    /// Completed of entered, in percent; none where none entered.
    #[must_use]
    pub fn completion_rate(&self) -> Option<Decimal> {
        percentage(self.completed, self.entered)
    }
}

/// The funnel of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// All three stages, from the top.
    pub stages: Vec<Stage>,
    /// The slowest stage that has open work; none where no such stage has an average.
    pub bottleneck: Option<FunnelStage>,
    /// Who has open work in the bottleneck, those with the most first.
    pub busy: Vec<(String, i64)>,
}

impl Funnel {
    /// The funnel out of the sums of its stages.
    #[must_use]
    pub fn new(sums: &[StageSums], owners: &[StageOwner]) -> Self {
        let average = |sums: &StageSums| mean(days(sums.stay_seconds), sums.stays);
        let averages: Vec<Decimal> = sums.iter().filter_map(average).collect();
        let overall = i64::try_from(averages.len()).ok().and_then(|count| mean(averages.iter().sum(), count));
        let stages: Vec<Stage> = STAGES
            .into_iter()
            .map(|stage| {
                let sums = sums.iter().find(|sums| sums.stage == stage);
                let average_days = sums.and_then(average);
                Stage {
                    stage,
                    entered: sums.map_or(0, |sums| sums.entered),
                    completed: sums.map_or(0, |sums| sums.completed),
                    open: sums.map_or(0, |sums| sums.open),
                    average_days,
                    score: average_days.zip(overall).and_then(|(own, overall)| ratio(own, overall)),
                }
            })
            .collect();
        // Of two that are equally slow, the first one: what waits there has the longer way to go.
        let slower = |slowest: Option<(Decimal, FunnelStage)>, stage: &Stage| match (slowest, stage.average_days) {
            (slowest, Some(days)) if stage.open > 0 && slowest.is_none_or(|(most, _)| days > most) => Some((days, stage.stage)),
            (slowest, _) => slowest,
        };
        let bottleneck = stages.iter().fold(None, slower).map(|(_, stage)| stage);
        let busy = owners.iter().filter(|owner| Some(owner.stage) == bottleneck).map(|owner| (owner.owner.clone(), owner.open));
        Self { stages, bottleneck, busy: busy.collect() }
    }

    /// What to do about the bottleneck (“Parallelize Artifacts + Research tasks”); none where there is none. Where the work there is
    /// nobody's, the stage is named (“Parallelize execution tasks”).
    #[must_use]
    pub fn recommendation(&self) -> Option<String> {
        let stage = self.bottleneck?;
        let names: Vec<&str> = self.busy.iter().take(NAMED).map(|(name, _)| name.as_str()).collect();
        let whose = if names.is_empty() { work(stage).to_owned() } else { names.join(" + ") };
        Some(format!("Parallelize {whose} tasks"))
    }
}

/// What is done in a stage.
const fn work(stage: FunnelStage) -> &'static str {
    match stage {
        FunnelStage::Top => "ideation",
        FunnelStage::Middle => "execution",
        FunnelStage::Bottom => "completion",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::WeekId;

    fn sums(stage: FunnelStage, entered: i64, completed: i64, open: i64, stays: i64, stay_seconds: i64) -> StageSums {
        let week_id = WeekId(uuid::Uuid::nil());
        StageSums { week_id, stage, entered, completed, open, stays, stay_seconds: stay_seconds.into() }
    }

    #[test]
    fn a_stage_without_open_work_is_no_bottleneck() {
        let all = [
            sums(FunnelStage::Top, 2, 0, 0, 2, 20 * 86_400),
            sums(FunnelStage::Middle, 2, 1, 1, 1, 86_400),
            sums(FunnelStage::Bottom, 1, 0, 1, 0, 0),
        ];
        let funnel = Funnel::new(&all, &[]);
        assert_eq!(funnel.bottleneck, Some(FunnelStage::Middle));
        assert_eq!(funnel.recommendation().as_deref(), Some("Parallelize execution tasks"));
        assert_eq!(funnel.stages[2].average_days, None, "nothing has left it");
        assert_eq!(funnel.stages[2].score, None);
        let nothing = Funnel::new(&[], &[]);
        assert_eq!((nothing.bottleneck, nothing.recommendation(), nothing.stages.len()), (None, None, 3));
    }

    proptest! {
        #[test]
        fn scores_are_around_1_and_the_bottleneck_is_the_slowest_with_work(
            numbers in proptest::collection::vec((0_i64..50, 0_i64..50, 0_i64..20, 0_i64..2_000_000), 3),
        ) {
            let all: Vec<StageSums> = STAGES.into_iter().zip(numbers).map(|(stage, (completed, open, stays, seconds))| {
                sums(stage, completed + open, completed, open, stays, if stays == 0 { 0 } else { seconds })
            }).collect();
            let funnel = Funnel::new(&all, &[]);
            let scores: Vec<Decimal> = funnel.stages.iter().filter_map(|stage| stage.score).collect();
            if !scores.is_empty() {
                let mean = scores.iter().sum::<Decimal>() / Decimal::from(scores.len());
                prop_assert!((mean - Decimal::ONE).abs() < Decimal::new(1, 9));
            }
            let most = funnel.stages.iter().filter(|stage| stage.open > 0).filter_map(|stage| stage.average_days).max();
            let found = funnel.stages.iter().find(|stage| Some(stage.stage) == funnel.bottleneck);
            prop_assert_eq!(found.and_then(|stage| stage.average_days), most);
            for stage in &funnel.stages {
                let rate = stage.completion_rate();
                prop_assert!(rate.is_none_or(|rate| rate >= Decimal::ZERO && rate <= Decimal::ONE_HUNDRED));
            }
        }
    }
}
