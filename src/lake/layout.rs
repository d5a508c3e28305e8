//! Which folder holds what, as one table; the functions below are the only way to a name for what we store ourselves.
//!
//! **The week of a plan** is the ISO week that most of its seven days fall in, which is the week of its fourth day. So a plan
//! that begins on Tuesday 2025-10-21 is in W43, and one that begins on Sunday 2025-10-26, whose other six days are in W44, is
//! there. The year is the ISO year: 2025-12-29 is in 2026/W01.
//!
//! **Several plans cover one week**, so what is made of a plan (`weekly_plan.json`, …) has a folder of its document's name
//! below the week's: of `X.md` it is `X`, of `X.json` `X.json`.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::LakePath;
use super::error::{LakeError, Result};

/// What the lake has folders for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plan document as it was found.
    PlanRaw,
    /// What was made of a plan document.
    PlanProcessed,
    /// What agents give out, by agent.
    Artifacts,
    /// Reports of tests.
    Qa,
    /// Strategies.
    Planning,
    /// Findings.
    Research,
    /// Logs of scripts.
    ExecMon,
    /// A song as it was generated, its metadata and its lyrics.
    SongRaw,
    /// A track of an album.
    Album,
    /// A packed deployment.
    Code,
    /// A document.
    Document,
    /// What proves that an action is done.
    Evidence,
    /// A video.
    Video,
    /// The log or the state of a session.
    SessionLog,
    /// What the agents were at, at one time.
    AgentStatus,
    /// A snapshot of the warehouse.
    Export,
    /// A report on a week.
    WeeklyReport,
    /// A copy of the database.
    Backup,
    /// What the lake is tried with.
    Probe,
}

/// The table. `{week}` is `2025/W43`, `{month}` `2025/10`, `{day}` `2025/10/27`, `{name}` what the caller calls it.
const FOLDERS: &[(Kind, &str)] = &[
    (Kind::PlanRaw, "rpm-plans/raw/{week}/{name}"),
    (Kind::PlanProcessed, "rpm-plans/processed/{week}/{name}"),
    (Kind::Artifacts, "agent-outputs/artifacts/{month}/code_implementations/{name}"),
    (Kind::Qa, "agent-outputs/qa/test_reports/{name}"),
    (Kind::Planning, "agent-outputs/planning/coordination_plans/{name}"),
    (Kind::Research, "agent-outputs/research/methodology_summaries/{name}"),
    (Kind::ExecMon, "agent-outputs/execmon/script_executions/{name}"),
    (Kind::SongRaw, "deliverables/songs/raw/suno-386-songs/{name}"),
    (Kind::Album, "deliverables/songs/albums/{name}"),
    (Kind::Code, "deliverables/code/deployments/{month}/{name}"),
    (Kind::Document, "deliverables/documents/{month}/{name}"),
    (Kind::Evidence, "deliverables/documents/{month}/evidence/{name}"),
    (Kind::Video, "deliverables/videos/{name}"),
    (Kind::SessionLog, "session-logs/{month}/{name}"),
    (Kind::AgentStatus, "agent-status/snapshots/{day}/{name}"),
    (Kind::Export, "analytics/exports/{month}/{name}"),
    (Kind::WeeklyReport, "analytics/reports/weekly/{name}"),
    (Kind::Backup, "backups/{month}/{name}"),
    (Kind::Probe, "doctor/{name}"),
];

/// What a plan document is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanPart {
    /// The week.
    WeeklyPlan,
    /// Its results.
    Results,
    /// Its actions.
    Actions,
}

impl PlanPart {
    const fn file_name(self) -> &'static str {
        match self {
            Self::WeeklyPlan => "weekly_plan.json",
            Self::Results => "results.json",
            Self::Actions => "actions.json",
        }
    }
}

/// The name of something of a kind that belongs to a day; `name` may have folders. Fails where `name` makes no name.
pub fn place(kind: Kind, day: NaiveDate, name: &str) -> Result<LakePath> {
    let Some((_, template)) = FOLDERS.iter().find(|(of, _)| *of == kind) else {
        return Err(LakeError::Invalid(format!("{kind:?} has no folder")));
    };
    let folder = template
        .replace("{week}", &week_folder(day))
        .replace("{month}", &day.format("%Y/%m").to_string())
        .replace("{day}", &day.format("%Y/%m/%d").to_string());
    // Last, so that nothing in a file's name is taken for a place holder.
    LakePath::new(folder.replace("{name}", name))
}

/// The copy of a plan document whose week begins on `first_day`.
pub fn plan_raw(first_day: NaiveDate, file_name: &str) -> Result<LakePath> {
    place(Kind::PlanRaw, middle_of(first_day), file_name)
}

/// What was made of a plan document; `file_name` is the document's.
pub fn plan_processed(first_day: NaiveDate, file_name: &str, part: PlanPart) -> Result<LakePath> {
    // `X.json` beside `X.md` is another document.
    let stem = file_name.strip_suffix(".md").unwrap_or(file_name);
    place(Kind::PlanProcessed, middle_of(first_day), &format!("{stem}/{}", part.file_name()))
}

/// What the agents were at, at one time: `agent-status/snapshots/2025/10/27/08-15-00_agent_registry.json`, in UTC.
pub fn agent_status(at: DateTime<Utc>, file_name: &str) -> Result<LakePath> {
    place(Kind::AgentStatus, at.date_naive(), &format!("{}_{file_name}", at.format("%H-%M-%S")))
}

/// The rows that the warehouse was given of a table for a day:
/// `analytics/exports/2025/10/action_completion_metrics-2025-10-27.ndjson`. Written anew it is a new version.
pub fn export(table: &str, day: NaiveDate) -> Result<LakePath> {
    place(Kind::Export, day, &format!("{table}-{day}.ndjson"))
}

/// The report on the week that begins on `first_day`: `analytics/reports/weekly/2025-W43-summary.pdf`.
pub fn weekly_report(first_day: NaiveDate, ending: &str) -> Result<LakePath> {
    let week = week_folder(middle_of(first_day)).replace('/', "-");
    place(Kind::WeeklyReport, first_day, &format!("{week}-summary.{ending}"))
}

/// The day that decides which week a plan is in: its fourth.
fn middle_of(first_day: NaiveDate) -> NaiveDate {
    first_day.checked_add_days(Days::new(3)).unwrap_or(first_day)
}

fn week_folder(day: NaiveDate) -> String {
    let week = day.iso_week();
    format!("{:04}/W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn text(path: Result<LakePath>) -> String {
        path.expect("a name").to_string()
    }

    #[test]
    fn a_plan_is_in_the_week_of_most_of_its_days() {
        for (first_day, folder) in [
            ("2025-10-21", "2025/W43"), // Tuesday: the owner's example
            ("2025-10-20", "2025/W43"), // Monday
            ("2025-10-26", "2025/W44"), // Sunday: six days of seven are in W44
            ("2025-10-23", "2025/W43"), // Thursday: four days are in W43
            ("2025-10-24", "2025/W44"), // Friday: three
            ("2025-12-29", "2026/W01"),
            ("2027-01-01", "2027/W01"), // Friday: the first three days are in 2026/W53
        ] {
            assert_eq!(text(plan_raw(day(first_day), "p.md")), format!("rpm-plans/raw/{folder}/p.md"), "{first_day}");
        }
    }

    #[test]
    fn two_plans_of_a_week_do_not_meet() {
        let parts = |name| text(plan_processed(day("2025-10-21"), name, PlanPart::Results));
        assert_eq!(parts("RPM-A-001.md"), "rpm-plans/processed/2025/W43/RPM-A-001/results.json");
        assert_ne!(parts("RPM-A-001.md"), parts("RPM-B-001.md"));
        assert_eq!(parts("RPM-A-001.json"), "rpm-plans/processed/2025/W43/RPM-A-001.json/results.json");
    }

    #[test]
    fn snapshots_and_reports_say_their_time() {
        let at = Utc.with_ymd_and_hms(2025, 10, 27, 8, 15, 0).unwrap();
        let name = "agent-status/snapshots/2025/10/27/08-15-00_agent_registry.json";
        assert_eq!(text(agent_status(at, "agent_registry.json")), name);
        assert_eq!(text(weekly_report(day("2025-10-21"), "pdf")), "analytics/reports/weekly/2025-W43-summary.pdf");
        assert_eq!(text(export("album", day("2025-10-27"))), "analytics/exports/2025/10/album-2025-10-27.ndjson");
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        assert!(plan_raw(day("2025-10-21"), "../x.md").is_err());
        assert!(plan_raw(day("2025-10-21"), "").is_err());
        assert_eq!(text(place(Kind::Video, day("2025-10-21"), "{day}.mp4")), "deliverables/videos/{day}.mp4");
        assert!(FOLDERS.iter().all(|(kind, _)| place(*kind, day("2025-10-21"), "x").is_ok()));
    }
}
