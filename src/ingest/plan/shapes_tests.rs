//! Lists in the shapes that people give them: what is read, an action a line.

use chrono_tz::America::Chicago;

use super::{parse_plan, to_markdown};
use crate::ingest::document::{ActionDocument, Parsed};

fn read(body: &str) -> Parsed {
    parse_plan("plan.md", &format!("# Plan Jan 5-11, 2026\n\n**Owner:** Mara Quill (CEO)\n\n{body}"), Chicago)
}

fn actions(parsed: &Parsed) -> Vec<&ActionDocument> {
    parsed.plan.iter().flat_map(|plan| &plan.results).flat_map(|result| &result.actions).collect()
}

/// `text | status | owner | day due | hours | priority | parent's text`, without what is not said.
fn shown(parsed: &Parsed) -> Vec<String> {
    let all = actions(parsed);
    let said = |action: &ActionDocument, key: &str| action.metadata.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let line = |action: &&ActionDocument| {
        let parent = said(action, "parent").and_then(|code| all.iter().find(|action| action.code == code));
        let parts = [
            Some(action.text.clone()),
            action.status.map(|status| status.as_str().to_owned()),
            action.owner.clone(),
            action.due.map(|due| due.with_timezone(&Chicago).format("%b %-d").to_string()),
            action.estimated_hours.map(|hours| format!("{hours}h")),
            said(action, "priority"),
            parent.map(|parent| format!("< {}", parent.text)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    };
    all.iter().map(line).collect()
}

/// Reads a body, and checks that an export of it is read as the same actions.
fn lines(body: &str) -> Vec<String> {
    let parsed = read(body);
    let again = parsed.plan.as_ref().map(|plan| parse_plan("plan.md", &to_markdown(plan, Chicago), Chicago));
    assert_eq!(again.as_ref().map(shown), Some(shown(&parsed)), "{body}");
    shown(&parsed)
}

#[test]
fn a_mark_counts_before_the_lane_that_it_stands_in() {
    let body = "## Actions\n\n- **Bo (Ops):** call the yard (José, 1/8, P1); rent due Jan 7; sweep, 2h\n- @ines: sign\n- [ ] Fill the log, blocked by sweep\n";
    let parsed = read(body);
    assert_eq!(
        shown(&parsed),
        [
            "call the yard | José | Jan 8 | P1",
            "rent due Jan 7 | Bo (Ops) | Jan 7",
            "sweep | Bo (Ops) | 2h",
            "sign | ines",
            "Fill the log | pending"
        ]
    );
    let all = actions(&parsed);
    assert_eq!((all[4].blocker.as_deref(), &all[4].dependencies), (Some("sweep"), &vec![all[2].code.clone()]));
}

#[test]
fn a_name_with_a_list_below_it_is_a_lane() {
    let body = "## Lanes\n\n- **Bo (Ops):**\n  - sweep\n  - [x] wash (Ana, 1/9)\n- **Charlie:**\n  - **Due:** Jan 9\n  - pack\n- **Dana:** none this week\n\
                - Eli: n/a\n- Everything else\n\n**Mara Quill:** sign; pay (2h)\n**Bo:** off\n";
    let parsed = read(body);
    let expected = [
        "sweep | Bo (Ops)",
        "wash | completed | Ana | Jan 9",
        "pack | Charlie | Jan 9",
        "Everything else",
        "sign | Mara Quill",
        "pay | Mara Quill | 2h",
    ];
    assert_eq!(shown(&parsed), expected);
    assert_eq!(parsed.unread, []);
    assert_eq!(parsed.coverage.percent(), 100);
}

#[test]
fn items_begin_in_many_ways() {
    let body = "## Tasks\n\n1️⃣ **One** thing\n2️⃣ Two things\n\na) three\nb) four\n\n(1) five\n(2) six\n\ni. seven\nii. eight\n\n• nine\n";
    assert_eq!(lines(body), ["One thing", "Two things", "three", "four", "five", "six", "seven", "eight", "nine"]);
}

#[test]
fn boxes_of_all_kinds() {
    let body = "## Boxes\n\n☐ one\n☑ two\n[ ] three\n[x] four\n- ✔ five\n- □ six\n- ■ seven\n- [~] eight\n- [!] nine\n- [b] ten\n\n\
                | | Task |\n|---|---|\n| ☐ | eleven |\n| [x] | twelve |\n\n| Item | Owner |\n|---|---|\n| [ ] thirteen | Bo |\n";
    let expected = [
        "one | pending",
        "two | completed",
        "three | pending",
        "four | completed",
        "five | completed",
        "six | pending",
        "seven | completed",
        "eight | in_progress",
        "nine | blocked",
        "ten | blocked",
        "eleven | pending",
        "twelve | completed",
        "thirteen | pending | Bo",
    ];
    assert_eq!(lines(body), expected);
}

#[test]
fn priorities_are_groups_and_lines_ask() {
    let body = "## Week\n\n**P0 – must:**\n- ship\n\n**High priority**\n- pack (P2)\n\n## Log\n\nWords.\nTODO: call Ines\n\nACTION: Bo to write\n\n**Action item:** stamps\n\n- TODO(Bo): paint\n";
    assert_eq!(
        lines(body),
        ["ship | P0", "pack | P2", "call Ines | pending", "Bo to write | Bo", "stamps", "paint | pending | Bo"]
    );
}

#[test]
fn lists_in_lists_keep_their_parents() {
    let body = "## Launch\n\n- [ ] Venue\n  - [ ] Book\n    - [x] Call\n  - [ ] Photograph\n- [ ] Press\n  - [ ] Photograph\n";
    let expected = [
        "Venue | pending",
        "Book | pending | < Venue",
        "Call | completed | < Book",
        "Photograph | pending | < Venue",
        "Press | pending",
        "Photograph | pending | < Press",
    ];
    assert_eq!(lines(body), expected);
    assert_eq!(lines("## Launch\n\n☐ Venue\n  ☐ Book\n"), ["Venue | pending", "Book | pending | < Venue"]);
}

/// The same words in two lists are one thing to do; twice in one list they are two, and the second list says more of each.
#[test]
fn the_same_words_twice_in_a_list_are_two() {
    let once = read("## Rounds\n\n- [ ] Sweep\n\n## Again\n\n- [x] Sweep\n");
    let twice = read("## Rounds\n\n- [ ] Sweep\n- [ ] Sweep\n\n## Again\n\n- [x] Sweep\n- [ ] Sweep\n");
    assert_eq!(shown(&once), ["Sweep | completed"]);
    assert_eq!(shown(&twice), ["Sweep | completed", "Sweep | pending"]);
    let code = &actions(&once)[0].code;
    assert_eq!(actions(&twice).iter().map(|action| action.code.clone()).collect::<Vec<_>>(), [code.clone(), format!("{code}-2")]);
}

/// What looks like something to do and ends as prose is named, unless it stands where nothing is asked for.
#[test]
fn coverage_names_what_was_left() {
    let body = "## Actions\n\n- [ ] Sweep\n\n## Harbor\n\n- New lamps at the ramp\n- Order lamps\n- Price: 40\n- Bo: none this week\n\n\
                | Deliverable | For |\n|---|---|\n| Leaflet | guests |\n\n## Why this matters\n\n- New lamps are seen\n\n## Risks\n\n- Order may be late\n\n\
                ## Notes\n\n- Order numbers are in the book\n";
    let parsed = read(body);
    assert_eq!(shown(&parsed), ["Sweep | pending", "Order lamps"]);
    assert_eq!(parsed.unread.iter().map(|unread| unread.line).collect::<Vec<_>>(), [11, 18]);
    assert_eq!((parsed.coverage.read, parsed.coverage.actionable), (2, 4));
}

#[test]
fn whoever_is_named_with_a_sign_is_somebody_and_a_name_alone_asks_for_nothing() {
    let body = "## Team\n\n- Jon (Dev)\n- Nora (Lead)\n\n## Actions\n\n- @nora: sign\n- wire the page @jon\n- FAQ (nora/jon, Fri)\n- [~] count (Jon)\n";
    assert_eq!(lines(body), ["sign | nora", "wire the page | jon", "FAQ | nora/jon | Jan 9", "count | in_progress | Jon"]);
}

#[test]
fn an_hour_and_a_name_stand_before_and_lines_of_a_paragraph_are_lanes() {
    let body = "**Support:** Bo\n\n## Actions\n\n### Monday Jan 5\n\n- 9:00am - Bo: sign (1h)\n\n## Assignments\n\nBo → check the till\nMara: hang the sign\n";
    assert_eq!(lines(body), ["sign | Bo | Jan 5 | 1h", "check the till | Bo", "hang the sign | Mara"]);
}

#[test]
fn key_lines_end_where_a_list_of_things_to_do_begins() {
    let body = "**R1: Dry** - STATUS: Not started\nOwner: Bo\n\n- [ ] Rent a pump\n* Ask Mara\n+ Phone the city\n";
    assert_eq!(lines(body), ["Rent a pump | pending | Bo", "Ask Mara | Bo", "Phone the city | Bo"]);
}

#[test]
fn what_a_status_waits_for_blocks() {
    let body =
        "| Task | Owner | Status |\n|---|---|---|\n| Permit | Bo | waiting on the city |\n| Sign | Bo | ⏳ blocked by rain |\n";
    let parsed = read(body);
    assert_eq!(shown(&parsed), ["Permit | blocked | Bo", "Sign | blocked | Bo"]);
    assert_eq!(
        actions(&parsed).iter().map(|action| action.blocker.as_deref()).collect::<Vec<_>>(),
        [Some("the city"), Some("rain")]
    );
}

#[test]
fn parts_of_a_lane_are_struck_out_one_by_one() {
    let parsed = read("## Actions\n\n- **Bo (Ops):** chairs; ~~paint~~; rope (cancelled); lamps, done 1/6\n");
    assert_eq!(
        shown(&parsed),
        ["chairs | Bo (Ops)", "paint | cancelled | Bo (Ops)", "rope | cancelled | Bo (Ops)", "lamps | completed | Bo (Ops)"]
    );
    assert!(actions(&parsed)[3].completed_at.is_some());
}

#[test]
fn lines_that_charge_somebody() {
    let body = "TODO: Bo to write\nACTION: sign (Kim, 1/8)\n\n**What I need from you**\n- Bo: the list\n- Kim: photos by Thursday\n\n**What went well**\n- The gate held\n";
    assert_eq!(
        lines(body),
        ["Bo to write | pending | Bo", "sign | Kim | Jan 8", "the list | Bo", "photos by Thursday | Kim | Jan 8"]
    );
}
