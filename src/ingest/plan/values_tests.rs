//! Tables of spellings.

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a valid example")
}

#[test]
fn keys() {
    for (key, expected) in
        [("Evidence Needed", "evidence_needed"), ("File(s)", "files"), (" CLI Command ", "cli_command"), ("***", "")]
    {
        assert_eq!(snake(key), expected);
    }
}

#[test]
fn priorities() {
    let cases = [
        ("🔴 CRITICAL — Foundation", Some(1)),
        ("🟡 HIGH PRIORITY — Data", Some(2)),
        ("🟠 URGENT", Some(2)),
        ("URGENT", Some(1)),
        ("⚡ MEDIUM PRIORITY", Some(3)),
        ("🟢 LOW PRIORITY", Some(4)),
        ("P0 - CRITICAL", Some(1)),
        ("P1", Some(2)),
        ("P3 (someday)", Some(4)),
        ("3", Some(3)),
        ("H", Some(2)),
        ("med", Some(3)),
        ("l", Some(4)),
        ("hoch", Some(2)),
        ("Baja", Some(4)),
        ("M shirts", None),
        ("PENDING", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(priority(text), expected, "{text}");
    }
}

#[test]
fn hour_figures() {
    let cases = [
        ("2 hours", Ok(("2", None))),
        ("2 hours (Jesse's time)", Ok(("2", Some("Jesse's time")))),
        ("1 hour", Ok(("1", None))),
        ("1.5h", Ok(("1.5", None))),
        ("45 min", Ok(("0.75", None))),
        ("0", Ok(("0", None))),
        ("-2 hours", Err(NoHours::Negative)),
        ("2-4 hours", Ok(("4", Some("2-4 hours")))),
        ("~3h", Ok(("3", None))),
        ("30–45 min", Ok(("0.75", Some("30–45 min")))),
        ("4-2 hours", Err(NoHours::Unreadable)),
        ("2-4 days", Err(NoHours::Unreadable)),
        ("1000 hours", Err(NoHours::Unreadable)),
        ("a while", Err(NoHours::Unreadable)),
        ("99999999999999999999999999999999 hours", Err(NoHours::Unreadable)),
        ("", Err(NoHours::Unreadable)),
    ];
    for (text, expected) in cases {
        assert_eq!(hours(text), expected.map(|(number, remark)| (decimal(number), remark)), "{text}");
    }
}

#[test]
fn sums() {
    let cases = [
        ("$125K-175K", Some(("125000", "175000"))),
        ("$125-175K", Some(("125000", "175000"))),
        ("$439K-$729K", Some(("439000", "729000"))),
        ("$1.148M", Some(("1148000", "1148000"))),
        ("about $2,500 net", Some(("2500", "2500"))),
        ("$175K–125K", None),
        ("125K", None),
        ("$", None),
        ("$79228162514264337593543950335B", None),
    ];
    for (text, expected) in cases {
        assert_eq!(money(text), expected.map(|(low, high)| (decimal(low), decimal(high))), "{text}");
    }
}

#[test]
fn sums_alone() {
    for (text, expected) in [
        ("$5k", Some(("5000", "5000"))),
        ("$1.2M", Some(("1200000", "1200000"))),
        ("US$ 2,500", Some(("2500", "2500"))),
        ("~$10k to $12k", Some(("10000", "12000"))),
        ("$5k from the pier", None),
        ("5.000 €", None),
    ] {
        assert_eq!(sum(text), expected.map(|(low, high)| (decimal(low), decimal(high))), "{text}");
    }
    assert!(is_other_currency("5.000 €") && is_other_currency("EUR 5,000") && !is_other_currency("$5k for Europe"));
}

#[test]
fn stages() {
    let cases = [
        ("Middle of Funnel (Execution)", Some(FunnelStage::Middle)),
        ("Top - Planning & Design", Some(FunnelStage::Top)),
        ("Bottom", Some(FunnelStage::Bottom)),
        ("Stopping", None),
    ];
    for (text, expected) in cases {
        assert_eq!(funnel_stage(text), expected, "{text}");
    }
}

#[test]
fn durations() {
    for text in ["10 min", "~3h", "2-4 hours", "1.5 hrs"] {
        assert!(is_duration(text), "{text}");
    }
    for text in ["10", "30 min per episode", "3 days", "week", ""] {
        assert!(!is_duration(text), "{text}");
    }
}
