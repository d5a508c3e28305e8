//! Agents' names: out of file names, and in the spellings under which an agent may be known.

use std::path::Path;

/// What a file's name says after the agent's.
const TAILS: [&str; 9] =
    [".status", "_status", "-status", ".heartbeat", "_heartbeat", "-heartbeat", ".history", "_history", "-history"];

/// The agent that a file is named after: `qa.status.json`, `qa.heartbeat` and `history/qa.jsonl` are QA's. `None` for names
/// that are no agent's (`heartbeat.json`).
pub(super) fn of_file(path: &str) -> Option<String> {
    let stem = Path::new(path).file_stem()?.to_str()?;
    let stem = TAILS.iter().find_map(|tail| stem.strip_suffix(tail)).unwrap_or(stem);
    let is_none = ["status", "heartbeat", "heartbeats", "history", "agents", ""].contains(&stem.to_lowercase().as_str());
    (!is_none).then(|| stem.to_owned())
}

/// The spellings under which an agent may be known, the name as written first: without what stands in parentheses, without
/// the layer (`research-layer1.2`, `planning-1.1`) and the word “subagent” behind it, and with spaces for hyphens.
pub(super) fn spellings(name: &str) -> Vec<String> {
    let bare = bare(name);
    let spaced = bare.replace(['-', '_'], " ");
    let mut spellings = Vec::new();
    for spelling in [name.trim(), bare.as_str(), spaced.trim()] {
        if !spelling.is_empty() && !spellings.iter().any(|known| known == spelling) {
            spellings.push(spelling.to_owned());
        }
    }
    spellings
}

/// The name that a new agent gets: as written, without parentheses and layer.
pub(super) fn bare(name: &str) -> String {
    let outside = name.split(['(', '[']).next().unwrap_or(name).trim();
    let outside = if outside.is_empty() { name.trim() } else { outside };
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let number = outside.trim_end_matches(digits);
    let is_dotted = outside[number.len()..].contains('.');
    let separators = |text: &str| text.trim_end_matches(['-', '_', ' ']).to_owned();
    let stem = separators(number);
    let without_layer = match stem.to_ascii_lowercase().strip_suffix("layer").map(str::len) {
        Some(length) => stem.get(..length).map(separators),
        None => is_dotted.then(|| stem.clone()),
    };
    let without_layer = without_layer.filter(|name| !name.is_empty()).unwrap_or_else(|| outside.to_owned());
    let lower = without_layer.to_ascii_lowercase();
    let tail = ["-subagent", "_subagent", " subagent"].iter().find_map(|tail| lower.strip_suffix(tail)).map(str::len);
    tail.and_then(|length| without_layer.get(..length)).filter(|name| !name.is_empty()).unwrap_or(&without_layer).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (path, name) in [
            ("/a/qa.status.json", Some("qa")),
            ("qa_status.json", Some("qa")),
            ("history/night-courier.jsonl", Some("night-courier")),
            ("courier.heartbeat", Some("courier")),
            ("heartbeat.json", None),
            ("status.json", None),
            ("", None),
        ] {
            assert_eq!(of_file(path).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn names_without_their_trimmings() {
        for (name, expected) in [
            ("qa", "qa"),
            ("research-layer1.2", "research"),
            ("qa-layer-1.5", "qa"),
            ("Planning Agent (Layer 1.1.1)", "Planning Agent"),
            ("planning-1.1.1", "planning"),
            ("planning-subagent", "planning"),
            ("worker-2", "worker-2"),
            ("night-courier", "night-courier"),
            ("layer1.2", "layer1.2"),
            ("(odd)", "(odd)"),
            ("İ-layer2", "İ"),
            ("1.5", "1.5"),
            ("", ""),
        ] {
            assert_eq!(bare(name), expected, "{name}");
        }
        assert_eq!(spellings("night-courier-layer2.1"), ["night-courier-layer2.1", "night-courier", "night courier"]);
    }
}
