//! Which local file goes where in the lake: ordered rules as data, the first that fits wins.
//!
//! Plan documents are not among them: their week stands in their text, so they come into the lake when they are read.

use std::path::{Component, Path};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::LakePath;
use super::error::Result;
use super::layout::{self, Kind};

/// What of a local file's own path its name in the lake keeps.
#[derive(Clone, Copy)]
enum Keep {
    /// The file's name: for files whose names are unique.
    Name,
    /// The path below the folder that was searched, so that two files of one name do not meet.
    Path,
    /// The path below the folder that the rule asks for; below the folder that was searched where it asks for none.
    Below,
    /// The file's name with the time before it: a snapshot.
    Snapshot,
}

/// A rule fits when all of it does. Text is compared without case.
struct Rule {
    /// A folder on the file's way; empty: anywhere.
    folder: &'static str,
    /// How the file's name begins.
    starts: &'static str,
    /// How it ends, one of these; none: any.
    ends: &'static [&'static str],
    kind: Kind,
    keep: Keep,
}

const fn rule(folder: &'static str, starts: &'static str, ends: &'static [&'static str], kind: Kind, keep: Keep) -> Rule {
    Rule { folder, starts, ends, kind, keep }
}

const SOUND: &[&str] = &[".mp3", ".wav", ".flac", ".m4a"];
const VIDEO: &[&str] = &[".mp4", ".mov", ".webm", ".mkv"];
const TEXT: &[&str] = &[".pdf", ".md", ".docx", ".txt", ".html", ".pptx", ".xlsx", ".csv", ".yaml", ".yml"];
const CODE: &[&str] = &[".tar.gz", ".tgz", ".zip", ".tar", ".tar.xz", ".tar.zst"];
const ABOUT_A_SONG: &[&str] = &["-metadata.json", "-lyrics.txt", "_lyrics.txt", ".lyrics", ".lrc"];

const RULES: &[Rule] = &[
    rule("", "SESSION_PROGRESS_", &[".md"], Kind::SessionLog, Keep::Name),
    rule("", "claude_tier1_state_", &[".json"], Kind::SessionLog, Keep::Name),
    rule("session-logs", "", &[], Kind::SessionLog, Keep::Below),
    rule("", "agent_registry", &[".json"], Kind::AgentStatus, Keep::Snapshot),
    rule("agent_status", "", &[".json"], Kind::AgentStatus, Keep::Snapshot),
    // Histories only grow: versions of one object, not a snapshot of each length.
    rule("", "", &[".jsonl"], Kind::SessionLog, Keep::Path),
    rule("evidence", "", &[], Kind::Evidence, Keep::Below),
    // Below their agents' folders, whatever they are.
    rule("artifacts", "", &[], Kind::Artifacts, Keep::Below),
    rule("qa", "", &[], Kind::Qa, Keep::Below),
    rule("planning", "", &[], Kind::Planning, Keep::Below),
    rule("research", "", &[], Kind::Research, Keep::Below),
    rule("execmon", "", &[], Kind::ExecMon, Keep::Below),
    rule("", "", &[".log"], Kind::ExecMon, Keep::Path),
    rule("albums", "", &[], Kind::Album, Keep::Below),
    // Where the lake's own folders are mirrored, their paths are.
    rule("suno-386-songs", "", &[], Kind::SongRaw, Keep::Below),
    rule("lyrics", "", &[".txt", ".md"], Kind::SongRaw, Keep::Below),
    rule("songs", "", SOUND, Kind::SongRaw, Keep::Below),
    rule("songs", "", ABOUT_A_SONG, Kind::SongRaw, Keep::Below),
    rule("songs", "", &[".json"], Kind::SongRaw, Keep::Below),
    rule("", "", SOUND, Kind::SongRaw, Keep::Below),
    rule("", "", ABOUT_A_SONG, Kind::SongRaw, Keep::Below),
    rule("", "song", &[".json"], Kind::SongRaw, Keep::Below),
    rule("", "suno", &[".json"], Kind::SongRaw, Keep::Below),
    rule("videos", "", VIDEO, Kind::Video, Keep::Below),
    rule("", "", VIDEO, Kind::Video, Keep::Path),
    rule("", "", CODE, Kind::Code, Keep::Name),
    rule("", "", TEXT, Kind::Document, Keep::Path),
    // A plan as JSON that could not be read.
    rule("", "RPM", &[".json"], Kind::Document, Keep::Path),
];

/// The place of a local file; None for what the lake has no folder for, and for hidden files.
///
/// `relative` is its path below the folder that was searched. Its day is the one in its name (`…20251027…`,
/// `…2025-10-27…`), else the one it was `modified` on, in UTC.
pub fn classify(relative: &Path, modified: DateTime<Utc>) -> Option<Result<LakePath>> {
    let parts = parts(relative)?;
    let (name, folders) = parts.split_last()?;
    let (rule, below) = RULES.iter().find_map(|rule| Some((rule, fits(rule, folders, name)?)))?;
    let day = day_in(name).unwrap_or_else(|| modified.date_naive());
    Some(match rule.keep {
        Keep::Name => layout::place(rule.kind, day, name),
        Keep::Path => layout::place(rule.kind, day, &parts.join("/")),
        Keep::Below => layout::place(rule.kind, day, &parts[below..].join("/")),
        Keep::Snapshot => layout::agent_status(modified, name),
    })
}

/// The segments of a path, if it is text, stays in its folder and hides nowhere.
fn parts(path: &Path) -> Option<Vec<&str>> {
    let part = |component| match component {
        Component::Normal(part) => part.to_str().filter(|part| !part.starts_with('.')),
        _ => None,
    };
    path.components().map(part).collect()
}

/// Whether a rule fits, and how many segments lead to the folder that it asks for.
fn fits(rule: &Rule, folders: &[&str], name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let named = name.starts_with(&rule.starts.to_lowercase())
        && (rule.ends.is_empty() || rule.ends.iter().any(|end| name.ends_with(end)));
    let below = match rule.folder {
        "" => Some(folders.len().min(1)),
        folder => folders.iter().position(|own| own.eq_ignore_ascii_case(folder)).map(|index| index + 1),
    };
    below.filter(|_| named)
}

/// The first date in a name, of this century.
fn day_in(name: &str) -> Option<NaiveDate> {
    name.split(|c: char| !c.is_ascii_digit() && c != '-').find_map(|run| {
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        let dated = digits.len() == 8;
        dated
            .then(|| NaiveDate::parse_from_str(&digits, "%Y%m%d").ok())
            .flatten()
            .filter(|day| (2000..2100).contains(&day.year()))
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn place(path: &str) -> Option<String> {
        let modified = Utc.with_ymd_and_hms(2025, 11, 2, 8, 15, 0).unwrap();
        classify(Path::new(path), modified).map(|path| path.expect("a name").to_string())
    }

    #[test]
    fn every_kind_finds_its_folder() {
        for (local, lake) in [
            ("SESSION_PROGRESS_20251027.md", "session-logs/2025/10/SESSION_PROGRESS_20251027.md"),
            ("tmp/claude_tier1_state_20251027.json", "session-logs/2025/10/claude_tier1_state_20251027.json"),
            ("SESSION_PROGRESS_latest.md", "session-logs/2025/11/SESSION_PROGRESS_latest.md"),
            ("tmp/agent_status/shared/agent_registry.json", "agent-status/snapshots/2025/11/02/08-15-00_agent_registry.json"),
            ("tmp/agent_status/qa.status.json", "agent-status/snapshots/2025/11/02/08-15-00_qa.status.json"),
            ("tmp/agent_status/history/qa.jsonl", "session-logs/2025/11/tmp/agent_status/history/qa.jsonl"),
            ("docs/evidence/BOOT-1/boot 2025-10-28.png", "deliverables/documents/2025/10/evidence/BOOT-1/boot 2025-10-28.png"),
            ("out/qa/run-7/report.html", "agent-outputs/qa/test_reports/run-7/report.html"),
            ("artifacts/boot/start.sh", "agent-outputs/artifacts/2025/11/code_implementations/boot/start.sh"),
            ("logs/boot.log", "agent-outputs/execmon/script_executions/logs/boot.log"),
            ("music/song-001.MP3", "deliverables/songs/raw/suno-386-songs/song-001.MP3"),
            ("music/second/song-001.mp3", "deliverables/songs/raw/suno-386-songs/second/song-001.mp3"),
            ("a/songs/raw/suno-386-songs/song-001.mp3", "deliverables/songs/raw/suno-386-songs/song-001.mp3"),
            ("a/songs/new/song-001.mp3", "deliverables/songs/raw/suno-386-songs/new/song-001.mp3"),
            ("music/song-001-metadata.json", "deliverables/songs/raw/suno-386-songs/song-001-metadata.json"),
            ("music/songs.json", "deliverables/songs/raw/suno-386-songs/songs.json"),
            ("music/lyrics/song-001.txt", "deliverables/songs/raw/suno-386-songs/song-001.txt"),
            ("albums/21-album-release/album-01/track-01.mp3", "deliverables/songs/albums/21-album-release/album-01/track-01.mp3"),
            ("videos/hnc-content/days-15-21/a.mp4", "deliverables/videos/hnc-content/days-15-21/a.mp4"),
            (
                "DELIVER-CLOUD-002-Service-20251104.tar.gz",
                "deliverables/code/deployments/2025/11/DELIVER-CLOUD-002-Service-20251104.tar.gz",
            ),
            ("docs/RPM-PIER-001-Plan-20260413.json", "deliverables/documents/2026/04/docs/RPM-PIER-001-Plan-20260413.json"),
            ("docs/README.md", "deliverables/documents/2025/11/docs/README.md"),
            ("docs/ops/README.md", "deliverables/documents/2025/11/docs/ops/README.md"),
        ] {
            assert_eq!(place(local).as_deref(), Some(lake), "{local}");
        }
    }

    #[test]
    fn what_has_no_folder_has_no_place() {
        for local in ["src/main.rs", "", ".env", ".git/notes.md", "../x.md", "/etc/x.md", "data.bin"] {
            assert_eq!(place(local), None, "{local}");
        }
    }

    #[test]
    fn only_a_date_is_a_date() {
        assert_eq!(day_in("a-20251027.md"), NaiveDate::from_ymd_opt(2025, 10, 27));
        assert_eq!(day_in("a_2025-10-27_b"), NaiveDate::from_ymd_opt(2025, 10, 27));
        for name in ["20251399", "123456789", "19991231", "2025", "none"] {
            assert_eq!(day_in(name), None, "{name}");
        }
    }
}
