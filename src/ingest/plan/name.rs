//! What a plan's file name says (`RPM-<AREA>-<NNN>-<Descriptor>-<Date>.md`, `RPM-WEEKLY-PLAN-<dates>-<year>-<SUFFIX>.md`).

use chrono::NaiveDate;

use super::codes::is_code;
use super::dates::{Span, first_full_day, span};

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
    /// The day in the name.
    pub(super) day: Option<NaiveDate>,
    /// The name as it stands, without its ending.
    stem: String,
}

impl Name {
    /// The middle of the year in the name, where it holds no more of a date.
    pub(super) fn year_hint(&self) -> Option<NaiveDate> {
        let year = self.stem.split(['-', '_', '.']).find(|part| is_year(part))?;
        NaiveDate::from_ymd_opt(year.parse().ok()?, 7, 1)
    }

    /// The span of days in a name that gives no year (`PLAN_OCT21-27.md`), in the year nearest to `hint`.
    pub(super) fn short_week(&self, hint: Option<NaiveDate>) -> Option<Span> {
        span(&self.stem, hint)
    }
}

/// Reads the last part of a path.
pub(super) fn read(path: &str) -> Name {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)?.strip_suffix('.')).unwrap_or(file);
    let parts: Vec<_> = stem.split('-').collect();
    let (day, undated) = match parts.split_last() {
        Some((last, before)) if is_date(last) => (first_full_day(last), before),
        _ => (None, &parts[..]),
    };
    let name = Name { week: span(stem, None), day, stem: stem.to_owned(), ..Name::default() };
    // The code ends at the first number of three digits: RPM-BOOT-001, ARCH-CLOUD-002.
    let code_end = undated.iter().position(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit())).map(|at| at + 1);
    if let Some((code, rest)) = code_end.and_then(|end| undated.split_at_checked(end)) {
        let text = code.join("-");
        if is_code(&text) {
            let title = if rest.is_empty() { stem.replace(['-', '_'], " ") } else { rest.join(" ").replace('_', " ") };
            return Name { project: project_of(&text), code: Some(text), title, ..name };
        }
    }
    let suffix = undated.iter().position(|part| is_year(part)).and_then(|at| undated.get(at + 1..)).unwrap_or_default();
    Name { project: suffix_project(suffix), title: stem.replace(['-', '_'], " "), ..name }
}

const ENDINGS: [&str; 6] = ["md", "markdown", "txt", "yaml", "yml", "json"];

/// The project that a plan's code names: `RPM-BOOT-001` → `BOOT`, `ARCH-CLOUD-002` → `CLOUD`.
pub(super) fn project_of(code: &str) -> Option<String> {
    let (area, _) = code.rsplit_once('-')?;
    let (_, topic) = area.split_once('-')?;
    (!NO_PROJECT.contains(&topic)).then(|| topic.to_owned())
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
            ("ARCH-CLOUD-002-Cockpit-API-20251027.md", Some("ARCH-CLOUD-002"), Some("CLOUD"), "Cockpit API", None),
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
