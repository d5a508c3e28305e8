//! What a file holds, by its name, and by its keys where the name does not tell.

use std::path::Path;

use super::fields::snake;
use super::plan::key;
use super::songs::is_song_table;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A weekly plan.
    Plan,
    /// A status or heartbeat of one agent, or of some.
    AgentStatus,
    /// Agents by name.
    AgentRegistry,
    /// Reports of an agent, one a line.
    AgentHistory,
    /// What agents told each other, one event a line.
    CoordinationLog,
    /// Metadata of one song, or of some.
    Song,
    /// A table of songs.
    SongTable,
    /// The words of a song; read with the metadata beside it.
    Lyrics,
    /// A recording.
    Audio,
    /// What somebody found out or checked, however much it speaks of weeks and actions; kept and never read as a plan.
    Report,
    /// Nothing that is known here.
    Other,
}

const AUDIO: [&str; 8] = ["mp3", "wav", "flac", "m4a", "ogg", "aac", "aiff", "opus"];

/// Words of names by which a file is a report, and folders whose files are; a name that says plan is one all the same.
const REPORTS: [&str; 3] = ["findings", "report", "reports"];
const FINDINGS: [&str; 2] = ["qa", "research"];
const FOLDERS_OF_REPORTS: [&str; 6] = ["agent-outputs", "artifacts", "execmon", "qa", "reports", "research"];
const PLANS: [&str; 4] = ["plan", "plans", "sprint", "wochenplan"];
/// What the name of a plan of the company begins with, before a number (`RPM-BOOT-001`).
const SERIES: [&str; 2] = ["rpm", "arch"];

/// Keys that only plans, songs, events and reports of agents have.
const OF_PLANS: [&str; 8] =
    ["week_start", "week_start_date", "week_of", "week", "rpm_plan", "weekly_plan", "rpm_weekly_plan", "plan_week"];
/// Keys of what a plan holds, which others have too.
const IN_PLANS: [&str; 10] =
    ["results", "actions", "tasks", "objectives", "phases", "priorities", "lanes", "goals", "workstreams", "massive_action_plan"];
const OF_SONGS: [&str; 13] = [
    "bpm",
    "tempo",
    "lyrics",
    "genre",
    "groove",
    "suno_id",
    "song_id",
    "clip_id",
    "songs",
    "tracks",
    "duration_seconds",
    "audio_url",
    "album",
];
const OF_EVENTS: [&str; 3] = ["source_agent", "target_agent", "event_type"];
const OF_REGISTRIES: [&str; 2] = ["agents", "registry"];
const OF_AGENTS: [&str; 7] = ["agent", "agent_name", "last_heartbeat", "heartbeat", "health_score", "failures", "finished_at"];

impl Kind {
    /// Whether files of this kind are looked for in folders. Lyrics come with their songs; what is nothing known is passed
    /// over where nobody named it.
    #[must_use]
    pub const fn is_document(self) -> bool {
        !matches!(self, Self::Lyrics | Self::Audio | Self::Report | Self::Other)
    }
}

/// What a file holds. `first_bytes` is its beginning, which may be cut anywhere; it counts only where the name does not tell.
#[must_use]
pub fn kind_of(path: &Path, first_bytes: &[u8]) -> Kind {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let text = String::from_utf8_lossy(first_bytes);
    match extension {
        "md" | "markdown" | "yaml" | "yml" => Kind::Plan,
        "heartbeat" => Kind::AgentStatus,
        "jsonl" | "ndjson" => by_line(stem, &text),
        "json" => by_name(stem).unwrap_or_else(|| by_keys(&text, is_named_plan(path))),
        "csv" | "tsv" if is_song_csv(&text) => Kind::SongTable,
        "txt" if stem.contains("lyrics") => Kind::Lyrics,
        _ if AUDIO.contains(&extension) => Kind::Audio,
        _ => Kind::Other,
    }
}

fn by_name(stem: &str) -> Option<Kind> {
    let snake = stem.replace(['.', '-', ' '], "_");
    if snake.ends_with("agent_registry") {
        Some(Kind::AgentRegistry)
    } else if snake == "heartbeat" || snake.ends_with("_heartbeat") || snake.ends_with("_status") {
        Some(Kind::AgentStatus)
    } else if snake == "songs" || ((snake.starts_with("song") || snake.starts_with("track")) && snake.ends_with("_metadata")) {
        Some(Kind::Song)
    } else {
        None
    }
}

/// One value a line.
fn by_line(stem: &str, text: &str) -> Kind {
    if stem.contains("coordination") {
        return Kind::CoordinationLog;
    }
    match by_keys(text, false) {
        Kind::AgentStatus | Kind::AgentRegistry => Kind::AgentHistory,
        Kind::Plan => Kind::Other,
        kind => kind,
    }
}

/// Whether the name of a file says that it is a plan: the word, or the code of one.
#[must_use]
pub(super) fn is_named_plan(path: &Path) -> bool {
    let words = words_of(path);
    let numbered = || words.iter().any(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()));
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(&PLANS) || words.first().is_some_and(|first| SERIES.contains(&first.as_str())) && numbered() && !has(&REPORTS)
}

/// Whether a file is somebody's report, by its name and by the folders on its way.
#[must_use]
pub(super) fn is_report(below: &Path) -> bool {
    let words = words_of(below);
    let named = words.iter().any(|word| REPORTS.contains(&word.as_str()) || FINDINGS.contains(&word.as_str()));
    let folders = below.parent().into_iter().flat_map(Path::components);
    let mut folders = folders.map(|part| part.as_os_str().to_string_lossy().to_lowercase());
    !is_named_plan(below) && (named || folders.any(|folder| FOLDERS_OF_REPORTS.contains(&folder.as_str())))
}

/// The words of a file's name in lower case, without its ending.
fn words_of(path: &Path) -> Vec<String> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn by_keys(text: &str, named_plan: bool) -> Kind {
    let keys = keys(text);
    let has = |known: &[&str]| keys.iter().any(|own| known.contains(&own.as_str()) || known.contains(&key(own)));
    let others = has(&OF_EVENTS) || has(&OF_REGISTRIES) || has(&OF_AGENTS) || has(&OF_SONGS);
    // A report of an agent and a song may name a week, and what was done in it.
    if has(&OF_PLANS) && (has(&IN_PLANS) && !has(&OF_AGENTS) || !others) || named_plan && has(&IN_PLANS) && !others {
        Kind::Plan
    } else if has(&OF_EVENTS) {
        Kind::CoordinationLog
    } else if has(&OF_REGISTRIES) {
        Kind::AgentRegistry
    } else if has(&OF_AGENTS) {
        Kind::AgentStatus
    } else if has(&OF_SONGS) {
        Kind::Song
    } else {
        Kind::Other
    }
}

/// The keys of the outermost objects in a piece of JSON that may be cut off: those of the whole, or of its list's elements.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let (mut lists, mut objects) = (0_usize, 0_usize);
    let mut rest = text;
    while let Some(at) = rest.find(['"', '{', '}', '[', ']']) {
        let (sign, after) = rest[at..].split_at(1);
        rest = after;
        match sign {
            "{" => objects += 1,
            "}" => objects = objects.saturating_sub(1),
            "[" => lists += 1,
            "]" => lists = lists.saturating_sub(1),
            _ => {
                let Some(end) = end_of_string(rest) else { break };
                let (inside, after) = rest.split_at(end);
                rest = after.get(1..).unwrap_or_default();
                if objects == 1 && lists <= 1 && rest.trim_start().starts_with(':') {
                    keys.push(snake(inside));
                }
            }
        }
    }
    keys
}

/// Where the quote stands that ends a string.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, character)| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at)
    })
}

fn is_song_csv(text: &str) -> bool {
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let cells: Vec<&str> = header.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"')).collect();
    is_song_table(&cells)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_name_and_by_keys() {
        for (path, text, expected) in [
            ("RPM-WORKS-001.md", "", Kind::Plan),
            ("plan.yml", "", Kind::Plan),
            ("tmp/qa.status.json", "", Kind::AgentStatus),
            ("qa_status.json", "", Kind::AgentStatus),
            ("heartbeat.json", "", Kind::AgentStatus),
            ("qa.heartbeat", "1772447460", Kind::AgentStatus),
            ("shared/agent_registry.json", "", Kind::AgentRegistry),
            ("2026/03/02/08-15-00_agent_registry.json", "", Kind::AgentRegistry),
            ("history/qa.jsonl", "{\"agent\": \"qa\", \"status\": \"runn", Kind::AgentHistory),
            ("shared/coordination_log.jsonl", "", Kind::CoordinationLog),
            ("log.jsonl", "{\"event_type\":\"x\",\"source_agent\":\"a\"}", Kind::CoordinationLog),
            ("raw/song-001-metadata.json", "", Kind::Song),
            ("album-01/track-01-metadata.json", "", Kind::Song),
            ("songs.json", "", Kind::Song),
            ("songs.jsonl", "{\"title\": \"A\", \"bpm\": 90}", Kind::Song),
            ("catalogue.csv", "\u{feff}\"Title\";\"BPM\"\n", Kind::SongTable),
            ("people.csv", "name,age\n", Kind::Other),
            ("track-01-lyrics.txt", "", Kind::Lyrics),
            ("notes.txt", "", Kind::Other),
            ("song-001.MP3", "", Kind::Audio),
            ("a.json", "[{\"a\\\"b\": {\"bpm\": 1}, \"songs\": [", Kind::Song),
            ("a.json", "{\"agents\": {\"qa\": {\"lyrics\": 1}}}", Kind::AgentRegistry),
            ("a.json", "{\"lastHeartbeat\": 1}", Kind::AgentStatus),
            ("a.json", "{\"week_start_date\": \"2026-03-01\"}", Kind::Plan),
            ("a.json", "{\"Woche\": \"KW 16 2026\", \"Aufgaben\": [", Kind::Plan),
            ("a.json", "{\"week\": \"2026-W16\", \"results\": [", Kind::Plan),
            ("a.json", "{\"agent\": \"qa\", \"week\": \"2026-W16\", \"tasks\": []}", Kind::AgentStatus),
            ("a.json", "{\"agents\": {}, \"week\": \"2026-W16\"}", Kind::AgentRegistry),
            ("a.json", "{\"title\": \"x\", \"bpm\": 90, \"week\": 16}", Kind::Song),
            ("PIER-PLAN-Apr13-19-2026.json", "{\"title\": \"x\", \"actions\": [", Kind::Plan),
            ("a.json", "{\"results\": []}", Kind::Other),
            ("package.json", "{\"name\": \"x\", \"version\": \"1\", \"agents\"", Kind::Other),
            ("a.json", "", Kind::Other),
            ("", "", Kind::Other),
        ] {
            assert_eq!(kind_of(Path::new(path), text.as_bytes()), expected, "{path}: {text}");
        }
    }

    #[test]
    fn reports_are_none_of_the_plans() {
        for path in [
            "agent-outputs/planning/week.md",
            "docs/QA/Apr13-19.md",
            "PIER_QA_REPORT_20260414.md",
            "RESEARCH_NOTES_Apr13-19-2026.md",
            "RPM-PIER-003-Test-Report-20260414.md",
        ] {
            assert!(is_report(Path::new(path)), "{path}");
        }
        for path in [
            "docs/RPM-WEEKLY-PLAN-Apr13-19-2026.md",
            "qa/RPM_WEEKLY_PLAN_APR13-19_2026.md",
            "RPM-RESEARCH-002-Tide-Tables-20260413.md",
            "week.md",
            "planning/week.md",
            "README.md",
        ] {
            assert!(!is_report(Path::new(path)), "{path}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_break_it(name in "[a-z.]{0,12}(\\.json|\\.jsonl|\\.csv|)", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = kind_of(Path::new(&name), &bytes);
        }

        #[test]
        fn no_json_breaks_it(text in "[\\[\\]{}\":,\\\\ a-zé]{0,60}") {
            let _ = kind_of(Path::new("a.json"), text.as_bytes());
        }
    }
}
