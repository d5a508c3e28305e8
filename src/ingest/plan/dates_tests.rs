use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a valid example")
}

#[test]
fn spans() {
    let cases = [
        ("2025-10-26 to 2025-11-02", Some(("2025-10-26", "2025-11-02"))),
        ("RPM WEEKLY PLAN — OCTOBER 27 - NOVEMBER 9, 2025", Some(("2025-10-27", "2025-11-09"))),
        ("CURRENT (Oct 21–27, 2025)", Some(("2025-10-21", "2025-10-27"))),
        ("OCT 7-14, 2025", Some(("2025-10-07", "2025-10-14"))),
        ("13 days ASAP execution (Oct 28 - Nov 9, 2025)", Some(("2025-10-28", "2025-11-09"))),
        ("RPM_WEEKLY_PLAN_OCT21-27_2025_COMPLETE.md", Some(("2025-10-21", "2025-10-27"))),
        ("RPM-WEEKLY-PLAN-Oct27-Nov9-2025-CLOUD-INFRA", Some(("2025-10-27", "2025-11-09"))),
        ("Dec 29 - Jan 4, 2026", Some(("2025-12-29", "2026-01-04"))),
        ("Dec 29, 2025 - Jan 4", Some(("2025-12-29", "2026-01-04"))),
        ("Mon Dec 29 - Sun Jan 4, 2026", Some(("2025-12-29", "2026-01-04"))),
        ("Mar 2nd to Mar 8th, 2026", Some(("2026-03-02", "2026-03-08"))),
        ("3/2/2026 - 3/8/2026", Some(("2026-03-02", "2026-03-08"))),
        ("3/2 - 3/8/26", Some(("2026-03-02", "2026-03-08"))),
        ("2 March - 8 March 2026", Some(("2026-03-02", "2026-03-08"))),
        ("13.–19. April 2026", Some(("2026-04-13", "2026-04-19"))),
        ("13.04.2026 bis 19.04.2026", Some(("2026-04-13", "2026-04-19"))),
        ("Wochenplan 13.04. – 19.04.2026", Some(("2026-04-13", "2026-04-19"))),
        ("30. März bis 5. April 2026", Some(("2026-03-30", "2026-04-05"))),
        ("del 13 al 19 de abril de 2026", Some(("2026-04-13", "2026-04-19"))),
        ("13 de abril – 3 de mayo de 2026", Some(("2026-04-13", "2026-05-03"))),
        ("KW 16 2026", Some(("2026-04-13", "2026-04-19"))),
        ("KW 16/2026", Some(("2026-04-13", "2026-04-19"))),
        ("semana 16 de 2026", Some(("2026-04-13", "2026-04-19"))),
        ("2026-W10", Some(("2026-03-02", "2026-03-08"))),
        ("Week 10, 2026", Some(("2026-03-02", "2026-03-08"))),
        ("2025-11-02 to 2025-10-26", None),
        ("2025-02-30 to 2025-03-02", None),
        ("Oct 28, 2025 (Day 1)", None),
        ("Dec 28–Jan 3", None),
        ("Phases 1-5", None),
        ("$125K-175K", None),
    ];
    for (text, expected) in cases {
        assert_eq!(span(text, None), expected.map(|(a, b)| (date(a), date(b))), "{text}");
    }
}

#[test]
fn a_hint_gives_the_year() {
    let cases = [
        ("Dec 28–Jan 3", "2025-12-30", Some(("2025-12-28", "2026-01-03"))),
        ("Dec 28–Jan 3", "2025-07-01", Some(("2025-12-28", "2026-01-03"))),
        ("Dec 28–Jan 3", "2026-01-02", Some(("2025-12-28", "2026-01-03"))),
        ("10/21-10/27", "2025-10-01", Some(("2025-10-21", "2025-10-27"))),
        ("Oct 7 at 5-6 pm", "2025-10-01", None),
    ];
    for (text, hint, expected) in cases {
        assert_eq!(span(text, Some(date(hint))), expected.map(|(a, b)| (date(a), date(b))), "{text}");
    }
}

#[test]
fn days_at_the_beginning() {
    for text in
        ["Monday Oct 7 (TODAY)", "🔴 TODAY 9:00am - Ana", "Weekend Oct 12-13", "Day 3: test", "Oct 28", "2025-10-28", "EOD Fri"]
    {
        assert!(begins_with_day(text), "{text}");
    }
    for text in ["Shipped on Oct 28", "Monitor it", "Sunny", "Daylight", "12 songs", "", "Maybe 3"] {
        assert!(!begins_with_day(text), "{text}");
    }
}
