//! Lines as people write them.

use super::super::markdown::outline;
use super::*;

fn read(source: &str) -> Marked {
    let people = People::of(&outline("**Owner:** Ana Lind (Director)\n\n- Otto: a\n- Otto: b\n"));
    Marked::read(&outline(source).remove(0), &people, true)
}

fn shown(marked: &Marked) -> String {
    let mut parts = vec![marked.text.clone()];
    let mut add = |key: &str, value: Option<String>| parts.extend(value.map(|value| format!("{key}={value}")));
    add("code", marked.code.clone());
    add("status", marked.status.map(|status| status.as_str().to_owned()));
    add("line", marked.status_line.clone());
    add("priority", marked.priority.clone());
    add("owner", marked.owner.clone());
    add("due", marked.due.clone());
    add("estimate", marked.estimate.clone());
    add("label", marked.label.clone());
    add("blocker", marked.blocker.clone());
    add("waits", marked.waits.clone());
    add("beside", marked.other_owner.clone());
    parts.join(" | ")
}

#[test]
fn lines() {
    let cases = [
        ("- [ ] Order labels", "Order labels | status=pending"),
        ("- [x] ✅ Order labels", "Order labels | status=completed"),
        ("1. ✅ **COMPLETE:** Ferry feed (beats paper)", "Ferry feed (beats paper) | status=completed"),
        ("2. 🔄 **IN PROGRESS:** Boards", "Boards | status=in_progress"),
        (
            "- ✅ Apply for a slot - 15 min [DONE - WAITING APPROVAL]",
            "Apply for a slot | status=completed | line=DONE - WAITING APPROVAL | estimate=15 min",
        ),
        ("- ⏳ Get keys (Map + News) - 10 min [PENDING]", "Get keys (Map + News) | status=pending | estimate=10 min"),
        ("- 🔴 Call the yard (2-4 hours)", "Call the yard | priority=🔴 | estimate=2-4 hours"),
        ("- **Ana (Director):** Call the yard", "Call the yard | owner=Ana (Director)"),
        ("- Otto + Ana: Call the yard", "Call the yard | owner=Otto + Ana"),
        ("- Pressbot: Call the yard", "Call the yard | owner=Pressbot"),
        ("- Review: week 1", "Review: week 1"),
        ("- Day 16: \"The Tide\" (Harbor)", "\"The Tide\" (Harbor) | due=Day 16"),
        ("- **1pm CST:** Team meeting", "Team meeting | due=1pm CST"),
        ("- 8:45am: Team meeting", "Team meeting | due=8:45am"),
        ("- **Post-meeting:** Ana sweeps", "Ana sweeps | owner=Ana | label=Post-meeting"),
        ("1. **Hybrid** (TODAY, 15 min): Post the results", "Hybrid: Post the results | due=TODAY | estimate=15 min"),
        ("1. **Immediate (Today):** Ana briefs Otto", "Ana briefs Otto | priority=Immediate | owner=Ana | due=Today"),
        ("2. **Full bot** (Week 2, 6-8 hours): Slash commands", "Full bot: Slash commands | estimate=6-8 hours | label=Week 2"),
        ("- **Evening:** Sweep", "Sweep | label=Evening"),
        ("- Written Response (30-Day Deadline: October 26)", "Written Response (30-Day Deadline: October 26)"),
        ("- Fill the log (Ana, due Oct 3)", "Fill the log | owner=Ana | due=Oct 3"),
        ("- Fill the log (Owner: Bo) [P1]", "Fill the log | priority=P1 | owner=Bo"),
        ("- Fill the log — Ana", "Fill the log | owner=Ana"),
        ("- Ana → sign papers", "sign papers | owner=Ana"),
        ("- [ ] 9:00am Team sync", "Team sync | status=pending | due=9:00am"),
        ("- 9am CST - Team sync", "Team sync | due=9am CST"),
        ("1. [P0] Relabel it — Ana — Oct 23", "Relabel it | priority=P0 | owner=Ana | due=Oct 23"),
        ("- [ ] **Review it** | Bo | Nov 2", "Review it | status=pending | owner=Bo | due=Nov 2"),
        ("- Fill the log @bo ~3h", "Fill the log | owner=bo | estimate=3h"),
        ("- Fill the log - ~2h", "Fill the log | estimate=2h"),
        ("- Fill the log by EOD Friday", "Fill the log by EOD Friday | due=EOD Friday"),
        ("- Open the feed (ready for partners)", "Open the feed (ready for partners)"),
        ("- [ ] **OPS-ATLAS-001a**: Paint", "Paint | code=OPS-ATLAS-001a | status=pending"),
        ("- See https://a.example", "See https://a.example"),
        ("- ✅", "✅ | status=completed"),
    ];
    for (source, expected) in cases {
        assert_eq!(shown(&read(source)), expected, "{source}");
    }
}

/// Owners, days, priorities, hours and blockers in a row, in brackets and without; new names count among other marks.
#[test]
fn marks_in_a_row() {
    let cases = [
        ("- [ ] Call the yard (José, 4/1, P1)", "Call the yard | status=pending | priority=P1 | owner=José | due=4/1"),
        (
            "- [ ] Walk the pier (Nora Gull + Bo), 2h, blocked by the permit",
            "Walk the pier | status=pending | owner=Nora Gull + Bo | estimate=2h | blocker=the permit",
        ),
        ("- Fill the log (Ana, Otto, Oct 3)", "Fill the log | owner=Ana, Otto | due=Oct 3"),
        ("- Fill the log (blocked by AREA-001a)", "Fill the log | waits=AREA-001a"),
        ("- Fill the log [José, 45 min]", "Fill the log | owner=José | estimate=45 min"),
        ("- Fill the log (Ana, 2h, with the old pen)", "Fill the log (with the old pen) | owner=Ana | estimate=2h"),
        ("- Fill the log · owner José · due Oct 3 · 2h", "Fill the log | owner=José | due=Oct 3 | estimate=2h"),
        ("- Fill the log; owner José; due Oct 3; P2", "Fill the log | priority=P2 | owner=José | due=Oct 3"),
        ("- Fill the log | owner José | high | 2h", "Fill the log | priority=high | owner=José | estimate=2h"),
        ("- Fill the log — José, Oct 3", "Fill the log | owner=José | due=Oct 3"),
        ("- Fill the log — José — Oct 3", "Fill the log | owner=José | due=Oct 3"),
        ("- Fill the log, due Oct 3 - 30 min", "Fill the log | due=Oct 3 | estimate=30 min"),
        ("- Fill the log (@bo, priority: high)", "Fill the log | priority=high | owner=bo"),
        ("- @mara: fill the log", "fill the log | owner=mara"),
        ("- @mara fill the log", "fill the log | owner=mara"),
        ("- Otto: fill the log (Ana, P1)", "fill the log | priority=P1 | owner=Ana | beside=Otto"),
        ("- Get keys (Map + News) - 10 min", "Get keys (Map + News) | estimate=10 min"),
        ("- Team call (Zoom, 1 hour)", "Team call (Zoom, 1 hour) | estimate=1 hour"),
        ("- Buy rope, tape, glue", "Buy rope, tape, glue"),
        ("- Sweep; wash; paint", "Sweep; wash; paint"),
    ];
    for (source, expected) in cases {
        assert_eq!(shown(&read(source)), expected, "{source}");
    }
}

#[test]
fn marks_in_german_and_spanish() {
    let cases = [
        (
            "- [ ] Etiketten bestellen (Greta, bis Freitag, 2 Std)",
            "Etiketten bestellen | status=pending | owner=Greta | due=Freitag | estimate=2 Std",
        ),
        ("- Regale prüfen · fällig 16. April · verantwortlich: Tjark", "Regale prüfen | owner=Tjark | due=16. April"),
        ("- Kran mieten [in Arbeit]", "Kran mieten | status=in_progress"),
        ("- Kran mieten (wartet auf die Genehmigung)", "Kran mieten | blocker=die Genehmigung"),
        ("- Tor streichen (Priorität: hoch, 3 Stunden)", "Tor streichen | priority=hoch | estimate=3 Stunden"),
        (
            "- [ ] Pedir etiquetas (Inés, hasta el 19 de abril, 2 horas)",
            "Pedir etiquetas | status=pending | owner=Inés | due=el 19 de abril | estimate=2 horas",
        ),
        ("- Revisar grúa · responsable: Teo · vence viernes", "Revisar grúa | owner=Teo | due=viernes"),
        ("- Pintar puerta [en curso]", "Pintar puerta | status=in_progress"),
        ("- Pintar puerta (bloqueado por la lluvia)", "Pintar puerta | blocker=la lluvia"),
        ("- Pintar puerta (prioridad: alta)", "Pintar puerta | priority=alta"),
    ];
    let wrong: Vec<_> = cases.iter().map(|(source, expected)| (shown(&read(source)), expected)).collect();
    let wrong: Vec<_> = wrong.iter().filter(|(said, expected)| said != *expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (source, words) in [("- Barrer (hecho el 18 de abril)", "Barrer"), ("- Fegen (erledigt am 8. März)", "Fegen")] {
        let marked = read(source);
        assert_eq!((marked.text.as_str(), marked.status), (words, Some(ActionStatus::Completed)), "{source}");
        assert!(marked.completed.is_some(), "{source}");
    }
    for source in ["- Barrer (cancelado)", "- Fegen [verschoben auf Mai]"] {
        assert!(read(source).cancelled, "{source}");
    }
}

/// In a lane, a mark stands for the part that it is in.
#[test]
fn lanes_come_apart_before_their_marks_are_read() {
    let people = People::of(&outline("**Owner:** Ana Lind (Director)\n"));
    let lane =
        outline("- **Ana (Director):** permits due Oct 3; rent (José, 2h); [P1] hire; tea; by Friday; the pier.").remove(0);
    let parts: Vec<_> = Marked::read_lane(&lane, &people, true).iter().map(shown).collect();
    let expected = [
        "permits due Oct 3 | owner=Ana (Director) | due=Oct 3",
        "rent | owner=José | estimate=2h | beside=Ana (Director)",
        "hire | priority=P1 | owner=Ana (Director)",
        "tea | owner=Ana (Director) | due=Friday",
        "the pier | owner=Ana (Director)",
    ];
    assert_eq!(parts, expected);
}

#[test]
fn estimates_in_lists() {
    for source in ["1. **Bridge** (Wednesday, 2-4 hours): text", "- Call - 10 min", "- Call (15 min)", "- Call ~3h"] {
        assert!(has_estimate(&outline(source).remove(0)), "{source}");
    }
    for source in ["- Call - soon", "- **Days** (1-3)", "- Export (30 min per take)"] {
        assert!(!has_estimate(&outline(source).remove(0)), "{source}");
    }
}

#[test]
fn what_was_done_when_and_what_will_not_be_done() {
    let read = |text: &str| Marked::read(&outline(text).remove(0), &People::default(), true);
    for (text, words, day) in [
        ("- Order labels (done 3/8)", "Order labels", Some("3/8")),
        ("- [x] Order labels (Completed on Mar 8, 2026)", "Order labels", Some("Mar 8, 2026")),
        ("- Order labels ✅ 3/8", "Order labels", Some("3/8")),
        ("- Order labels [done 3/8]", "Order labels", Some("3/8")),
        ("- Order labels completed on Mar 8", "Order labels", Some("Mar 8")),
        ("- Order labels - done 3/8", "Order labels", Some("3/8")),
        ("- Etiketten bestellen (erledigt am 8. März)", "Etiketten bestellen", Some("8. März")),
        ("- Order labels (done right)", "Order labels (done right)", None),
    ] {
        let marked = read(text);
        assert_eq!((marked.text.as_str(), marked.completed.as_deref()), (words, day), "{text}");
        assert_eq!(marked.status == Some(ActionStatus::Completed), day.is_some(), "{text}");
    }
    for text in [
        "- [-] Order labels",
        "- ~~Order labels~~",
        "- [ ] ~~Order labels~~ — the printer is gone",
        "- ❌ CANCELLED: Order labels",
        "- ❌ CANCELLED Order labels",
        "- **Dropped** — Order labels",
        "- [ ] Order labels (cancelled)",
        "- [ ] Order labels [DEFERRED to May]",
        "- Order labels – won't do",
    ] {
        let marked = read(text);
        assert_eq!((marked.text.as_str(), marked.status, marked.cancelled), ("Order labels", None, true), "{text}");
    }
    for text in [
        "- [x] ~~Order labels~~",
        "- ✅ ~~Order labels~~",
        "- ❌ Order labels",
        "- Cancelled orders: refund them",
        "- Order 3~~4 labels~~",
    ] {
        assert!(!read(text).cancelled, "{text}");
    }
}

#[test]
fn a_half_of_a_day_is_nobody() {
    for (text, words) in
        [("- AM: Stand-up", "Stand-up"), ("- **PM:** Stand-up", "Stand-up"), ("- AM – Stand-up", "AM – Stand-up")]
    {
        let marked = Marked::read(&outline(text).remove(0), &People::default(), true);
        assert_eq!((marked.text.as_str(), marked.owner), (words, None), "{text}");
        assert!(marked.due.is_some(), "{text}");
    }
}
