use chrono_tz::Tz;

use super::*;
use crate::ingest::plan::parse_plan;

const PLAN: &str = "# RPM Weekly Plan\n\nWeek of: 2026-03-02 to 2026-03-08\n\n## Yard\n\n- [ ] Order the new labels for the yard\n- [ ] Call the lab\n\
                    - [x] Paint the gate\n\n## Office\n\n- [ ] Call the bank\n- [ ] Sort the invoices of February by customer\n";

fn plan(text: &str) -> PlanDocument {
    parse_plan("plan.md", text, Tz::UTC).plan.expect("a plan")
}

fn codes(plan: &PlanDocument) -> Vec<(String, String)> {
    actions(plan).map(|(result, action)| (result.code.clone(), action.code.clone())).collect()
}

#[test]
fn mended_words_and_days_and_headings_keep_their_codes() {
    let base = plan(PLAN);
    for (from, to) in [
        ("2026-03-02 to", "2026-03-01 to"),
        ("Order the new labels for the yard", "Order new labels for the whole yard"),
        ("## Yard", "## The yard and the gate"),
        ("invoices of February", "February invoices"),
    ] {
        let edited = plan(&PLAN.replace(from, to));
        assert_ne!(codes(&edited), codes(&base), "{to}: the edit is one that would give another code");
        let paired = pair(edited, Some(&base), false);
        assert_eq!(codes(&paired.plan), codes(&base), "{to}");
        assert!(paired.written.is_empty());
    }
}

#[test]
fn what_is_new_is_new() {
    let base = plan(PLAN);
    for (from, to) in [
        ("Call the lab", "Feed the horses"),
        // It was done, and this is not: other words, another thing.
        ("- [x] Paint the gate", "- [ ] Paint the gates"),
    ] {
        let paired = pair(plan(&PLAN.replacen(from, to, 1)), Some(&base), false);
        let known: HashSet<_> = codes(&base).into_iter().collect();
        assert_eq!(codes(&paired.plan).iter().filter(|code| !known.contains(code)).count(), 1, "{to}");
        assert!(paired.notes.is_empty(), "{to}: {:?}", paired.notes);
    }
}

#[test]
fn mended_words_are_told() {
    let paired = pair(plan(&PLAN.replace("the new labels", "new labels")), Some(&plan(PLAN)), false);
    assert_eq!(paired.notes.len(), 1);
    assert_eq!(paired.notes[0].line, 7);
    assert!(paired.notes[0].reason.contains("Order the new labels for the yard"), "{:?}", paired.notes);
}

#[test]
fn a_reader_that_cuts_otherwise_finds_the_same_lines() {
    let mut base = plan(PLAN);
    let action = &mut base.results[0].actions[1];
    action.text = "What another reader made of it".to_owned();
    action.code = "MAIN-20260302-0123abcd".to_owned();
    let expected = codes(&base);
    assert_eq!(codes(&pair(plan(PLAN), Some(&base), true).plan), expected);
    assert_ne!(codes(&pair(plan(PLAN), Some(&base), false).plan), expected, "in an edited text lines say nothing");
}

#[test]
fn a_code_that_is_written_later_is_told_apart_from_another_action() {
    let base = plan(PLAN);
    let coded = PLAN.replacen("Order the", "OPS-YARD-001a: Order the", 1);
    let paired = pair(plan(&coded), Some(&base), false);
    assert_eq!(paired.plan.results[0].actions[0].code, "OPS-YARD-001a");
    assert_eq!(paired.written, HashMap::from([("OPS-YARD-001a".to_owned(), base.results[0].actions[0].code.clone())]));
    let other = pair(plan(&coded.replace("001a", "002b")), Some(&plan(&coded)), false);
    assert!(other.written.is_empty(), "written codes that differ are different actions");
}

#[test]
fn results_of_another_plan_are_set_apart_for_good() {
    let mut first = plan(PLAN);
    first.results[0].code = "R1".to_owned();
    first.code = Some("RPM-YARD-001".to_owned());
    let said = first.clone();
    let notes = set_apart(&mut first, None, |result| result.code == "R1");
    assert_eq!((first.results[0].code.as_str(), notes.len()), ("RPM-YARD-001-R1", 1));
    let mut again = pair(said, Some(&first), false);
    assert_eq!(codes(&again.plan), codes(&first));
    assert_eq!(set_apart(&mut again.plan, Some(&first), |_| panic!("it is known")), []);
}

#[test]
fn what_is_cancelled_keeps_its_code_and_other_words_are_another_thing() {
    let base = plan(PLAN);
    let struck = plan(&PLAN.replace("- [ ] Order the new labels for the yard", "- [ ] ~~Order new labels for the yard~~"));
    let paired = pair(struck, Some(&base), false).plan;
    assert_eq!(codes(&paired), codes(&base));
    assert!(actions(&paired).next().is_some_and(|(_, action)| action.is_cancelled()));
    let other = plan(&PLAN.replace("Order the new labels for the yard", "Order newer labels for the yard"));
    let again = pair(other, Some(&paired), false).plan;
    assert_ne!(codes(&again)[0], codes(&base)[0], "it is open, in other words than what was cancelled");
}
