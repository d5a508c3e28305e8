use super::*;

#[test]
fn statuses() {
    use ActionStatus::{Blocked, Completed, InProgress, Pending};
    let cases = [
        ("PENDING", Some((Pending, None))),
        ("Not Started", Some((Pending, None))),
        ("In Progress", Some((InProgress, None))),
        ("COMPLETED", Some((Completed, None))),
        ("✅ COMPLETE", Some((Completed, None))),
        ("⏳ BLOCKED", Some((Blocked, None))),
        ("✅", Some((Completed, None))),
        ("In Progress — half done", Some((InProgress, Some("— half done")))),
        ("COMPLETED (2025-10-26)", Some((Completed, Some("(2025-10-26)")))),
        ("80%", Some((InProgress, Some("80%")))),
        ("100%", Some((Completed, None))),
        ("🔴", Some((Blocked, None))),
        ("🔵 Planned", Some((Pending, None))),
        ("❌", Some((Blocked, None))),
        ("Done 3/8", Some((Completed, Some("3/8")))),
        ("Completed on Mar 8", Some((Completed, Some("on Mar 8")))),
        ("✅ 3/8", Some((Completed, Some("3/8")))),
        ("in Arbeit", Some((InProgress, None))),
        ("pendiente", Some((Pending, None))),
        ("Complete by Friday", None),
        ("Done?", None),
        ("not complete", None),
        ("🔴 CRITICAL — Foundation", None),
        ("Someday", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(action_status(text), expected, "{text}");
    }
}

#[test]
fn boxes() {
    let cases = [
        ("□ A", Some(ActionStatus::Pending), "A"),
        ("☑️ A", Some(ActionStatus::Completed), "A"),
        ("[x] A", Some(ActionStatus::Completed), "A"),
        ("🔄 A", Some(ActionStatus::InProgress), "A"),
        ("🚫 A", Some(ActionStatus::Blocked), "A"),
        ("⚠️ A", Some(ActionStatus::InProgress), "A"),
        ("[~] A", Some(ActionStatus::InProgress), "A"),
        ("[2h] A", None, "[2h] A"),
        ("A", None, "A"),
    ];
    for (text, status, rest) in cases {
        assert_eq!(tick_box(text), (status, rest), "{text}");
    }
}

#[test]
fn what_will_not_be_done() {
    for (text, expected) in [
        ("❌ CANCELLED", Some("")),
        ("Won't do", Some("")),
        ("Deferred (to May)", Some("to May")),
        ("gestrichen", Some("")),
        ("Cancelled orders", None),
        ("Dropped?", None),
        ("❌", None),
        ("not cancelled", None),
    ] {
        assert_eq!(cancelled(text), expected, "{text}");
    }
}

#[test]
fn brackets() {
    use ActionStatus::{Blocked, Completed, Pending};
    let cases = [
        ("DONE - WAITING APPROVAL", Some(Completed)),
        ("READY FOR CONFIG", Some(Pending)),
        ("WAITING ON LEGAL", Some(Blocked)),
        ("APPROVED!", None),
        ("READYMADE", None),
    ];
    for (text, expected) in cases {
        assert_eq!(bracket_status(text), expected, "{text}");
    }
}
