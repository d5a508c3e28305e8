//! What holds of every forecast, and how often intervals hold on histories that are made.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Chicago;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::backtest::{Backtest, Tally, backtest};
use super::*;
use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::ids::{ActionId, OwnerId, ResultId, WeekId};
use crate::store::{PastAction, PlannedAction};

const STAGES: [FunnelStage; 3] = [FunnelStage::Top, FunnelStage::Middle, FunnelStage::Bottom];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn hours(hours: f64) -> TimeDelta {
    TimeDelta::milliseconds((hours * 3_600_000.0) as i64)
}

/// A pending action of a week from the 2nd to the 8th of March 2026, made two days before.
fn action(number: u128) -> PlannedAction {
    let begins_at = at("2026-03-02T06:00:00Z");
    PlannedAction {
        week_id: WeekId(Uuid::from_u128(1)),
        begins_at,
        // The clocks are put forward on the last day.
        ends_at: at("2026-03-09T05:00:00Z"),
        is_of_week: true,
        id: ActionId(Uuid::from_u128(1000 + number)),
        code: format!("A-{number:03}"),
        result_id: ResultId(Uuid::from_u128(100 + number % 3)),
        status: ActionStatus::Pending,
        owner_id: Some(OwnerId(Uuid::from_u128(10 + number % 4))),
        owner: Some("x".to_owned()),
        stage: STAGES[number as usize % 3],
        estimated_hours: Some(Decimal::from(number as u64 % 10)),
        due_date: None,
        created_at: begins_at - TimeDelta::days(2),
        started_at: None,
        completed_at: None,
        dependencies: json!([]),
    }
}

fn past(row: &PlannedAction) -> PastAction {
    let PlannedAction { owner_id, stage, estimated_hours, created_at, started_at, completed_at, ends_at, .. } = row.clone();
    PastAction { owner_id, stage, estimated_hours, created_at, started_at, completed_at, week_ends_at: ends_at }
}

fn moment() -> Moment {
    Moment { as_of: at("2026-03-04T15:00:00Z"), zone: Chicago }
}

/// Sixty actions of the weeks before: begun after a third of their time, which is from two hours to five days; a tenth is open.
fn some_history() -> Vec<PastAction> {
    let of = |number: u128| {
        let mut row = action(number);
        row.created_at -= TimeDelta::days(7 + number as i64 % 40);
        row.started_at = Some(row.created_at + hours(2.0 * number as f64 / 3.0));
        row.completed_at = (!number.is_multiple_of(10)).then(|| row.created_at + hours(2.0 * number as f64));
        past(&row)
    };
    (1..=60).map(of).collect()
}

fn plans() -> impl Strategy<Value = Vec<PlannedAction>> {
    let one = (0..4_u8, 0.0..90.0_f64, 0.0..60.0_f64, proptest::collection::vec(0..12_u128, 0..3), any::<bool>());
    proptest::collection::vec(one, 1..12).prop_map(|drafts| {
        let of = |(number, (status, age, since, awaited, is_of_week)): (usize, (u8, f64, f64, Vec<u128>, bool))| {
            let mut row = action(number as u128);
            row.status = [ActionStatus::Pending, ActionStatus::InProgress, ActionStatus::Blocked, ActionStatus::Completed]
                [usize::from(status)];
            row.created_at = moment().as_of - hours(age);
            row.started_at = (status == 1).then(|| moment().as_of - hours(since.min(age)));
            row.completed_at = (status == 3).then(|| moment().as_of - hours(since.min(age) / 2.0));
            row.dependencies = awaited.into_iter().map(|number| format!("A-{number:03}")).collect();
            row.is_of_week = is_of_week;
            row
        };
        drafts.into_iter().enumerate().map(of).collect()
    })
}

/// The same, and a third of the actions were left behind weeks ago.
fn some_left_behind() -> Vec<PastAction> {
    let left = |mut action: PastAction| {
        action.week_ends_at = moment().as_of - TimeDelta::days(8);
        PastAction { started_at: None, completed_at: None, ..action }
    };
    some_history().into_iter().enumerate().map(|(at, action)| if at % 3 == 0 { left(action) } else { action }).collect()
}

fn three(interval: Interval) -> [DateTime<Utc>; 3] {
    [interval.earliest, interval.expected, interval.latest]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn dates_are_in_order_none_is_past_and_the_whole_is_no_earlier_than_its_parts(rows in plans()) {
        let history = History::new(&some_history(), moment().as_of);
        let forecast = forecast(&rows, &history, moment());
        prop_assert_eq!(&super::forecast(&rows, &history, moment()), &forecast, "the same question, the same answer");
        prop_assert_eq!(forecast.actions.len(), rows.iter().filter(|row| row.is_of_week).count());
        for row in rows.iter().filter(|row| row.is_of_week) {
            let own = &forecast.actions[&row.id];
            let Ok(interval) = own.interval else {
                prop_assert_eq!(own.interval, Err(Missing::Completed));
                prop_assert_eq!(row.status, ActionStatus::Completed);
                continue;
            };
            let dates = three(interval);
            prop_assert!(dates[0] >= moment().as_of && dates.is_sorted(), "{:?}", dates);
            prop_assert!((0.0..=1.0).contains(&own.in_time.expect("a chance")));
            prop_assert_eq!(own.in_time.is_some_and(|share| share < 0.5), forecast.carry_over.contains(&row.id));
            let result = forecast.results[&row.result_id].interval.expect("it is open");
            let week = forecast.week.interval.expect("it is open");
            for ((own, result), week) in dates.iter().zip(three(result)).zip(three(week)) {
                prop_assert!(*own <= result && result <= week);
            }
        }
        let (open, in_time) = (forecast.week.open, forecast.week.open_in_time);
        prop_assert!(in_time.is_none_or(|count| count <= open as f64));
        prop_assert!(forecast.week.in_time.unwrap_or_default() <= in_time.unwrap_or(1.0));
    }

    #[test]
    fn what_was_left_behind_is_foreseen_and_delays_nothing(rows in plans()) {
        let history = History::new(&some_left_behind(), moment().as_of);
        let forecast = forecast(&rows, &history, moment());
        for row in rows.iter().filter(|row| row.is_of_week && row.status != ActionStatus::Completed) {
            let own = &forecast.actions[&row.id];
            let (in_time, left_behind) = own.in_time.zip(own.left_behind).expect("chances");
            prop_assert!((0.0..=1.0 + 1e-9).contains(&(in_time + left_behind)), "{:?}", own);
            prop_assert_eq!(own.flags.contains(&Flag::LikelyLeftBehind), left_behind >= 0.5);
            prop_assert_eq!(own.interval.err(), (left_behind > 1.0 - 1e-9).then_some(Missing::LeftBehind));
            prop_assert!(own.interval.is_err() || three(own.interval.expect("dates")).is_sorted());
        }
        let week = &forecast.week;
        if let Some((in_time, left_behind)) = week.open_in_time.zip(week.open_left_behind) {
            prop_assert!(in_time + left_behind <= week.open as f64 + 1e-6);
            prop_assert!(week.in_time.unwrap_or_default() <= in_time + 1e-9);
        }
    }

    #[test]
    fn an_older_action_never_takes_less_and_never_ends_before_now(age in 0.0..400.0_f64, more in 0.0..2000.0_f64) {
        let history = History::new(&some_history(), moment().as_of);
        let of = |age: f64| {
            let row = PlannedAction { created_at: moment().as_of - hours(age), owner_id: None, ..action(0) };
            let forecast = forecast(std::slice::from_ref(&row), &history, moment());
            let own = &forecast.actions[&row.id];
            (own.interval.expect("it is open"), own.basis.clone().expect("a basis"), row.created_at)
        };
        let ((young, basis, made), (old, other, made_before)) = (of(age), of(age + more));
        prop_assert!(old.earliest >= moment().as_of);
        // Compared with the same actions, none of which was left behind: all that it takes, from when it was made.
        if basis.level == other.level {
            for (young, old) in three(young).into_iter().zip(three(old)) {
                prop_assert!(old - made_before >= young - made - TimeDelta::milliseconds(2));
            }
        }
    }

    #[test]
    fn nothing_is_said_out_of_nothing(rows in plans()) {
        let nothing = History::new(&[], moment().as_of);
        let forecast = forecast(&rows, &nothing, moment());
        let open = rows.iter().filter(|row| row.is_of_week && row.status != ActionStatus::Completed).count();
        for own in forecast.actions.values() {
            prop_assert!(matches!(own.interval, Err(Missing::NoHistory | Missing::Completed)), "{:?}", own);
        }
        let missing = match (open, forecast.actions.is_empty()) {
            (0, true) => Missing::NoActions,
            (0, false) => Missing::Completed,
            _ => Missing::NoHistory,
        };
        prop_assert_eq!(forecast.week.interval, Err(missing));
        prop_assert!(forecast.carry_over.is_empty());
    }
}

#[test]
fn an_empty_week_has_no_actions() {
    let nothing = forecast(&[], &History::default(), moment());
    assert_eq!((nothing.week.interval, nothing.week.open), (Err(Missing::NoActions), 0));
}

#[test]
fn what_waits_comes_behind_what_it_waits_for() {
    let history = History::new(&some_history(), moment().as_of);
    let mut rows = vec![action(1), action(2), action(3)];
    let alone = forecast(&rows, &history, moment());
    // The first is old: it is expected late. The second waits for it, the third for the second.
    rows[0].created_at -= TimeDelta::days(30);
    rows[0].status = ActionStatus::Blocked;
    rows[1].dependencies = json!(["A-001", "NOT-THERE"]);
    rows[2].dependencies = json!(["A-002"]);
    let together = forecast(&rows, &history, moment());
    let ids = [rows[0].id, rows[1].id, rows[2].id];
    let expected = |forecast: &WeekForecast, at: usize| forecast.actions[&ids[at]].interval.expect("an interval").expected;
    assert!(expected(&together, 2) > expected(&together, 1) && expected(&together, 1) > expected(&together, 0));
    assert!(expected(&together, 1) > expected(&alone, 1) + TimeDelta::days(7));
    let flags = |at: usize| together.actions[&ids[at]].flags.iter().copied().collect::<Vec<_>>();
    assert_eq!(flags(0), [Flag::Blocked, Flag::OlderThanHistory, Flag::ExpectedBeyondHistory, Flag::LatestBeyondHistory]);
    assert_eq!(flags(2), [Flag::WaitsForBlocked, Flag::ExpectedBeyondHistory, Flag::LatestBeyondHistory]);
    assert_eq!(together.actions[&rows[2].id].blocked_by, [rows[0].id]);
    assert_eq!(together.week.last.map(|last| last.0), Some(rows[2].id));
    // Work that has begun has not waited.
    rows[1].status = ActionStatus::InProgress;
    rows[1].started_at = Some(moment().as_of);
    let begun = forecast(&rows, &history, moment());
    assert!(expected(&begun, 1) < expected(&together, 1));
}

#[test]
fn a_result_is_at_risk_for_reasons_that_are_named() {
    let history = History::new(&some_history(), moment().as_of);
    let of = |number: u128, result: u128| PlannedAction { result_id: ResultId(Uuid::from_u128(result)), ..action(number) };
    let mut rows = vec![of(1, 100), of(2, 100), of(3, 101), of(4, 102), of(5, 103)];
    rows.iter_mut().for_each(|row| row.created_at = moment().as_of - hours(10.0));
    rows[0].status = ActionStatus::Blocked;
    rows[1].due_date = Some(moment().as_of - hours(1.0));
    rows[2].dependencies = json!(["A-001"]);
    rows[4].status = ActionStatus::Completed;
    let late = Moment { as_of: at("2026-03-09T00:00:00Z"), ..moment() };
    let reasons = |moment: Moment| {
        let found = forecast(&rows, &history, moment).at_risk;
        found
            .into_iter()
            .map(|own| own.reasons.into_iter().map(|own| (own.risk, own.text)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let early = reasons(moment());
    assert_eq!(
        early[0],
        [
            (Risk::Blocked, "1 of 2 open actions are blocked: A-001".to_owned()),
            (Risk::Overdue, "1 of 2 open actions are overdue: A-002".to_owned()),
        ]
    );
    assert_eq!(early[1][0], (Risk::WaitsForBlocked, "1 of 1 open actions are waiting for blocked actions: A-003".to_owned()));
    assert_eq!((early[1][1].0, early[1].len()), (Risk::ForecastAfterEnd, 2), "it begins when the blocked one is done");
    assert_eq!(early.len(), 2, "one is likely to make it, and what is completed is at no risk");
    let late = reasons(late);
    assert_eq!(late.len(), 3);
    let (risk, text) = &late[2][0];
    assert_eq!(*risk, Risk::ForecastAfterEnd);
    assert!(text.starts_with("expected on 2026-") && text.ends_with(", the week ends on 2026-03-08"), "{text}");
    assert_eq!(late[2][1], (Risk::NotStartedLate, "none of its 1 actions has begun, and half of the week has passed".to_owned()));
    let over = reasons(Moment { as_of: at("2026-03-10T05:00:00Z"), ..moment() });
    assert!(over.iter().all(|own| own.iter().any(|(risk, _)| *risk == Risk::ForecastAfterEnd)), "{over:?}");
}

/// Half a year of weeks with so many actions each, which take as long as a function of chance and week says, in hours; none: never.
/// They are made over the first four days of their week. It is looked back a month after the last. Of the first eight weeks, in which
/// the history fills, nothing is counted.
fn made(seed: u64, actions: usize, time: impl Fn(&mut StdRng, usize) -> Option<f64>) -> (Backtest, Tally) {
    let mut random = StdRng::seed_from_u64(seed);
    let first = at("2026-01-05T06:00:00Z");
    let now = first + TimeDelta::weeks(26 + 4);
    let mut rows = Vec::new();
    for week in 0..26 {
        let begins_at = first + TimeDelta::weeks(week as i64);
        for number in 0..actions {
            let mut row = action((week * actions + number) as u128);
            row.week_id = WeekId(Uuid::from_u128(week as u128));
            (row.begins_at, row.ends_at) = (begins_at, begins_at + TimeDelta::weeks(1));
            row.created_at = begins_at + hours(96.0 * random.random::<f64>());
            row.completed_at = time(&mut random, week).map(|time| row.created_at + hours(time)).filter(|end| *end <= now);
            row.status = if row.completed_at.is_some() { ActionStatus::Completed } else { ActionStatus::Pending };
            rows.push(row);
        }
    }
    let mut history: Vec<PastAction> = rows.iter().map(past).collect();
    history.sort_by_key(|action| std::cmp::Reverse(action.created_at));
    let found = backtest(&rows, &history, Chicago, now);
    let counted = found.weeks.iter().skip(8).map(|week| week.1).fold(Tally::default(), Tally::and);
    (found, counted)
}

fn exponential(random: &mut StdRng, mean: f64) -> f64 {
    -mean * (1.0 - random.random::<f64>()).ln()
}

/// With this median, and a standard deviation of 1 of the logarithm.
fn log_normal(random: &mut StdRng, median: f64) -> f64 {
    let (one, other): (f64, f64) = (random.random(), random.random());
    median * ((-2.0 * (1.0 - one).ln()).sqrt() * (std::f64::consts::TAU * other).cos()).exp()
}

#[test]
fn intervals_hold_as_often_as_they_say_where_things_stay_as_they_are() {
    type Time = Box<dyn Fn(&mut StdRng, usize) -> Option<f64>>;
    let cases: [(&str, usize, Time, std::ops::RangeInclusive<f64>); 6] = [
        ("exponential, mean 2 days", 30, Box::new(|random, _| Some(exponential(random, 48.0))), 70.0..=90.0),
        ("log-normal, median 2 days", 30, Box::new(|random, _| Some(log_normal(random, 48.0))), 70.0..=90.0),
        (
            "log-normal, three in ten never completed",
            30,
            Box::new(|random, _| (random.random::<f64>() < 0.7).then(|| log_normal(random, 48.0))),
            70.0..=90.0,
        ),
        ("few: two a week", 2, Box::new(|random, _| Some(log_normal(random, 48.0))), 70.0..=90.0),
        // What changes is not foreseen: the history lags behind it.
        (
            "a trend: 5 % longer each week",
            30,
            Box::new(|random, week| Some(log_normal(random, 24.0 * 1.05_f64.powi(week as i32)))),
            55.0..=90.0,
        ),
        (
            "a jump: twice as long after 13 weeks",
            30,
            Box::new(|random, week| Some(log_normal(random, if week < 13 { 24.0 } else { 48.0 }))),
            55.0..=90.0,
        ),
    ];
    for (name, actions, time, band) in cases {
        let is_some_left = name.contains("never");
        // Of few there are many.
        let seeds = if actions > 2 { 0..2 } else { 0..20 };
        let counted = seeds.map(|seed| made(seed, actions, &time).1).fold(Tally::default(), Tally::and);
        let coverage = counted.coverage().unwrap_or_default();
        eprintln!("{name}: {coverage:.1} % of {}: {counted:?}", counted.decided());
        assert!(counted.decided() > 150, "{name}: {counted:?}");
        assert!(band.contains(&coverage), "{name}: {coverage} %: {counted:?}");
        let error = (counted.in_time_forecast - counted.in_time as f64).abs() / counted.forecasts() as f64;
        assert!(error < 0.1, "{name}: the chance to be in time is {error} off: {counted:?}");
        let error = (counted.left_behind_forecast - counted.left_behind as f64).abs() / counted.forecasts() as f64;
        assert!(error < 0.05 && (counted.left_behind > 100) == is_some_left, "{name}: of those left behind {error}: {counted:?}");
    }
}

#[test]
fn the_first_weeks_have_no_history_and_later_ones_do() {
    let (found, _) = made(7, 10, |random, _| Some(200.0 + exponential(random, 20.0)));
    assert!(found.without_history > 0, "nothing is completed in the first week");
    assert_eq!(found.weeks.len(), 26);
    assert_eq!(found.weeks[0].1.forecasts(), 0);
    assert!(found.weeks[20].1.forecasts() > 0);
    let levels: usize = found.levels.values().map(Tally::forecasts).sum();
    assert_eq!(levels, found.actions.forecasts());
}
