//! Forms that plans come in beside markdown with bold keys: front matter, plain keys, YAML and JSON of texts; and work that is called off.

use chrono_tz::America::Chicago;
use serde_json::{Value, json};

use super::{parse_plan, parse_plan_for};
use crate::entities::enums::ActionStatus;
use crate::ingest::document::{ActionDocument, Parsed, PlanDocument};

fn plan(path: &str, text: &str) -> PlanDocument {
    let parsed = parse_plan(path, text, Chicago);
    parsed.plan.clone().unwrap_or_else(|| panic!("{parsed:#?}"))
}

fn actions(plan: &PlanDocument) -> impl Iterator<Item = &ActionDocument> {
    plan.results.iter().flat_map(|result| &result.actions)
}

/// Each action as `text / owner / due / status`.
fn in_short(plan: &PlanDocument) -> Vec<String> {
    let said = |action: &ActionDocument| {
        let due = action.due.map(|due| due.with_timezone(&Chicago).format("%m-%d %H:%M").to_string());
        let status = action.status.map(ActionStatus::as_str);
        [Some(action.text.as_str()), action.owner.as_deref(), due.as_deref(), status]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" / ")
    };
    actions(plan).map(said).collect()
}

fn reasons(parsed: &Parsed) -> Vec<(usize, &str)> {
    parsed.unread.iter().map(|unread| (unread.line, unread.reason.as_str())).collect()
}

#[test]
fn front_matter_is_the_front() {
    let text = "---\ntitle: \"Pier: the opening\"\nweek: {start: 2026-04-13, end: 2026-04-19}\nowners:\n  - Ana Lind\n  - Bo Reed\n\
                project: PIER # since March\nrevenue: $5k\ntags: [pier, spring]\n---\n\n# Opening\n\n- [ ] Paint the gate\n";
    let plan = plan("notes.md", text);
    assert_eq!((plan.title.as_str(), plan.week_start.to_string().as_str()), ("Pier: the opening", "2026-04-13"));
    assert_eq!(plan.revenue_target.map(|(low, _)| low.to_string()).as_deref(), Some("5000"));
    assert_eq!(plan.metadata["owners"], "Ana Lind, Bo Reed");
    assert_eq!(plan.metadata["tags"], "pier, spring");
    assert_eq!(plan.metadata["project"], "PIER # since March", "what is no project stays as it is written");
    assert_eq!(in_short(&plan), ["Paint the gate / pending"]);
    assert_eq!(actions(&plan).next().map(|action| action.line), Some(14));
}

#[test]
fn rules_are_no_front_matter() {
    for text in [
        "---\n\n**Week of:** 2026-04-13\n\n---\n\n- [ ] Paint the gate\n",
        "---\n# Plan Apr 13-19, 2026\n---\n\n- [ ] Paint the gate\n",
        "---\n- a\n- b\n---\n\nWeek of: 2026-04-13\n\n- [ ] Paint the gate\n",
    ] {
        assert_eq!(in_short(&plan("x.md", text)), ["Paint the gate / pending"], "{text}");
    }
}

#[test]
fn plain_keys_one_under_the_other() {
    let text = "# Harbour plan\n\nProject: HARBOUR\nWeek: 2026-04-13 to 2026-04-19\nOwner: Ana Lind\nTheme: Tides\nRevenue: 5.000 €\n\n\
                ## Tasks\n\n- [ ] Paint the gate\n";
    let parsed = parse_plan("x.md", text, Chicago);
    let plan = parsed.plan.as_ref().expect("a plan");
    assert_eq!((plan.project.as_deref(), plan.owner.as_deref()), (Some("HARBOUR"), Some("Ana Lind")));
    assert_eq!(
        (&plan.metadata["theme"], &plan.metadata["revenue"], plan.revenue_target),
        (&json!("Tides"), &json!("5.000 €"), None)
    );
    assert_eq!(reasons(&parsed), [(7, super::values::OTHER_CURRENCY)]);
    // A sentence goes on where no key stands.
    let text = "# Harbour plan Apr 13-19, 2026\n\nOwner: Ana Lind\nand the crew of the pier, who said: later\n\n- [ ] Paint\n";
    assert_eq!(self::plan("x.md", text).owner.as_deref(), Some("Ana Lind and the crew of the pier, who said: later"));
}

const LISTS: &str = "week: 2026-W16\nresults:\n  - Open the pier\n  - code: R2\n    text: Sell out\n    owners: [Ana, {name: Bo}]\n    tasks:\n      - Print flyers (Ana, by Friday noon)\n\
                     actions:\n  - Paint the gate\n  - text: Oil the crane\n    owners:\n      - name: Bo\n      - name: Cy\n    priority: H\n    status: Won't do\n\
                     lanes:\n  Ana: [Call the press, Hang the flags]\n  Bo: permits; keys\npriorities:\n  - Count the boats\n";

#[test]
fn yaml_of_texts_and_lanes() {
    let plan = plan("pier.yaml", LISTS);
    assert_eq!(plan.results.iter().map(|result| result.text.as_str()).collect::<Vec<_>>()[..2], ["Open the pier", "Sell out"]);
    assert_eq!(plan.results[1].owner.as_deref(), Some("Ana, Bo"));
    let said = in_short(&plan);
    for expected in [
        "Print flyers / Ana / 04-17 12:00",
        "Paint the gate",
        "Call the press / Ana",
        "Hang the flags / Ana",
        "permits / Bo",
        "keys / Bo",
        "Count the boats",
        "Oil the crane / Bo, Cy / cancelled",
    ] {
        assert!(said.iter().any(|own| own == expected), "{expected}: {said:#?}");
    }
    assert_eq!(said.len(), 8);
    let cancelled: Vec<_> = actions(&plan).filter(|action| action.is_cancelled()).map(|action| action.text.as_str()).collect();
    assert_eq!(cancelled, ["Oil the crane"]);
}

#[test]
fn yaml_of_named_maps() {
    let text = "Woche: 13.04.2026\nErgebnisse:\n  R1:\n    text: Pier öffnen\n    Aufgaben:\n      - Aufgabe: Tor streichen\n        Verantwortlich: Greta\n        Fällig: 15.04.\n        Status: erledigt\n  \
                Lager räumen:\n    - Kisten zählen\n";
    let plan = plan("pier.yml", text);
    let results: Vec<_> = plan.results.iter().map(|result| (result.code.as_str(), result.text.as_str())).collect();
    assert_eq!(results, [("R1", "Pier öffnen"), ("LAGER-RÄUMEN", "Lager räumen")]);
    assert_eq!(in_short(&plan), ["Tor streichen / Greta / 04-15 23:59 / completed", "Kisten zählen"]);
}

#[test]
fn json_says_the_same_as_yaml() {
    let json = "{\n\t\"week\": \"2026-W16\",\n\t\"title\": \"Pier \\ud83d\\ude80 \\u2013 open\\/shut\",\n\t\"results\": [\n\t\t{\"code\": \"R1\", \"text\": \"Open\", \
                \"actions\": [\"Paint the gate\", {\"text\": \"Oil the crane\", \"owner\": [\"Bo\", \"Cy\"], \"done\": true}]}\n\t]\n}\n";
    let plan = plan("pier.json", json);
    assert_eq!(plan.title, "Pier 🚀 – open/shut");
    assert_eq!(in_short(&plan), ["Paint the gate", "Oil the crane / Bo, Cy / completed"]);
    assert_eq!(actions(&plan).map(|action| action.line).collect::<Vec<_>>(), [5, 5]);
    let broken = parse_plan("pier.json", "{\"week\": \"2026-W16\",\n \"results\": [", Chicago);
    assert!(broken.plan.is_none() && broken.unread[0].reason.starts_with("this is no JSON"), "{broken:#?}");
}

#[test]
fn cancelled_work_keeps_its_code() {
    let text = |line: &str| format!("# Plan Apr 13-19, 2026\n\n## Tasks\n\n{line}\n- [x] Oil the crane\n");
    let of = |line: &str| plan("x.md", &text(line));
    let open = of("- [ ] Paint the gate");
    for line in [
        "- [-] Paint the gate",
        "- ~~Paint the gate~~",
        "- [ ] Paint the gate (cancelled)",
        "- ❌ CANCELLED: Paint the gate",
        "- [ ] Paint the gate\n  - Status: Dropped",
    ] {
        let plan = of(line);
        let (first, before) = (&plan.results[0].actions[0], &open.results[0].actions[0]);
        assert_eq!((&first.code, first.is_cancelled()), (&before.code, true), "{line}");
        assert_eq!(plan.results[0].status, of("").results[0].status, "it holds its result up no more: {line}");
    }
    let below = plan("x.md", "# Plan Apr 13-19, 2026\n\n## Tasks\n\n- [ ] Paint\n\n### Deferred\n\n- [ ] Oil the crane\n");
    assert_eq!(actions(&below).map(ActionDocument::is_cancelled).collect::<Vec<_>>(), [false, true]);
    let coded = plan("x.md", "# Plan Apr 13-19, 2026\n\n## PHASE 1: A\n\n### □ AREA-001a: B\n\n### ❌ CANCELLED AREA-001b: C\n");
    assert_eq!(actions(&coded).map(ActionDocument::is_cancelled).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn days_of_completion() {
    let text = "# Plan Mar 2-8, 2026\n\n## Tasks\n\n- Paint the gate (done 3/8)\n- [x] Oil the crane ✅ 3/7\n\n| Task | Owner | Status |\n|---|---|---|\n\
                | Count | Ana | Completed on Mar 6 |\n";
    let done = |action: &ActionDocument| (action.status, action.completed_at.map(|at| at.to_rfc3339()));
    let plan = plan("x.md", text);
    let days = ["2026-03-08T17:00:00+00:00", "2026-03-07T18:00:00+00:00", "2026-03-06T18:00:00+00:00"];
    let expected: Vec<_> = days.iter().map(|day| (Some(ActionStatus::Completed), Some((*day).to_owned()))).collect();
    assert_eq!(actions(&plan).map(done).collect::<Vec<_>>(), expected);
}

#[test]
fn halves_of_days_and_short_priorities() {
    let text = "# Plan Apr 13-19, 2026\n\n### Monday Apr 13\n\n- AM – Stand-up\n- PM: Walk the pier\n\n## Tasks\n\n| Task | Priority | Due |\n|---|---|---|\n\
                | Paint | H | Thu 4/16 5pm |\n| Oil | 3 | April 17th, 2026 at 9am |\n";
    let plan = plan("x.md", text);
    assert_eq!(
        in_short(&plan),
        [
            "AM – Stand-up / 04-13 12:00 / pending",
            "Walk the pier / 04-13 23:59 / pending",
            "Paint / 04-16 17:00",
            "Oil / 04-17 09:00"
        ]
        .map(|said| said.replace(" / pending", ""))
    );
    let ranks: Vec<_> = actions(&plan).filter_map(|action| action.metadata.get("priority").and_then(Value::as_str)).collect();
    assert_eq!(ranks, ["H", "3"]);
}

#[test]
fn a_project_that_is_named_outside_begins_the_codes() {
    for (path, text) in
        [("x.md", "# Plan Apr 13-19, 2026\n\nProject: PIER\n\n- [ ] Paint\n"), ("x.yaml", "week: 2026-W16\nactions: [Paint]\n")]
    {
        let plan = parse_plan_for(Some("OPS"), path, text, Chicago).plan.expect("a plan");
        assert_eq!(plan.project.as_deref(), Some("OPS"));
        assert!(actions(&plan).all(|action| action.code.starts_with("OPS-20260413-")), "{plan:#?}");
    }
}

#[test]
fn what_is_meant_as_a_plan() {
    for (path, text, meant) in [
        ("README.md", "# Harbour\n\nHow to build it.\n", false),
        ("README.md", "# Harbour\n\n- [ ] Paint\n", true),
        ("notes.md", "# Apr 13-19, 2026\n\nNothing.\n", true),
        ("compose.yaml", "services:\n  db: {image: postgres}\n", false),
        ("tasks.yaml", "tasks: [Paint]\n", true),
    ] {
        assert_eq!(parse_plan(path, text, Chicago).is_meant, meant, "{path} {text}");
    }
}
