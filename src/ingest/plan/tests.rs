//! Whole documents in, snapshots of what they say out; and documents torn apart, which must not break anything.

use chrono_tz::America::Chicago;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use serde_json::Value;

use super::parse_plan;
use crate::ingest::document::Parsed;

const ATLAS: (&str, &str) = (
    "plans/RPM-ATLAS-001-Studio-Upgrade-20260301.md",
    include_str!("../../../tests/fixtures/plans/RPM-ATLAS-001-Studio-Upgrade-20260301.md"),
);
const HARBOR: (&str, &str) = (
    "plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md",
    include_str!("../../../tests/fixtures/plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md"),
);
const BROKEN: (&str, &str) = ("broken.md", include_str!("../../../tests/fixtures/plans/broken.md"));

#[test]
fn plan_with_results() {
    insta::assert_json_snapshot!("atlas", parse_plan(ATLAS.0, ATLAS.1, Chicago));
}

#[test]
fn plan_of_phases() {
    insta::assert_json_snapshot!("harbor", parse_plan(HARBOR.0, HARBOR.1, Chicago));
}

/// Documents in the ways that people write them beside these: what is read, in short.
#[test]
fn other_styles() {
    let styles = [
        (
            "objectives_and_days",
            "RPM_WEEKLY_PLAN_JAN5-11_2026.md",
            include_str!("../../../tests/fixtures/styles/RPM_WEEKLY_PLAN_JAN5-11_2026.md"),
        ),
        (
            "lanes_and_index",
            "RPM_WEEKLY_PLAN_CURRENT.md",
            include_str!("../../../tests/fixtures/styles/RPM_WEEKLY_PLAN_CURRENT.md"),
        ),
        (
            "priorities_and_schedule",
            "RPM_WEEKLY_PLAN_FEB2-8_2026_COMPLETE.md",
            include_str!("../../../tests/fixtures/styles/RPM_WEEKLY_PLAN_FEB2-8_2026_COMPLETE.md"),
        ),
        (
            "table",
            "RPM-WEEKLY-PLAN-Mar30-Apr5-2026.md",
            include_str!("../../../tests/fixtures/styles/RPM-WEEKLY-PLAN-Mar30-Apr5-2026.md"),
        ),
        (
            "sprint",
            "RPM-PIER-004-Night-Desk-Sprint-20260302.md",
            include_str!("../../../tests/fixtures/styles/RPM-PIER-004-Night-Desk-Sprint-20260302.md"),
        ),
        (
            "yaml",
            "ARCH-PIER-002-Night-Desk-20260413.yaml",
            include_str!("../../../tests/fixtures/styles/ARCH-PIER-002-Night-Desk-20260413.yaml"),
        ),
    ];
    for (name, path, text) in styles {
        insta::assert_snapshot!(name, in_short(&parse_plan(path, text, Chicago)));
    }
}

/// What was read, an action a line, and the metadata below.
pub(super) fn in_short(parsed: &Parsed) -> String {
    let mut lines = Vec::new();
    if let Some(plan) = &parsed.plan {
        lines.push(format!("{} {:?} {}..{}", plan.code.as_deref().unwrap_or("-"), plan.title, plan.week_start, plan.week_end));
        lines.push(format!("owner {:?}, updated {:?}, revenue {:?}", plan.owner, plan.last_updated, plan.revenue_target));
        for result in &plan.results {
            lines.push(format!(
                "\n{} {:?} {:?} priority {:?}, owner {:?}",
                result.code, result.text, result.status, result.priority, result.owner
            ));
            for (key, value) in [("outcome", &result.outcome), ("verification", &result.verification)] {
                lines.extend(value.as_ref().map(|value| format!("  {key}: {value:?}")));
            }
            lines.extend((!result.metadata.is_empty()).then(|| format!("  {}", Value::from(result.metadata.clone()))));
            for action in &result.actions {
                let status = action.status.map_or("-", |status| status.as_str());
                let due = action.due.map(|due| due.with_timezone(&Chicago).format("%a %F %H:%M").to_string());
                lines.push(format!("  {} {status} {:?}", action.code, action.text));
                let said = [
                    ("owner", action.owner.clone()),
                    ("due", due),
                    ("hours", action.estimated_hours.map(|hours| hours.to_string())),
                    ("after", Some(action.dependencies.join(" ")).filter(|codes| !codes.is_empty())),
                    ("what", action.description.clone()),
                    ("", Some(Value::from(action.metadata.clone()).to_string()).filter(|_| !action.metadata.is_empty())),
                ];
                let said: Vec<_> = said.into_iter().filter_map(|(key, value)| Some(format!("{key} {}", value?))).collect();
                lines.extend((!said.is_empty()).then(|| format!("    {}", said.join(" | "))));
            }
        }
        lines.push(format!("\n{}", serde_json::to_string_pretty(&plan.metadata).unwrap_or_default()));
    }
    lines.extend(parsed.unread.iter().map(|unread| format!("unread {}: {}: {}", unread.line, unread.reason, unread.text)));
    lines.push(format!("{} of {} read", parsed.coverage.read, parsed.coverage.actionable));
    lines.join("\n")
}

#[test]
fn every_kind_of_unread() {
    insta::assert_json_snapshot!("broken", parse_plan(BROKEN.0, BROKEN.1, Chicago));
}

#[test]
fn line_ends_and_byte_order_mark_change_nothing() {
    let windows = format!("\u{feff}{}", HARBOR.1.replace('\n', "\r\n"));
    assert_eq!(parse_plan(HARBOR.0, &windows, Chicago), parse_plan(HARBOR.0, HARBOR.1, Chicago));
}

#[test]
fn no_plan_says_why() {
    for (text, reasons) in [("", 2), ("# Notes\n\nNothing here.", 2), ("Week of: 2026-03-02 to 2026-03-08", 1)] {
        let parsed = parse_plan("notes.md", text, Chicago);
        assert_eq!(parsed.plan, None, "{text}");
        assert_eq!(parsed.unread.len(), reasons, "{text}");
        assert!(parsed.unread.iter().all(|unread| unread.line == 1));
    }
}

#[test]
fn week_is_looked_for_in_order() {
    let body = "### PHASE 1: A\n\n#### □ AREA-001a: B\n";
    let cases = [
        ("x.md", "Week of: 2026-03-02\n\n# Plan Mar 9-15, 2026\n", Some("2026-03-02..2026-03-08")),
        ("x.md", "# Plan Mar 9-15, 2026\n\n**Timeline:** Apr 6-12, 2026\n\n", Some("2026-03-09..2026-03-15")),
        ("RPM-WEEKLY-PLAN-May4-May10-2026.md", "**Timeline:** Apr 6-12, 2026\n\n", Some("2026-04-06..2026-04-12")),
        ("RPM-WEEKLY-PLAN-May4-May10-2026.md", "# Plan\n\n", Some("2026-05-04..2026-05-10")),
        ("RPM-BOOT-001-Plan-20260504.md", "# Plan\n\n", Some("2026-05-04..2026-05-10")),
        ("RPM-BOOT-001-Plan.md", "# Plan\n\n", None),
        ("PLAN_2025.md", "# Plan Dec 28–Jan 3\n\n", Some("2025-12-28..2026-01-03")),
        ("PLAN_DEC28-JAN3.md", "# Plan\n\n**Updated:** 2025-12-30\n\n", Some("2025-12-28..2026-01-03")),
        ("x.md", "# Plan\n\n**Week of:** Oct 6\n**Date:** 2025-10-05\n\n", Some("2025-10-06..2025-10-12")),
        ("x.md", "# Week of October 6, 2025\n\n", Some("2025-10-06..2025-10-12")),
    ];
    for (path, front, expected) in cases {
        let plan = parse_plan(path, &format!("{front}{body}"), Chicago).plan;
        assert_eq!(plan.map(|plan| format!("{}..{}", plan.week_start, plan.week_end)).as_deref(), expected, "{path} {front}");
    }
}

#[test]
fn prose_beside_a_phase_swallows_no_action() {
    let text = "Week of: 2026-03-02\n\n## PHASE 1: A\n\n### □ AREA-001a: B\n\n### Success Metrics\n- ✅ all\n\n### AREA-001b: C\n\n\
                ### Risks\n\n**□ AREA-001c**: D\n\n## PROGRESS\n\n**✅ AREA-001a**: mentioned\n\n**✅ AREA-001d**: lost\n\n\
                ## NEXT WEEK\n\n**□ AREA-002a**: later\n";
    let parsed = parse_plan("x.md", text, Chicago);
    let codes: Vec<_> = parsed
        .plan
        .iter()
        .flat_map(|plan| &plan.results)
        .flat_map(|result| &result.actions)
        .map(|action| action.code.as_str())
        .collect();
    assert_eq!(codes, ["AREA-001a", "AREA-001b", "AREA-001c"]);
    assert_eq!(parsed.unread.iter().map(|unread| unread.line).collect::<Vec<_>>(), [20]);
}

/// Deletes, doubles, swaps and scribbles over lines; whatever comes out of it is read without a panic, and lines stay lines.
#[test]
fn torn_documents_never_panic() {
    let mut random = StdRng::seed_from_u64(0x5eed);
    let scraps = [
        "---",
        "===",
        "**",
        "**:",
        "- **Due**:",
        "□",
        "**□ É-001a**: x",
        "#### ",
        "### PHASE 9",
        "```",
        "|a|\n|-|",
        "R1:",
        "-",
        "\u{fe0f}",
        "<!--",
        "Week of: 9999-99-99 to 0000-00-00",
        "**Due**: 99999999 AM",
        "**Estimated Hours:** 1e999",
        "[x](",
        "$9K-",
        "\r",
        "\u{2028}",
        "**Dependencies**: A-001a-é, B-001z-a/…",
        "- [x] **R2: ünï**",
        "**Completion**: 2026-03-08 02:30",
        ">",
        "    ",
        "\t- a",
        "&nbsp;**a:**",
    ];
    for (path, text) in [ATLAS, HARBOR, BROKEN] {
        for _ in 0..400 {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            for _ in 0..random.random_range(1..20) {
                let at = random.random_range(0..lines.len());
                match random.random_range(0..6) {
                    0 => drop(lines.remove(at)),
                    1 => lines.insert(at, lines[at].clone()),
                    2 => lines.swap(at, 0),
                    3 => lines.insert(at, scraps[random.random_range(0..scraps.len())].to_owned()),
                    4 => lines[at].push_str(scraps[random.random_range(0..scraps.len())]),
                    _ => {
                        let mut chars: Vec<char> = lines[at].chars().collect();
                        let scribble = char::from_u32(random.random_range(0..0x11_0000)).unwrap_or('\0');
                        chars.insert(random.random_range(0..=chars.len()), scribble);
                        lines[at] = chars.into_iter().collect();
                    }
                }
                if lines.is_empty() {
                    break;
                }
            }
            let torn = lines.join("\n");
            let parsed = parse_plan(path, &torn, Chicago);
            let last = torn.lines().count().max(1) + torn.matches('\r').count();
            assert!(parsed.unread.iter().all(|unread| (1..=last).contains(&unread.line) && unread.text.chars().count() <= 200));
        }
    }
}

#[test]
fn a_plan_without_front_lines_comes_to_its_phases_right_away() {
    for between in ["", "## MASSIVE ACTION PLAN\n\n", "**Owner:** Dana\n\n"] {
        let text = format!(
            "=== RPM WEEKLY PLAN ===\nWeek of: 2026-03-01 to 2026-03-08\n\n# Small\n\n{between}### PHASE 1: First\n\n**□ FOO-001a**: Do it\n- **Owner**: Dana\n"
        );
        let parsed = parse_plan("small.md", &text, chrono_tz::UTC);
        let plan = parsed.plan.unwrap_or_else(|| panic!("{between:?}: {:?}", parsed.unread));
        assert_eq!(plan.results.len(), 1, "{between:?}");
        assert_eq!((plan.results[0].text.as_str(), plan.results[0].actions[0].code.as_str()), ("First", "FOO-001a"));
        assert_eq!(parsed.unread, [], "{between:?}");
    }
}

#[test]
fn bad_yaml_says_why() {
    let bomb: String =
        ('b'..='h').map(|c| format!("{c}: &{c} [{}]\n", vec![format!("*{}", char::from(c as u8 - 1)); 10].join(","))).collect();
    let cases = [
        ("week: 2026-04-13\nactions:\n  - a: [\n".to_owned(), 3, "no YAML"),
        (format!("week: 2026-04-13\na: &a [{}]\n{bomb}", ["x"; 10].join(",")), 7, "no YAML"),
        (format!("week: 2026-04-13\nactions: {}\n", "[".repeat(5_000)), 2, "no YAML"),
        ("title: x\nactions: [y]\n".to_owned(), 1, "no week found"),
        ("week: 2026-04-13\nactions: []\n".to_owned(), 1, "no action found"),
        ("- a\n- b\n".to_owned(), 1, "no week found"),
        (String::new(), 1, "no week found"),
    ];
    for (text, line, reason) in cases {
        let parsed = parse_plan("plan.yml", &text, Chicago);
        assert_eq!(parsed.plan, None);
        let said: Vec<_> = parsed.unread.iter().map(|unread| (unread.line, unread.reason.contains(reason))).collect();
        assert_eq!(said, [(line, true)], "{:?}", parsed.unread);
    }
}
