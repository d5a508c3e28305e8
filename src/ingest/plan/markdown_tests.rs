//! Documents in, lines out.

use super::*;

#[test]
fn key_lines_of_one_paragraph_stand_apart() {
    let lines = outline("**Owner:** Ana\r\n**Due**: `2026-03-04`\nplain **bold** end\n");
    let keys: Vec<_> = lines.iter().map(|line| (line.number, line.bold_key())).collect();
    assert_eq!(keys, [(1, Some(("Owner", "Ana"))), (2, Some(("Due", "2026-03-04"))), (3, None)]);
    assert!(lines[1].follows && lines[2].follows && !lines[0].follows);
}

#[test]
fn a_rule_below_key_lines_makes_no_heading() {
    let lines = outline("**Owner:** Ana\n**Week:** x\n---\nTitle\n===\n");
    let kinds: Vec<_> = lines.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Text, Kind::Heading(1)]);
}

#[test]
fn lists_tables_and_code_keep_their_shape() {
    let lines = outline("- [x] one\n  - two\n\n1. three\n\n| a | **b** |\n|---|---|\n| c | d |\n\n```sh\nx \\\n  y\n```\n");
    let shapes: Vec<_> = lines.iter().map(|line| (line.number, line.depth, line.text.as_str())).collect();
    assert_eq!(shapes, [(1, 1, "one"), (2, 2, "two"), (4, 1, "three"), (6, 0, "a | b"), (8, 0, "c | d"), (10, 0, "x \\\n  y")]);
    assert_eq!(lines[0].kind, Kind::Item { ordered: false, ticked: Some(true) });
    assert_eq!(lines[2].kind, Kind::Item { ordered: true, ticked: None });
}

#[test]
fn a_number_right_below_a_sentence_begins_a_list() {
    let lines = outline("Then:\n2. **two** more\n3) three\n10.5 is a figure\n");
    let shapes: Vec<_> = lines.iter().map(|line| (line.number, line.depth, line.text.as_str(), line.lead)).collect();
    assert_eq!(
        shapes,
        [(1, 0, "Then:", None), (2, 1, "two more", Some(3)), (3, 1, "three", None), (4, 0, "10.5 is a figure", None)]
    );
}

#[test]
fn rows_keep_what_the_head_has_no_column_for() {
    let lines = outline("| a | b |\n|---|---|\n| 1 | 2 | 3 |\n");
    assert_eq!(lines[1].text, "1 | 2 | 3");
}
