//! What a heading, or the bold line that stands for one, announces.

use crate::entities::enums::ActionStatus;

use super::codes::leading_code;
use super::markdown::{Kind, Line};
use super::values::{action_status, tick_box};

/// The headline of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ActionHead {
    pub(super) code: String,
    pub(super) title: String,
    /// What its tick box says.
    pub(super) ticked: Option<ActionStatus>,
}

/// The headline of a result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ResultHead {
    /// `R1`.
    pub(super) code: String,
    pub(super) title: String,
    /// The words after `STATUS:`.
    pub(super) status: Option<String>,
}

/// The heading of a phase.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PhaseHead {
    /// `PHASE-1`.
    pub(super) code: String,
    /// The heading without number, results, days and status.
    pub(super) title: String,
    /// The results it works for, as named in parentheses.
    pub(super) results: Vec<String>,
    /// `Days 1-3`.
    pub(super) days: Option<String>,
    /// The status after the title.
    pub(super) status: Option<String>,
}

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
    Acceptance,
    Metadata,
    /// Prose beside the plan: risks, roles, references, calendars.
    Beside,
    /// What comes after this plan.
    Upcoming,
    Unknown,
}

impl Section {
    /// Whether what stands here is not part of this plan's results and actions.
    pub(super) fn is_aside(self) -> bool {
        matches!(self, Self::Beside | Self::Upcoming)
    }
}

/// Reads a headline that carries an action's code; a bold or ticked line counts like a heading.
pub(super) fn action(line: &Line) -> Option<ActionHead> {
    let (ticked, rest) = tick_box(&line.text);
    // `RPM-BOOT-001` is the code of a plan.
    let (code, rest) = leading_code(rest).filter(|(code, _)| !code.starts_with("RPM-"))?;
    let separated = rest.trim_start().starts_with([':', '-', '–', '—']);
    let announced = match line.kind {
        Kind::Heading(level) => level > 1,
        // A sentence may well begin with a code in bold: it takes a box or a colon to make it a headline.
        Kind::Text => line.flush && (ticked.is_some() || line.lead.is_some() && separated),
        _ => false,
    };
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
    announced.then(|| ActionHead { code: code.to_owned(), title: title.to_owned(), ticked })
}

/// Whether a line looks like an action's headline but gives no code.
pub(super) fn is_headless_action(line: &Line) -> bool {
    match (tick_box(&line.text).0, &line.kind) {
        (Some(_), Kind::Heading(2..)) => true,
        // `**✅ Tests:** passing` is a key line with a decoration; an empty box is an invitation to do something.
        (Some(ticked), Kind::Text) => {
            line.flush && line.lead.is_some() && (ticked == ActionStatus::Pending || line.bold_key().is_none())
        }
        _ => false,
    }
}

/// Reads `R1: text - STATUS: In Progress` from a heading or a line that begins in bold.
pub(super) fn result(line: &Line) -> Option<ResultHead> {
    let announced = match line.kind {
        Kind::Heading(level) => level > 1,
        Kind::Text => line.flush && line.lead.is_some(),
        Kind::Item { .. } => line.lead.is_some(),
        _ => false,
    };
    let (_, text) = tick_box(&line.text);
    let rest = text.strip_prefix('R').filter(|_| announced)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    let title = rest.trim_start().strip_prefix([':', '—', '–', '-'])?;
    if number.is_empty() || number.len() > 3 {
        return None;
    }
    let (title, status) = match title.to_ascii_lowercase().rfind("status:") {
        Some(at) => (&title[..at], Some(title[at + "status:".len()..].trim().to_owned())),
        None => (title, None),
    };
    let title = title.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | '|' | '(')).to_owned();
    Some(ResultHead { code: format!("R{number}"), title, status })
}

/// Reads `PHASE 1: VOICE-FIRST BOOT (R1) - In Progress` from a heading.
pub(super) fn phase(line: &Line) -> Option<PhaseHead> {
    let Kind::Heading(2..) = line.kind else { return None };
    let text = line.text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (word, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(rest.len());
    let number = rest[..end].trim_end_matches('.');
    let rest = &rest[number.len()..];
    let numbered = number.starts_with(|c: char| c.is_ascii_digit()) || number.chars().all(|c| matches!(c, 'I' | 'V' | 'X'));
    if !word.eq_ignore_ascii_case("phase") || !numbered || number.is_empty() {
        return None;
    }
    let mut title = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | '.' | '|'));
    let mut head = PhaseHead {
        code: format!("PHASE-{}", number.to_ascii_uppercase()),
        title: String::new(),
        results: Vec::new(),
        days: None,
        status: None,
    };
    while let Some(shorter) = head.take_remark(title) {
        title = shorter.trim_end();
    }
    head.title = title.to_owned();
    Some(head)
}

impl PhaseHead {
    /// Takes one remark from the end of the heading: results, days or a status.
    fn take_remark<'a>(&mut self, title: &'a str) -> Option<&'a str> {
        if let Some((before, inside)) = title.strip_suffix(')').and_then(|title| title.rsplit_once('(')) {
            let words: Vec<_> = inside.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            if !words.is_empty() && words.iter().all(|word| is_result_code(word)) {
                self.results = words.iter().map(|&word| word.to_owned()).collect();
                return Some(before);
            }
            let first = words.first()?.to_ascii_lowercase();
            if matches!(first.trim_end_matches('s'), "day" | "hour" | "week") {
                self.days = Some(inside.trim().to_owned());
                return Some(before);
            }
            return None;
        }
        let (before, after) =
            [" - ", " – ", " — "].iter().filter_map(|dash| title.rsplit_once(dash)).min_by_key(|(_, after)| after.len())?;
        action_status(after)?;
        self.status = Some(after.trim().to_owned());
        Some(before)
    }
}

fn is_result_code(word: &str) -> bool {
    word.strip_prefix('R').is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// What a section's heading says that it is about.
pub(super) fn section(heading: &str) -> Section {
    let words: Vec<_> =
        heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let begins = |wanted: &[&str]| words.first().is_some_and(|word| wanted.contains(&word.as_str()));
    let both = |one: &str, other: &str| has(&[one]) && has(&[other]);
    if both("acceptance", "criteria") {
        Section::Acceptance
    } else if both("action", "plan") || has(&["map"]) {
        Section::Actions
    } else if has(&["next", "upcoming"]) {
        Section::Upcoming
    } else if has(&["action", "actions"]) {
        Section::Actions
    } else if both("primary", "objective") || both("primary", "objectives") {
        Section::Objective
    } else if has(&["outcomes"]) && (begins(&["outcomes"]) || has(&["breakthrough", "desired"])) {
        Section::Outcomes
    } else if begins(&["purpose"]) {
        Section::Purpose
    } else if has(&["metrics"]) && has(&["strategic", "breakthrough"]) {
        Section::Metrics
    } else if has(&["metadata", "timestamp"]) {
        Section::Metadata
    } else if has(&BESIDE) {
        Section::Beside
    } else if begins(&["result", "results"]) {
        Section::Results
    } else {
        Section::Unknown
    }
}

/// Words of headings under which no action and no result of this plan stands.
const BESIDE: [&str; 42] = [
    "agenda",
    "alignment",
    "appendix",
    "blockers",
    "breakdown",
    "calendar",
    "communication",
    "contingency",
    "coordination",
    "costs",
    "daily",
    "debrief",
    "dependencies",
    "evidence",
    "glossary",
    "indicators",
    "index",
    "kpi",
    "kpis",
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
    "schedule",
    "stack",
    "star",
    "success",
    "summary",
    "team",
    "tools",
    "tool",
    "wiring",
];

#[cfg(test)]
mod tests {
    use super::super::markdown::outline;
    use super::*;

    fn first(source: &str) -> Line {
        outline(source).remove(0)
    }

    #[test]
    fn action_headlines() {
        let cases = [
            ("#### **□ CLOUD-001a: Create cluster**", Some(("CLOUD-001a", "Create cluster", Some(ActionStatus::Pending)))),
            ("**✅ ARCH-BOOT-001a**: Write it", Some(("ARCH-BOOT-001a", "Write it", Some(ActionStatus::Completed)))),
            ("**ARCH-BOOT-001a** — Write it", Some(("ARCH-BOOT-001a", "Write it", None))),
            ("### ARCH-BOOT-001a", Some(("ARCH-BOOT-001a", "", None))),
            ("**ARCH-BOOT-001a** is done", None),
            ("1. **ARCH-BOOT-007**: Next week", None),
            ("# RPM-BOOT-001: The plan", None),
            ("ARCH-BOOT-001a: plain", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(code, title, ticked)| ActionHead { code: code.into(), title: title.into(), ticked });
            assert_eq!(action(&first(text)), expected, "{text}");
        }
    }

    #[test]
    fn result_headlines() {
        let head = result(&first("**R1: Voice-First Boot** - STATUS: In Progress")).expect("a valid example");
        assert_eq!(
            (head.code.as_str(), head.title.as_str(), head.status.as_deref()),
            ("R1", "Voice-First Boot", Some("In Progress"))
        );
        for text in ["- R1 (Voice): 33%", "**R: x**", "**Risk: x**", "R1: plain", "**R1234: x**"] {
            assert_eq!(result(&first(text)), None, "{text}");
        }
    }

    #[test]
    fn phase_headings() {
        // heading, code, title, results, days, status
        let cases = [
            ("### PHASE 1: VOICE-FIRST BOOT (R1) - In Progress", "PHASE-1", "VOICE-FIRST BOOT", "R1", None, Some("In Progress")),
            ("### **PHASE 2: DATA + API (Days 4-8)**", "PHASE-2", "DATA + API", "", Some("Days 4-8"), None),
            ("## 🚀 Phase 3 — Retry/Backoff (macOS) (R2, R3)", "PHASE-3", "Retry/Backoff (macOS)", "R2 R3", None, None),
            ("### Phase IV", "PHASE-IV", "", "", None, None),
            ("#### Phase 1.2. Wiring", "PHASE-1.2", "Wiring", "", None, None),
        ];
        for (text, code, title, results, days, status) in cases {
            let head = phase(&first(text)).expect("a valid example");
            assert_eq!(
                (head.code.as_str(), head.title.as_str(), head.results.join(" ").as_str()),
                (code, title, results),
                "{text}"
            );
            assert_eq!((head.days.as_deref(), head.status.as_deref()), (days, status), "{text}");
        }
        for text in ["### Phases 1-5", "### Phase out the old API", "### Phase", "PHASE 1: text"] {
            assert_eq!(phase(&first(text)), None, "{text}");
        }
    }

    #[test]
    fn sections() {
        let cases = [
            ("RESULTS COMMITTED", Section::Results),
            ("🎯 RESULT (What We're Achieving)", Section::Results),
            ("PRIMARY OBJECTIVE:", Section::Objective),
            ("BREAKTHROUGH OUTCOMES:", Section::Outcomes),
            ("💪 PURPOSE (Why This Matters)", Section::Purpose),
            ("MASSIVE ACTION PLAN (MAP)", Section::Actions),
            ("ACCEPTANCE CRITERIA (VERIFICATION CHECKLIST)", Section::Acceptance),
            ("STRATEGIC METRICS:", Section::Metrics),
            ("RPM DNA METADATA", Section::Metadata),
            ("BLOCKERS & RISKS", Section::Beside),
            ("UPCOMING PRIORITIES (NEXT WEEK)", Section::Upcoming),
            ("Team Actions (IMMEDIATE)", Section::Actions),
            ("🎯 SUCCESS METRICS (13-Day Completion)", Section::Beside),
            ("Strategic Imperatives:", Section::Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(section(text), expected, "{text}");
        }
    }
}
