//! What holds for any text: nothing breaks, no line is lost, codes stay.

use std::collections::BTreeSet;

use chrono_tz::America::Chicago;
use proptest::prelude::*;

use super::ledger::Fate;
use super::{account, parse_plan};
use crate::ingest::document::{ActionDocument, Parsed};

/// Pieces of documents; `@` stands for a word that occurs nowhere else.
const PIECES: [&str; 108] = [
    "- [-] @",
    "- ~~@~~ @",
    "- [ ] @ (cancelled)",
    "- ❌ CANCELLED: @",
    "### Dropped",
    "- @ (done 10/8)",
    "- AM – @",
    "- Aufgabe: @",
    "| Aufgabe | Verantwortlich | Fällig | Status |",
    "## Nächste Schritte @",
    "Owner: @\nProject: @\nTheme: @",
    "**Revenue:** 5.000 € @",
    "# Plan @",
    "## MASSIVE ACTION PLAN @",
    "## TEAM ROLES @",
    "## DAILY SCHEDULE @",
    "## RISKS @",
    "## Success Criteria @",
    "## PURPOSE @",
    "## RESULTS @",
    "## Notes @",
    "### @",
    "### Marketing @:",
    "#### @",
    "### Corrective Actions @:",
    "## Upcoming @",
    "### PHASE 1: @ (R1) - In Progress",
    "### PHASE 2: @",
    "### PRIORITY 1: @",
    "**R1: @** - STATUS: Not Started",
    "### R2: @",
    "### Monday Oct 7 @",
    "### TODAY 9:00am - Ana:",
    "### COMPLETED (Machine Work)",
    "### MACHINE WORK (Ana Required)",
    "## Ana (CEO)",
    "- [ ] @",
    "- [x] @ @",
    "* [ ] **@:** @",
    "- ✅ @ - 10 min [DONE - @]",
    "1. ✅ **COMPLETE:** @",
    "2. 🔄 @ (2-4 hours)",
    "3. @",
    "- @",
    "  - @",
    "    - [ ] @",
    "  @",
    "      @",
    "- 🔴 @ [P1]",
    "- **Ana (CEO):** @; @; @.",
    "- Machine: @",
    "- Ana + Bo: @",
    "- **1pm CST:** @",
    "1. **Bridge @** (Wednesday, 15 min): @",
    "- **@:** @",
    "- @: @",
    "- Owner: @",
    "- Output: @",
    "| Task | Owner | Status | Due | Blocked by |",
    "|---|---|---|---|---|",
    "| @ | @ | ✅ Done | Oct 9 | @ |",
    "| @ | - | @ | @ | - | @ |",
    "| | @ |",
    "| Metric | Target | Status |",
    "|---|---|---|",
    "| @ | @ | @ |",
    "| ID | Title | Priority |",
    "**Owner:** @",
    "**Status:** @",
    "**Due:** @",
    "**Action:** @",
    "**Timeline:** Oct 9 @",
    "**@:** @",
    "**Agent**: Ana @",
    "- **Due**: 2025-10-09",
    "- **Status**: IN PROGRESS — @",
    "- **Dependencies**: AREA-001a @",
    "- **Estimated Hours**: 2 (@)",
    "- **Verification**: @",
    "**□ AREA-001a**: @",
    "**✅ AREA-001b**: @",
    "#### □ AREA-002c: @",
    "**□ @**",
    "#### □ @",
    "- [ ] AREA-001a: @",
    "**Corrective Action:**",
    "**Step 1: @**",
    "**Phase 3: @ (Hours 1-4)**",
    "**Ana (CEO):**",
    "**8:00am - 10:00am | @**",
    "**Products @:**",
    "**@**",
    "@",
    "@ @",
    "---",
    "===",
    "> @",
    "<!-- @ -->",
    "<div>@</div>",
    "[@]: http://example.org",
    "[@](http://example.org/x)",
    "```",
    "```bash",
    "1. @",
    "# @",
    "**Week of:** Oct 7-14, 2025",
    "**Version:** @",
    "**Revenue Target:** $1K-2K @",
];

/// A document of pieces, each with words of its own, in a row or with blank lines between them.
fn document() -> impl Strategy<Value = String> {
    let piece = (0..PIECES.len(), any::<bool>());
    prop::collection::vec(piece, 0..40).prop_map(|pieces| {
        let mut word = 0;
        let mut text = String::new();
        for (piece, blank) in pieces {
            for part in PIECES[piece].split_inclusive('@') {
                text.push_str(part.trim_end_matches('@'));
                if part.ends_with('@') {
                    word += 1;
                    text.push_str(&format!("word{word}x"));
                }
            }
            text.push_str(if blank { "\n\n" } else { "\n" });
        }
        text
    })
}

/// Keys and values of plans, indented at will.
fn yaml() -> impl Strategy<Value = String> {
    let line = (
        0..4_usize,
        any::<bool>(),
        "(week|results|phases|actions|tasks|text|title|code|owner|due|status|done|hours|depends_on|x|- |&a|\\*a|<<)",
        "(|2026-04-13|[0-9.]{1,4}|true|~|\\[\\]|\\{\\}|R1|OPS-001a|DONE|&b x|\\*b|\"[ -~]{0,8}\"|[a-z \\[\\]:#-]{0,12}|\\PC{0,6})",
    );
    prop::collection::vec(line, 0..14).prop_map(|lines| {
        let lines = lines
            .into_iter()
            .map(|(indent, item, key, value)| format!("{}{}{key}: {value}", "  ".repeat(indent), if item { "- " } else { "" }));
        std::iter::once("week: 2026-04-13".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
    })
}

/// A document that holds a plan whatever stands below.
pub(super) fn plan() -> impl Strategy<Value = String> {
    document().prop_map(|text| format!("# Plan Oct 7-14, 2025\n\n- [ ] First of all\n\n{text}"))
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.starts_with("word") && word.ends_with('x')).collect()
}

fn actions(parsed: &Parsed) -> impl Iterator<Item = &ActionDocument> {
    parsed.plan.iter().flat_map(|plan| &plan.results).flat_map(|result| &result.actions)
}

/// A list of things to do, its words all different.
fn chores() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set("[a-z]{3,8}( [a-z]{3,8}){1,3}", 2..8).prop_map(|chores| chores.into_iter().collect())
}

fn codes(document: &str) -> BTreeSet<String> {
    actions(&parse_plan("plan.md", document, Chicago)).map(|action| action.code.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_read_the_same(text in prop_oneof!["(?s).{0,300}", "([-#*|>\\[\\]x:`~_<!0-9 \n\t✅□(){}]|\\PC){0,200}", document()]) {
        prop_assert_eq!(parse_plan("RPM-WEEKLY-PLAN-Oct7-Oct14-2025.md", &text, Chicago), parse_plan("RPM-WEEKLY-PLAN-Oct7-Oct14-2025.md", &text, Chicago));
    }

    #[test]
    fn any_yaml_is_read_and_read_the_same(text in yaml()) {
        let parsed = parse_plan("plan.yaml", &text, Chicago);
        prop_assert_eq!(&parsed, &parse_plan("plan.yaml", &text, Chicago));
        let codes: BTreeSet<_> = actions(&parsed).map(|action| &action.code).collect();
        prop_assert_eq!(codes.len(), actions(&parsed).count(), "{}", text);
    }

    #[test]
    fn no_line_is_lost(text in plan()) {
        let parsed = parse_plan("plan.md", &text, Chicago);
        let said = serde_json::to_string(&parsed).expect("a value").replace("\\n", " ").replace("\\t", " ");
        let said = words(&said);
        let lines: Vec<&str> = text.split('\n').collect();
        for (number, fate) in account("plan.md", &text, Chicago) {
            prop_assert!(fate.is_some(), "line {number} of\n{text}");
            let lost: Vec<_> = words(lines[number - 1]).into_iter().filter(|word| !said.contains(word)).collect();
            prop_assert!(fate == Some(Fate::Structure) || lost.is_empty(), "{lost:?} of line {number} ({fate:?}) of\n{text}\n{parsed:#?}");
        }
    }

    #[test]
    fn codes_are_unique(text in plan()) {
        let parsed = parse_plan("plan.md", &text, Chicago);
        let codes: BTreeSet<_> = actions(&parsed).map(|action| &action.code).collect();
        prop_assert_eq!(codes.len(), actions(&parsed).count(), "{}", text);
        prop_assert!(parsed.coverage.read <= parsed.coverage.actionable);
    }

    #[test]
    fn codes_stay_when_lines_move_and_boxes_are_ticked(chores in chores(), seed in any::<u64>()) {
        let list = |items: &[String]| format!("# Plan Oct 7-14, 2025\n\n## Actions\n\n{}\n", items.join("\n"));
        let plain = codes(&list(&chores.iter().map(|chore| format!("- [ ] {chore}")).collect::<Vec<_>>()));
        prop_assert_eq!(plain.len(), chores.len());
        let forms = ["- [x] {}", "1. ✅ {} (15 min)", "- 🔄 **{}** - 2-4 hours", "- [ ] {} [IN PROGRESS - at it]", "- {} ~3h", "* [ ] {}!", "- [ ] {} by Friday"];
        let mut moved: Vec<String> = chores.iter().enumerate().map(|(at, chore)| forms[(seed as usize).wrapping_add(at) % forms.len()].replace("{}", chore)).collect();
        moved.reverse();
        moved.insert(moved.len() / 2, "- [ ] something entirely new".to_owned());
        let moved = codes(&list(&moved));
        prop_assert!(plain.is_subset(&moved), "{plain:?} {moved:?}");
    }

    #[test]
    fn the_same_chore_in_two_weeks_has_two_codes(chore in "[a-z]{3,8}( [a-z]{3,8}){1,3}") {
        let code = |week: &str| codes(&format!("# Plan {week}, 2025\n\n- [ ] {chore}\n"));
        prop_assert!(code("Oct 7-14").is_disjoint(&code("Oct 14-21")));
    }
}
