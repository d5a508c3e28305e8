//! What is written is read back as the same plan: real styles, and plans of any words.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::America::Chicago;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::*;
use crate::ingest::plan::parse_plan;
use crate::ingest::plan::properties::plan as documents;

/// A plan without line numbers, which an export does not keep.
fn without_lines(mut plan: PlanDocument) -> PlanDocument {
    for result in &mut plan.results {
        result.line = 0;
        result.actions.iter_mut().for_each(|action| action.line = 0);
    }
    plan
}

fn read_back(plan: &PlanDocument) -> (String, Option<PlanDocument>, usize) {
    let text = to_markdown(plan, Chicago);
    let parsed = parse_plan("plan.md", &text, Chicago);
    (text, parsed.plan.map(without_lines), parsed.unread.len())
}

macro_rules! fixtures {
    ($($path:literal),+ $(,)?) => {
        [$(($path, include_str!(concat!("../../../../tests/fixtures/", $path)))),+]
    };
}

#[test]
fn fixtures_come_back() {
    let fixtures = fixtures![
        "plans/RPM-ATLAS-001-Studio-Upgrade-20260301.md",
        "plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md",
        "plans/broken.md",
        "works/RPM-WORKS-001-Warehouse-Labels-20260301.md",
        "styles/RPM_WEEKLY_PLAN_JAN5-11_2026.md",
        "styles/RPM_WEEKLY_PLAN_CURRENT.md",
        "styles/RPM_WEEKLY_PLAN_FEB2-8_2026_COMPLETE.md",
        "styles/RPM-WEEKLY-PLAN-Mar30-Apr5-2026.md",
        "styles/RPM-PIER-004-Night-Desk-Sprint-20260302.md",
        "styles/ARCH-PIER-002-Night-Desk-20260413.yaml",
    ];
    for (path, text) in fixtures {
        let parsed = parse_plan(path, text, Chicago);
        let plan = parsed.plan.map(without_lines);
        let (written, read, unread) = read_back(plan.as_ref().unwrap_or_else(|| panic!("{path} is a plan")));
        assert_eq!(read, plan, "{path}\n{written}");
        assert!(unread <= parsed.unread.len(), "{path}\n{written}");
    }
}

#[test]
fn an_export_is_pleasant_to_read() {
    let (path, text) = fixtures!["plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md"][0];
    let plan = parse_plan(path, text, Chicago).plan.unwrap_or_else(|| panic!("a plan"));
    insta::assert_snapshot!("harbor_export", to_markdown(&plan, Chicago));
}

/// Words of one line, signs and all.
fn words() -> BoxedStrategy<String> {
    prop_oneof![
        3 => "[a-zA-Z]{1,8}( [a-zA-Z]{1,8}){0,4}",
        2 => "[ -~]{1,30}",
        1 => "[✅□🔄🚫⏳🔴—–“”é✓\\[\\](){}#*_`:|<>&~!+-]{1,6} ?[a-z]{1,5}( \\([a-z0-9 ]{1,8}\\))?",
        1 => "(R1|PHASE 1|AREA-001a|- |\\*\\*x\\*\\*|1\\.|Status|Owner|Due|DONE|x:|`a`|\\[ \\]|\\[PENDING\\])[: ]{1,2}[a-z]{1,6}",
    ]
    .prop_map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    .prop_filter("says something", |text| text.contains(char::is_alphanumeric))
    .boxed()
}

fn lines() -> BoxedStrategy<String> {
    prop::collection::vec(words(), 1..4).prop_map(|lines| lines.join("\n")).boxed()
}

fn some<T: std::fmt::Debug + Clone + 'static>(of: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    prop::option::weighted(0.5, of).boxed()
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..4_000).prop_map(|days| NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default() + Days::new(days))
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (
        day(),
        prop_oneof![0_i64..86_400, (0_i64..96).prop_map(|quarter| quarter * 900)],
        prop_oneof![9 => Just(0_i64), 1 => 0_i64..1_000_000],
    )
        .prop_map(|(day, seconds, micros)| {
            day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros)
        })
}

fn hours() -> impl Strategy<Value = Decimal> {
    (0_i64..=99_999).prop_map(|hundredths| Decimal::new(hundredths, 2))
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => words().prop_map(Value::from),
        2 => lines().prop_map(Value::from),
        1 => "[ -~\n]{0,40}".prop_map(Value::from),
        1 => prop::collection::vec(words(), 0..4).prop_map(Value::from),
        1 => (any::<i32>(), any::<bool>(), words()).prop_map(|(number, truth, text)| json!({ "n": number, "t": [truth, null], "s": text })),
    ]
}

fn metadata() -> BoxedStrategy<Map<String, Value>> {
    let key = prop_oneof![
        "[a-z]{1,6}(_[a-z]{1,6})?",
        "[A-Z a-z.-]{1,8}",
        Just("notes".to_owned()),
        Just("group".to_owned()),
        Just("code".to_owned()),
        Just("priority_words".to_owned()),
        Just("status_line".to_owned()),
        Just("due".to_owned()),
        Just("funnel_stage".to_owned())
    ];
    prop::collection::vec((key, values()), 0..4)
        // What others wait for is resolved anew on each reading.
        .prop_map(|entries| entries.into_iter().filter(|(key, _)| key != "dependency_notes" && key != "id").collect())
        .boxed()
}

prop_compose! {
    fn action(number: usize)(
        text in words(),
        texts in (some(lines()), some(words()), some(lines()), some(lines()), some(lines())),
        status in some(prop_oneof![
            Just(ActionStatus::Pending), Just(ActionStatus::InProgress), Just(ActionStatus::Blocked), Just(ActionStatus::Completed), Just(ActionStatus::Cancelled)]),
        due in some(instants()),
        completed_at in some(instants()),
        funnel_stage in some(prop_oneof![Just(FunnelStage::Top), Just(FunnelStage::Middle), Just(FunnelStage::Bottom)]),
        times in (some(hours()), some(hours())),
        dependencies in prop::collection::btree_set("[A-Z]{2,4}-[0-9]{3}[a-z]?", 0..3),
        metadata in metadata(),
        made in any::<bool>(),
    ) -> ActionDocument {
        let (description, owner, blocker, verification, evidence) = texts;
        let nothing = |text: &String| ["none", "n/a", "-"].iter().any(|word| text.trim_end_matches('.').eq_ignore_ascii_case(word));
        ActionDocument {
            code: if made { format!("MAIN-20251007-{number:08x}") } else { format!("AREA-{number:03}") },
            text,
            description,
            owner,
            status,
            due,
            completed_at: completed_at.filter(|_| status == Some(ActionStatus::Completed)),
            funnel_stage,
            estimated_hours: times.0,
            actual_hours: times.1,
            dependencies: dependencies.into_iter().filter(|code| !code.starts_with("AREA")).collect(),
            blocker: blocker.filter(|text| !nothing(text)),
            verification,
            evidence,
            metadata,
            line: 0,
        }
    }
}

prop_compose! {
    fn result(number: usize)(
        text in words(),
        texts in (some(lines()), some(lines()), some(lines()), some(words()), some("[A-Z]{2,5}")),
        priority in some(1..9_i32),
        status in prop_oneof![
            Just(ResultStatus::NotStarted), Just(ResultStatus::InProgress), Just(ResultStatus::Blocked), Just(ResultStatus::Completed)],
        metadata in metadata(),
        named in any::<bool>(),
        actions in (0_usize..4).prop_flat_map(move |count| (0..count).map(|at| action(number * 10 + at).boxed()).collect::<Vec<_>>()),
    ) -> ResultDocument {
        let (purpose, outcome, verification, owner, category) = texts;
        ResultDocument {
            code: if named { format!("NIGHT-DESK-{number}") } else { format!("R{number}") },
            text, purpose, outcome, verification, owner, priority, category, status: Some(status), metadata, actions, line: 0,
        }
    }
}

prop_compose! {
    fn plan()(
        title in words(),
        code in some("(OPS-)?PIER-[0-9]{3}"),
        project in some("[A-Z]{3,6}(-[A-Z]{2,4})?"),
        start in day(),
        length in 0_u64..20,
        texts in (some(words()), some(words()), some(words())),
        last_updated in some(instants()),
        revenue in some((0_i64..1_000_000, 0_i64..1_000_000)),
        mut metadata in metadata(),
        sections in prop::collection::vec((words(), "[ -~\n]{1,60}"), 0..3),
        extra in (some(lines()), some(prop::collection::vec(words(), 1..4)), some(prop::collection::vec((words(), any::<bool>()), 1..4)), some(words())),
        results in (1_usize..4).prop_flat_map(|count| (1..=count).map(|number| result(number).boxed()).collect::<Vec<_>>()),
        first in action(999).boxed(),
    ) -> PlanDocument {
        let (owner, classification, version) = texts;
        let mut results = results;
        results[0].actions.insert(0, first);
        for key in ["purpose", "priority", "category", "result_category", "plan_owner", "revenue_target", "revenue_impact"] {
            metadata.remove(key);
        }
        let sections: Vec<_> = sections.into_iter().map(|(heading, text)| json!({ "heading": heading, "text": text })).collect();
        let mut put = |key: &str, value: Option<Value>| {
            metadata.extend(value.map(|value| (key.to_owned(), value)));
        };
        put("sections", Some(Value::from(sections)).filter(|sections| sections != &json!([])));
        put("primary_objective", extra.0.map(Value::from));
        put("outcomes", extra.1.map(Value::from));
        put("success_criteria", extra.2.map(|list| list.into_iter().map(|(text, done)| json!({ "text": text, "done": done })).collect()));
        put("subtitle", extra.3.map(Value::from));
        PlanDocument {
            project, code, title, week_start: start, week_end: start + Days::new(length), owner, classification, version, last_updated,
            revenue_target: revenue.map(|(one, other)| (Decimal::new(one.min(other), 2), Decimal::new(one.max(other), 2))),
            metadata, results,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_read_comes_back(text in documents()) {
        if let Some(plan) = parse_plan("plan.md", &text, Chicago).plan.map(without_lines) {
            let (written, read, _) = read_back(&plan);
            prop_assert_eq!(read.as_ref(), Some(&plan), "{}\n=====\n{}", text, written);
        }
    }

    #[test]
    fn any_plan_comes_back(plan in plan()) {
        let (written, read, _) = read_back(&plan);
        prop_assert_eq!(read.as_ref(), Some(&plan), "{}", written);
    }
}
