//! Whole plans in which several habits of people meet, each compared with what a reader would write down.

use chrono_tz::America::Chicago;

use super::parse_plan;
use crate::ingest::document::Parsed;

/// `result | text | status | owner | due | hours | priority | blocker`, without what is not said.
fn shown(parsed: &Parsed) -> Vec<String> {
    let plan = parsed.plan.as_ref().expect("a plan");
    let of = |result: &str, action: &crate::ingest::document::ActionDocument| {
        let parts = [
            Some(result.to_owned()),
            Some(action.text.clone()),
            action.status.map(|status| status.as_str().to_owned()),
            action.owner.clone(),
            action.due.map(|due| due.with_timezone(&Chicago).format("%F %H:%M").to_string().replace(" 23:59", "")),
            action.estimated_hours.map(|hours| format!("{hours}h")),
            action.metadata.get("priority").and_then(|value| value.as_str()).map(str::to_owned),
            action.blocker.clone().map(|by| format!("! {by}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    };
    plan.results.iter().flat_map(|result| result.actions.iter().map(|action| of(&result.code, action))).collect()
}

fn reasons(parsed: &Parsed) -> Vec<usize> {
    parsed.unread.iter().map(|unread| unread.line).collect()
}

#[test]
fn two_languages_across_the_turn_of_the_year() {
    let text = "# Wochenplan / Weekly plan\n\n**Woche:** 28. Dezember – 3. Januar\n**Owner:** Mara Lind (CEO)\n**Stand:** 27.12.2026\n\n\
        ## Must haves\n\n- [ ] Mietverträge unterschreiben (Mara, bis 30.12.)\n- [ ] Call the insurer @tjark (1h)\n\n\
        ## Nice to have\n\n- [ ] Lichterkette am Tor (Mara Lind)\n\n## Backlog\n\n- [ ] Solar panels\n\n\
        ## Wer macht was\n\n- **Mara (CEO):**\n  - Bank: account for 2027 — due Dec 31\n- **Tjark (Ops):**\n  - [ ] Schlüssel nachmachen (bis 2. Januar)\n\n\
        **Backlog:**\n\n- [ ] Second coffee machine\n";
    let parsed = parse_plan("w.md", text, Chicago);
    assert_eq!(
        shown(&parsed),
        [
            "MUST-HAVES | Mietverträge unterschreiben | pending | Mara | 2026-12-30 | Must haves",
            "MUST-HAVES | Call the insurer | pending | tjark | 1h | Must haves",
            "NICE-TO-HAVE | Lichterkette am Tor | pending | Mara Lind | Nice to have",
            "WER-MACHT-WAS | Bank: account for 2027 | Mara (CEO) | 2026-12-31",
            "WER-MACHT-WAS | Schlüssel nachmachen | pending | Tjark (Ops) | 2027-01-02",
        ]
    );
    let plan = parsed.plan.as_ref().expect("a plan");
    let priorities: Vec<_> = plan.results.iter().map(|result| result.priority).collect();
    assert_eq!((priorities, plan.week_end.to_string().as_str()), (vec![Some(1), Some(4), None], "2027-01-03"));
    assert!(serde_json::to_string(plan).is_ok_and(|all| all.contains("Solar panels") && all.contains("Second coffee")));
    assert!(reasons(&parsed).contains(&16), "the backlog is named: {:#?}", parsed.unread);
}

#[test]
fn tables_without_a_status_and_names_right_below_a_list() {
    let text = "---\ntitle: Garden\nweek: 2026-W24\n---\n\n## What we do\n\n| What | Who | When | Notes |\n|---|---|---|---|\n\
        | Turn the compost | Odile + Ravi | Tue | bring forks |\n| Mend the hose | Odile | ✅ Mon | |\n| ~~Rain dance~~ | Ravi | | |\n\n\
        ## Afterwards\n\n**Ravi**\n- tools back in shed\n- lock gate\n**Odile**\n- photos → website (45m)\n\n\
        ## Done last week\n\n- [x] Sowed carrots\n";
    let parsed = parse_plan("garden.md", text, Chicago);
    assert_eq!(
        shown(&parsed),
        [
            "WHAT-WE-DO | Turn the compost | Odile + Ravi | 2026-06-09",
            "WHAT-WE-DO | Mend the hose | completed | Odile | 2026-06-08",
            "WHAT-WE-DO | Rain dance | cancelled | Ravi",
            "AFTERWARDS | tools back in shed | Ravi",
            "AFTERWARDS | lock gate | Ravi",
            "AFTERWARDS | photos → website | Odile | 0.75h",
        ]
    );
    assert_eq!(parsed.unread, []);
}

#[test]
fn a_spanish_plan_whose_work_is_headed_by_its_results_again() {
    let text = "=== PLAN SEMANAL ===\nSemana del: 2 al 8 de noviembre de 2026\nProyecto: TALLER\n\n# Taller\n\n## Resultados\n\n\
        **R1: Abrir el taller** - ESTADO: En curso\n\n## Plan de acción\n\n### R1: Abrir el taller\n\n\
        - ✅ Firmar contrato (Inés, hecho el 2 de noviembre)\n- ⏳ Pintar paredes [bloqueado por la humedad]\n\
        - [ ] Alta de luz (Inés; urgente; martes 3 de noviembre a las 10:00)\n\n### Pendiente de decidir\n\n- ¿Horario de sábado?\n\n\
        ## Lunes 2\n\n- 11:30 Inés: notaría\n\n## Luego\n\n- [ ] Segunda planta\n";
    let parsed = parse_plan("taller.md", text, Chicago);
    assert_eq!(
        shown(&parsed),
        [
            "PLAN | notaría | Inés | 2026-11-02 11:30",
            "R1 | Firmar contrato | completed | Inés",
            "R1 | Pintar paredes | pending | ! la humedad",
            "R1 | Alta de luz | pending | Inés | 2026-11-03 10:00 | urgente",
        ]
    );
    let plan = parsed.plan.as_ref().expect("a plan");
    assert_eq!((plan.results[1].text.as_str(), plan.project.as_deref()), ("Abrir el taller", Some("TALLER")));
    assert_eq!(reasons(&parsed), [27], "{:#?}", parsed.unread);
}

#[test]
fn priorities_as_sections_and_details_below_boxes() {
    let text = "# RPM-OPS-014: Kitchen relaunch\n\n**Plan window:** July 6 → July 12, 2026\n\n## P0\n\n- [ ] Gas inspection (Bo, 7/7)\n\n\
        ## P1 – this week if we can\n\n- New menu draft [Cy, 3h] [IN REVIEW]\n- Staff briefing @bo · Thu 5pm\n\n### Front of house\n\n\
        - [ ] Chairs back\n  - owner: Cy\n  - due: July 10\n\n## Definition of Done\n\n- [ ] Menu online\n";
    let parsed = parse_plan("k.md", text, Chicago);
    assert_eq!(
        shown(&parsed),
        [
            "P0 | Gas inspection | pending | Bo | 2026-07-07 | P0",
            "P1-THIS-WEEK-IF-WE-CAN | New menu draft | in_progress | Cy | 3h | P1",
            "P1-THIS-WEEK-IF-WE-CAN | Staff briefing | bo | 2026-07-09 17:00 | P1",
            "FRONT-OF-HOUSE | Chairs back | pending | Cy | 2026-07-10 | P1",
        ]
    );
    assert_eq!(parsed.unread, []);
}

#[test]
fn lanes_with_parts_and_days() {
    let text = "# Team week 3 (12–18 Jan 2026)\n\n## People\n\n### Ada (Eng)\n\n#### Platform\n\n- [x] rotate keys\n\n#### Support\n\n\
        - answer tickets daily\n\n### Bo (Ops)\n\n- Tue: vendor call (10:30, Zoom)\n- Fri: close books [BLOCKED: waiting for bank]\n\n\
        ## Open questions\n\n- Do we need a new fridge?\n";
    let parsed = parse_plan("t.md", text, Chicago);
    assert_eq!(
        shown(&parsed),
        [
            "PEOPLE | vendor call (10:30, Zoom) | Bo (Ops) | 2026-01-13",
            "PEOPLE | close books | blocked | Bo (Ops) | 2026-01-16 | ! bank",
            "PLATFORM | rotate keys | completed | Ada (Eng)",
            "SUPPORT | answer tickets daily | Ada (Eng)",
        ]
    );
    assert_eq!(parsed.unread, []);
}
