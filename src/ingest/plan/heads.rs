//! What a heading, or the bold line that stands for one, announces.

use crate::entities::enums::ActionStatus;

use super::codes::{is_plan_code, leading_code};
use super::markdown::{Kind, Line};
use super::phrases::cancelled_before;
use super::statuses::{action_status, tick_box};
use super::tongues::word as english;

/// The headline of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ActionHead {
    pub(super) code: String,
    pub(super) title: String,
    /// What its tick box says.
    pub(super) ticked: Option<ActionStatus>,
    /// Whether it says that the action will not be done.
    pub(super) cancelled: bool,
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

/// Reads a headline that carries an action's code; a bold or ticked line counts like a heading.
pub(super) fn action(line: &Line) -> Option<ActionHead> {
    let (ticked, rest) = tick_box(&line.text);
    let after = cancelled_before(&line.text);
    let rest = after.unwrap_or(rest);
    // `RPM-BOOT-001` is the code of a plan.
    let (code, rest) = leading_code(rest).filter(|(code, _)| !is_plan_code(code))?;
    let separated = rest.trim_start().starts_with([':', '-', '–', '—']);
    let announced = match line.kind {
        Kind::Heading(level) => level > 1,
        // A sentence may well begin with a code in bold: it takes a box or a colon to make it a headline.
        Kind::Text => line.flush && (ticked.is_some() || after.is_some() || line.lead.is_some() && separated),
        _ => false,
    };
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
    let (ticked, cancelled) = (ticked.filter(|_| after.is_none()), after.is_some());
    announced.then(|| ActionHead { code: code.to_owned(), title: title.to_owned(), ticked, cancelled })
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
    if let Kind::Heading(_) = line.kind
        && let Some((title, code)) = named_code(&line.text)
    {
        return announced.then(|| ResultHead { code: code.to_owned(), title: title.to_owned(), status: None });
    }
    let (_, text) = tick_box(&line.text);
    let rest = text.strip_prefix('R').filter(|_| announced)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    let title = rest.trim_start().strip_prefix([':', '—', '–', '-'])?;
    if number.is_empty() || number.len() > 3 {
        return None;
    }
    let lower = title.to_ascii_lowercase();
    let stated = ["status:", "estado:"].iter().find_map(|key| Some((lower.rfind(key)?, key.len())));
    let (title, status) = match stated {
        Some((at, key)) => (&title[..at], Some(title[at + key..].trim().to_owned())),
        None => (title, None),
    };
    let title = title.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | '|' | '(')).to_owned();
    Some(ResultHead { code: format!("R{number}"), title, status })
}

/// What people number the parts of a plan by, as codes.
const PARTS: [&str; 10] =
    ["PHASE", "PRIORITY", "WORKSTREAM", "TRACK", "STAGE", "RESULT", "PILLAR", "GOAL", "OBJECTIVE", "INITIATIVE"];

/// Reads `PHASE 1: VOICE-FIRST BOOT (R1) - In Progress` from a heading.
pub(super) fn phase(line: &Line) -> Option<PhaseHead> {
    let Kind::Heading(2..) = line.kind else { return None };
    if named_code(&line.text).is_some() {
        return None;
    }
    let text = line.text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (word, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(rest.len());
    let number = rest[..end].trim_end_matches('.');
    let rest = &rest[number.len()..];
    let numbered = number.starts_with(|c: char| c.is_ascii_digit()) || number.chars().all(|c| matches!(c, 'I' | 'V' | 'X'));
    let word = english(&word.to_lowercase()).to_owned();
    let kind = PARTS.iter().find(|part| word.eq_ignore_ascii_case(part)).filter(|_| numbered && !number.is_empty())?;
    // “Phase 1 wiring” is a phase; “Priority 1 customers” is no priority.
    let separated = rest.is_empty() || rest.trim_start().starts_with([':', '-', '–', '—', '.', '|', '(']);
    if *kind != "PHASE" && !separated {
        return None;
    }
    let mut title = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | '.' | '|'));
    let mut head = PhaseHead {
        code: format!("{kind}-{}", number.to_ascii_uppercase()),
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

/// Splits `Marketing {#SALES-1}`.
fn named_code(text: &str) -> Option<(&str, &str)> {
    let (title, code) = text.trim_end().strip_suffix('}')?.rsplit_once("{#")?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!code.is_empty() && code.chars().all(plain)).then(|| (title.trim_end(), code))
}

fn is_result_code(word: &str) -> bool {
    word.strip_prefix('R').is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

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
            ("**❌ CANCELLED ARCH-BOOT-001a**: Write it", Some(("ARCH-BOOT-001a", "Write it", None))),
            ("**ARCH-BOOT-001a** is done", None),
            ("1. **ARCH-BOOT-007**: Next week", None),
            ("# RPM-BOOT-001: The plan", None),
            ("ARCH-BOOT-001a: plain", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(code, title, ticked)| ActionHead {
                code: code.into(),
                title: title.into(),
                ticked,
                cancelled: text.contains("CANCELLED"),
            });
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
            ("### Priorität 2: Lager", "PRIORITY-2", "Lager", "", None, None),
            ("### Fase 1: Muelle (Días 1-3)", "PHASE-1", "Muelle (Días 1-3)", "", None, None),
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
}
