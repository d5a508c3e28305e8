//! What a section of a plan is about, by the words of its heading.

use super::tongues::word;

/// What a section of a plan is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Results,
    Objective,
    Outcomes,
    Purpose,
    /// Figures that the plan is measured by, as key lines.
    Metrics,
    Actions,
    /// The days of the plan and what happens on them.
    Schedule,
    /// When the plan, or a result, counts as reached.
    Criteria,
    Metadata,
    /// Prose beside the plan: risks, roles, references, calendars.
    Beside,
    /// What comes before or after this plan.
    Upcoming,
    Unknown,
}

impl Section {
    /// Whether what stands here is not part of this plan's results and actions.
    pub(super) fn is_aside(self) -> bool {
        matches!(self, Self::Beside | Self::Upcoming | Self::Criteria)
    }

    /// Whether plain list items under such a heading are things to do.
    pub(super) fn is_work(self) -> bool {
        matches!(self, Self::Actions | Self::Schedule)
    }

    /// Whether marks and boxes are decoration here, and sentences may begin in bold.
    pub(super) fn is_description(self) -> bool {
        matches!(self, Self::Purpose | Self::Outcomes | Self::Metrics | Self::Metadata | Self::Results)
    }
}

/// Reads a heading.
pub(super) fn section(heading: &str) -> Section {
    let words = words(heading);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let begins = |wanted: &[&str]| words.first().is_some_and(|word| wanted.contains(&word.as_str()));
    let both = |one: &[&str], other: &[&str]| has(one) && has(other);
    if is_criteria(&words) {
        Section::Criteria
    } else if is_some_day(&words)
        || is_last_week(&words)
        || has(&["upcoming"])
        || both(&["next"], &["week", "weeks", "month", "sprint", "cycle", "quarter", "up"])
    {
        Section::Upcoming
    } else if has(&["schedule", "daily", "agenda"]) && !has(&["standup", "stand", "debrief", "meeting"]) {
        Section::Schedule
    } else if both(&["action", "execution", "work"], &["plan"])
        || has(&WORK)
        || both(&["to"], &["do"])
        || both(&["per", "by"], &["owner", "person"])
    {
        Section::Actions
    } else if has(&["next"]) {
        Section::Upcoming
    } else if has(&["objective", "objectives", "goals"]) {
        Section::Objective
    } else if has(&["outcomes"]) && (begins(&["outcomes"]) || has(&["breakthrough", "desired", "key", "target", "top"])) {
        Section::Outcomes
    } else if begins(&["purpose"]) {
        Section::Purpose
    } else if both(&["metrics"], &["strategic", "breakthrough"]) {
        Section::Metrics
    } else if has(&["meta", "metadata", "timestamp"]) {
        Section::Metadata
    } else if has(&BESIDE) {
        Section::Beside
    } else if begins(&["result", "results"]) {
        Section::Results
    } else {
        Section::Unknown
    }
}

/// Reads a heading among things to do, where `Team onboarding` and `Compliance` are work, and `Risks` are still prose.
pub(super) fn section_of_work(heading: &str) -> Section {
    match section(heading) {
        Section::Beside if !words(heading).iter().any(|word| ALWAYS_BESIDE.contains(&word.as_str())) => Section::Unknown,
        section => section,
    }
}

/// Whether a label (`Success Criteria:`, `Definition of done`) announces how something is checked.
pub(super) fn is_criteria_label(label: &str) -> bool {
    is_criteria(&words(label))
}

/// Whether a label (`Corrective Action:`, `Execution Steps:`) announces things to do.
pub(super) fn is_work_label(label: &str) -> bool {
    let words = words(label);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    // `What I need from you:`
    let needed = has("need") && has("from");
    (needed || words.iter().any(|word| WORK.contains(&word.as_str())))
        && !words.iter().any(|word| BESIDE.contains(&word.as_str()))
}

/// Whether a heading or label names what is for no week yet: `Backlog`, `Parking lot`, `🧊 Icebox`, `Later`.
pub(super) fn is_some_day_label(label: &str) -> bool {
    is_some_day(&words(label))
}

fn is_some_day(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A sprint's backlog is what it does.
    let of_something = matches!(words[..], [of, "backlog"] if !matches!(of, "sprint" | "week" | "weekly" | "this"));
    (of_something
        || matches!(
            words[..],
            ["backlog" | "icebox" | "later" | "someday"]
                | ["backlog" | "icebox" | "someday" | "later", "items" | "tasks" | "ideas" | "maybe"]
                | ["someday", "or", "maybe"]
                | ["backlog" | "icebox" | "later" | "parking", "not" | "no" | "lot", ..]
        ))
        && !super::verbs::asks(&words.join(" "))
}

/// Whether a heading looks back: `Done last week`, `Last week`; what is carried over from there is work.
fn is_last_week(words: &[String]) -> bool {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["last", "previous"])
        && has(&["week", "sprint", "month"])
        && (words.len() == 2 || has(&["done", "completed", "finished", "shipped", "accomplished", "achieved", "recap", "review"]))
}

fn is_criteria(words: &[String]) -> bool {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["criteria"])
        || has(&["verification"]) && (words.len() == 1 || has(&["checklist", "steps"]))
        || has(&["success"]) && has(&["metrics", "measures", "indicators", "targets", "checklist", "looks"])
        || has(&["definition"]) && has(&["done"])
        || has(&["done"]) && has(&["when"])
}

/// The words of a heading in lower case, in English where they are known.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|own| word(&own.to_lowercase()).to_owned()).collect()
}

/// Words of headings and labels under which things to do stand.
const WORK: [&str; 17] = [
    "action",
    "actions",
    "assignments",
    "allocation",
    "checklist",
    "chores",
    "lane",
    "lanes",
    "map",
    "priorities",
    "step",
    "steps",
    "task",
    "tasks",
    "todo",
    "todos",
    "workstreams",
];

/// Those of `BESIDE` that are no work wherever they stand.
const ALWAYS_BESIDE: [&str; 20] = [
    "appendix",
    "benefits",
    "blockers",
    "contingency",
    "costs",
    "dependencies",
    "glossary",
    "indicators",
    "kpi",
    "kpis",
    "lessons",
    "metrics",
    "notes",
    "overview",
    "rally",
    "references",
    "responsibilities",
    "risk",
    "risks",
    "roles",
];

/// Words of headings under which no action and no result of this plan stands.
const BESIDE: [&str; 50] = [
    "alignment",
    "appendix",
    "benefits",
    "blockers",
    "breakthroughs",
    "calendar",
    "communication",
    "compliance",
    "consensus",
    "contingency",
    "coordination",
    "costs",
    "cries",
    "dashboard",
    "debrief",
    "dependencies",
    "distribution",
    "evidence",
    "fallacy",
    "footer",
    "glossary",
    "indicators",
    "index",
    "kpi",
    "kpis",
    "lessons",
    "matrix",
    "metrics",
    "mission",
    "notes",
    "overview",
    "progress",
    "protocols",
    "rally",
    "references",
    "reintegration",
    "responsibilities",
    "risk",
    "risks",
    "roles",
    "stack",
    "stand",
    "standup",
    "star",
    "success",
    "summary",
    "team",
    "tools",
    "training",
    "wiring",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections() {
        let cases = [
            ("RESULTS COMMITTED", Section::Results),
            ("🎯 RESULT (What We're Achieving)", Section::Results),
            ("Results / Desired Outcomes", Section::Outcomes),
            ("PRIMARY OBJECTIVE:", Section::Objective),
            ("MISSION OBJECTIVES (THIS WEEK)", Section::Objective),
            ("BREAKTHROUGH OUTCOMES:", Section::Outcomes),
            ("💪 PURPOSE (Why This Matters)", Section::Purpose),
            ("MASSIVE ACTION PLAN (MAP)", Section::Actions),
            ("ACCEPTANCE CRITERIA (VERIFICATION CHECKLIST)", Section::Criteria),
            ("🎯 SUCCESS METRICS (13-Day Completion)", Section::Criteria),
            ("Success Criteria (This Week)", Section::Criteria),
            ("STRATEGIC METRICS:", Section::Metrics),
            ("RPM DNA METADATA", Section::Metadata),
            ("BLOCKERS & RISKS", Section::Beside),
            ("TEAM ROLES (DEFINED)", Section::Beside),
            ("UPCOMING PRIORITIES (NEXT WEEK)", Section::Upcoming),
            ("NEXT 7 DAYS SCHEDULE", Section::Schedule),
            ("📅 DAILY EXECUTION BREAKDOWN", Section::Schedule),
            ("Daily Stand-Up (Optional, 15 minutes)", Section::Beside),
            ("Next Best Steps:", Section::Actions),
            ("Team Actions (IMMEDIATE)", Section::Actions),
            ("One Thing (per owner)", Section::Actions),
            ("WORK ALLOCATION: MACHINE vs HUMAN", Section::Actions),
            ("Strategic Imperatives:", Section::Unknown),
            ("Aufgaben", Section::Actions),
            ("Maßnahmenplan", Section::Actions),
            ("Nächste Schritte", Section::Actions),
            ("Nächste Woche", Section::Upcoming),
            ("🗂 Backlog", Section::Upcoming),
            ("Product backlog", Section::Upcoming),
            ("Parking lot (not now)", Section::Upcoming),
            ("Später", Section::Upcoming),
            ("Done last week", Section::Upcoming),
            ("Letzte Woche", Section::Upcoming),
            ("Carried over from last week", Section::Unknown),
            ("Sprint backlog", Section::Unknown),
            ("Clear backlog", Section::Unknown),
            ("Backlog grooming", Section::Unknown),
            ("Ziele der Woche", Section::Objective),
            ("Risiken", Section::Beside),
            ("Erfolgskriterien", Section::Criteria),
            ("Plan de acción", Section::Actions),
            ("Próximos pasos", Section::Actions),
            ("Próxima semana", Section::Upcoming),
            ("Riesgos y dependencias", Section::Beside),
            ("Criterios de éxito", Section::Criteria),
        ];
        for (text, expected) in cases {
            assert_eq!(section(text), expected, "{text}");
        }
    }

    #[test]
    fn labels() {
        assert!(is_work_label("Corrective Action") && is_work_label("Execution Steps") && is_work_label("Next steps"));
        assert!(is_work_label("What I need from you") && !is_work_label("What we need"));
        assert!(!is_work_label("Products Flagged") && !is_work_label("Response Components") && !is_work_label("Action risks"));
        assert!(is_criteria_label("Success Metrics") && is_criteria_label("Definition of Done"));
    }
}
