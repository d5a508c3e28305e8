//! What a plan's file name says (`RPM-<AREA>-<NNN>-<Descriptor>-<Date>.md`, `RPM-WEEKLY-PLAN-<dates>-<year>-<SUFFIX>.md`).

use super::codes::is_code;
use super::dates::{Span, span};

/// Areas that name a kind of plan and not a project.
const NO_PROJECT: [&str; 4] = ["WEEKLY", "PLAN", "MASTER", "RPM"];

/// Words of suffixes that tell editions of a plan apart and name no project.
const EDITION: [&str; 20] = [
    "ADJUSTED",
    "AI",
    "BACKUP",
    "COMPLETE",
    "COPY",
    "CURRENT",
    "DRAFT",
    "FINAL",
    "FUSED",
    "IMPROVED",
    "MASTER",
    "NEW",
    "OLD",
    "OPTIMIZED",
    "PILOT",
    "REVISED",
    "TEAM",
    "TRAVEL",
    "UPDATE",
    "UPDATED",
];

/// The parts of a plan's file name.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Name {
    /// `RPM-BOOT-001`.
    pub(super) code: Option<String>,
    /// `BOOT`, `CLOUD-INFRA`.
    pub(super) project: Option<String>,
    /// The descriptor in words, else the whole name in words.
    pub(super) title: String,
    /// The span of days in the name.
    pub(super) week: Option<Span>,
}

/// Reads the last part of a path.
pub(super) fn read(path: &str) -> Name {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = ["md", "markdown", "txt"].iter().find_map(|ext| file.strip_suffix(ext)?.strip_suffix('.')).unwrap_or(file);
    let parts: Vec<_> = stem.split('-').collect();
    let undated = match parts.split_last() {
        Some((last, before)) if is_date(last) => before,
        _ => &parts[..],
    };
    // The code ends at the first number of three digits: RPM-BOOT-001.
    let code_end = undated.iter().position(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit())).map(|at| at + 1);
    if let Some((code, rest)) = code_end.and_then(|end| undated.split_at_checked(end)) {
        let text = code.join("-");
        if code.first() == Some(&"RPM") && is_code(&text) {
            let title = if rest.is_empty() { stem.replace(['-', '_'], " ") } else { rest.join(" ") };
            return Name { project: project_of(&text), code: Some(text), title, week: span(stem) };
        }
    }
    let suffix = undated.iter().position(|part| is_year(part)).and_then(|at| undated.get(at + 1..)).unwrap_or_default();
    Name { code: None, project: suffix_project(suffix), title: stem.replace(['-', '_'], " "), week: span(stem) }
}

/// The project that a plan's code names: `RPM-BOOT-001` → `BOOT`.
pub(super) fn project_of(code: &str) -> Option<String> {
    let (area, _) = code.strip_prefix("RPM-")?.rsplit_once('-')?;
    (!NO_PROJECT.contains(&area)).then(|| area.to_owned())
}

/// The project that the words after the year name, if they are capitals and tell no edition.
fn suffix_project(suffix: &[&str]) -> Option<String> {
    let capital = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase());
    let named = !suffix.is_empty() && suffix.iter().all(|part| capital(part) && !EDITION.contains(part));
    named.then(|| suffix.join("-"))
}

fn is_date(part: &str) -> bool {
    part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit())
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && part.starts_with("20") && part.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        // path, code, project, title, week
        let cases = [
            ("docs/RPM-BOOT-001-Tier1-Perfect-Boot-20251026.md", Some("RPM-BOOT-001"), Some("BOOT"), "Tier1 Perfect Boot", None),
            ("RPM-PLAN-002-Time-Estimation-Protocol-20251026.md", Some("RPM-PLAN-002"), None, "Time Estimation Protocol", None),
            ("RPM-WEEKLY-001-20251021.md", Some("RPM-WEEKLY-001"), None, "RPM WEEKLY 001 20251021", None),
            (
                "RPM-WEEKLY-PLAN-Oct27-Nov9-2025-CLOUD-INFRA.md",
                None,
                Some("CLOUD-INFRA"),
                "RPM WEEKLY PLAN Oct27 Nov9 2025 CLOUD INFRA",
                Some("2025-10-27"),
            ),
            (
                "RPM_WEEKLY_PLAN_OCT8-15_2025_TRAVEL_ADJUSTED.md",
                None,
                None,
                "RPM WEEKLY PLAN OCT8 15 2025 TRAVEL ADJUSTED",
                Some("2025-10-08"),
            ),
            (
                "RPM-WEEKLY-PLAN-Oct27-Nov3-2025-COMPLETE.md",
                None,
                None,
                "RPM WEEKLY PLAN Oct27 Nov3 2025 COMPLETE",
                Some("2025-10-27"),
            ),
            ("RPM-WEEKLY-PLAN-Oct27-Nov3-2025-v3.1.md", None, None, "RPM WEEKLY PLAN Oct27 Nov3 2025 v3.1", Some("2025-10-27")),
            ("RPM_WEEKLY_PLAN_CURRENT.md", None, None, "RPM WEEKLY PLAN CURRENT", None),
            ("", None, None, "", None),
        ];
        for (path, code, project, title, week) in cases {
            let name = read(path);
            assert_eq!((name.code.as_deref(), name.project.as_deref(), name.title.as_str()), (code, project, title), "{path}");
            assert_eq!(name.week.map(|(start, _)| start.to_string()).as_deref(), week, "{path}");
        }
    }
}
