//! Tables of spellings.

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a valid example")
}

#[test]
fn instants() {
    let frame = Frame {
        week: (date("2025-12-29"), date("2026-01-11")),
        zone: chrono_tz::America::Chicago,
        today: Some(date("2025-12-30")),
    };
    let cases = [
        ("2026-01-05", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("2026-01-05 AM", Some(("2026-01-05T18:00:00Z", Beside::Nothing))),
        ("2026-01-05 PM", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("Jan 5, 2026 (Day 1)", Some(("2026-01-06T05:59:59Z", Beside::Remark))),
        ("2026-01-05 (Today)", Some(("2026-01-06T05:59:59Z", Beside::Remark))),
        ("Friday, January 9", Some(("2026-01-10T05:59:59Z", Beside::Nothing))),
        ("Dec 30", Some(("2025-12-31T05:59:59Z", Beside::Nothing))),
        ("30 Dec", Some(("2025-12-31T05:59:59Z", Beside::Nothing))),
        ("1/5", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("Jan 5-7, 2026", Some(("2026-01-08T05:59:59Z", Beside::Nothing))),
        ("Dec 30–Jan 2", Some(("2026-01-03T05:59:59Z", Beside::Nothing))),
        ("2026-01-05 2:30pm", Some(("2026-01-05T20:30:00Z", Beside::Nothing))),
        ("Jan 5 9am CST", Some(("2026-01-05T15:00:00Z", Beside::Nothing))),
        ("9:00am CST Monday, January 5", Some(("2026-01-05T15:00:00Z", Beside::Nothing))),
        ("Sunday, October 27, 2025 at 8:45am CDT", Some(("2025-10-27T13:45:00Z", Beside::Nothing))),
        // Standard time is not kept in October: the hour on the wall is meant.
        ("Oct 27, 2025 1pm CST", Some(("2025-10-27T18:00:00Z", Beside::Nothing))),
        ("Oct 27, 2025 1pm EST", Some(("2025-10-27T18:00:00Z", Beside::Nothing))),
        ("2025-10-26T20:23:00Z", Some(("2025-10-26T20:23:00Z", Beside::Nothing))),
        ("2026-03-08 02:30", Some(("2026-03-08T08:30:00Z", Beside::Nothing))),
        ("2026-01-05 if the part arrives", Some(("2026-01-06T05:59:59Z", Beside::Words))),
        ("Friday", Some(("2026-01-03T05:59:59Z", Beside::Nothing))),
        ("EOD Friday", Some(("2026-01-03T05:59:59Z", Beside::Nothing))),
        ("by Thu 5pm", Some(("2026-01-01T23:00:00Z", Beside::Nothing))),
        ("Tuesday Morning", Some(("2025-12-30T18:00:00Z", Beside::Nothing))),
        ("next Friday", Some(("2026-01-10T05:59:59Z", Beside::Nothing))),
        ("TODAY 9:00am", Some(("2025-12-30T15:00:00Z", Beside::Nothing))),
        ("tomorrow", Some(("2026-01-01T05:59:59Z", Beside::Nothing))),
        ("EOD", Some(("2025-12-31T05:59:59Z", Beside::Nothing))),
        ("end of week", Some(("2026-01-12T05:59:59Z", Beside::Nothing))),
        ("Day 3", Some(("2026-01-01T05:59:59Z", Beside::Nothing))),
        ("weekend", Some(("2026-01-05T05:59:59Z", Beside::Nothing))),
        ("January 3rd, 2026 at 5pm", Some(("2026-01-03T23:00:00Z", Beside::Nothing))),
        ("Mon 1/5 5pm", Some(("2026-01-05T23:00:00Z", Beside::Nothing))),
        ("by Friday noon", Some(("2026-01-02T18:00:00Z", Beside::Nothing))),
        ("Friday midnight", Some(("2026-01-03T05:59:59Z", Beside::Nothing))),
        ("05.01.2026", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("05.01.", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("5.1.", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("Mo 05.01.26, 17 Uhr", Some(("2026-01-05T23:00:00Z", Beside::Nothing))),
        ("5. Januar 2026 um 17:30 Uhr", Some(("2026-01-05T23:30:00Z", Beside::Nothing))),
        ("bis Freitag Mittag", Some(("2026-01-02T18:00:00Z", Beside::Nothing))),
        ("morgen", Some(("2026-01-01T05:59:59Z", Beside::Nothing))),
        ("5 de enero de 2026", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
        ("lunes 5 de enero a las 17:00", Some(("2026-01-05T23:00:00Z", Beside::Nothing))),
        ("hasta el viernes", Some(("2026-01-03T05:59:59Z", Beside::Nothing))),
        ("fin de semana", Some(("2026-01-05T05:59:59Z", Beside::Nothing))),
        ("version 12.10.3", None),
        ("$12.10.", None),
        ("do 3 calls", None),
        ("2026-13-05", None),
        ("Feb 30, 2026", None),
        ("6-12 hours", None),
        ("24-48 hours", None),
        ("5-7 days", None),
        ("someday", None),
        ("", None),
    ];
    for (text, expected) in cases {
        let expected = expected.map(|(at, beside)| (at.parse().expect("a valid example"), beside));
        assert_eq!(instant(text, &frame, DayMeans::End), expected, "{text}");
    }
    let noon = instant("2026-01-05", &frame, DayMeans::Noon);
    assert_eq!(noon.map(|(at, _)| at.to_rfc3339()), Some("2026-01-05T18:00:00+00:00".into()));
    let silent = Frame { today: None, ..frame };
    assert_eq!(instant("today", &silent, DayMeans::End), None);
}

#[test]
fn hours_of_slots() {
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).map(|time| Clock::At(time, None));
    assert_eq!(hour("8:00am - 10:30am | Kickoff"), at(10, 30));
    assert_eq!(hour("9:00am - Ana"), at(9, 0));
    assert_eq!(hour("4 songs"), None);
    assert!(begins_with_hour("🔴 1pm CST"));
    assert!(!begins_with_hour("10 labels"));
}
