//! YAML front matter (`---` … `---` at the head of a document) as key lines.

use super::lines::{Kind, Line};
use super::yaml;

/// The most lines of front matter; a rule further down is none.
const LONGEST: usize = 200;

/// The keys at the head of a document, each as a line `Key: value`, and the byte behind the closing fence. `None` where the text
/// between the fences is anything but a map whose keys stand at the margin: then they are rules.
pub(super) fn read(source: &str) -> Option<(Vec<Line>, usize)> {
    let rest = source.strip_prefix("---\n")?;
    let mut end = source.len() - rest.len();
    let mut rows: Vec<&str> = Vec::new();
    for row in rest.split_inclusive('\n').take(LONGEST) {
        end += row.len();
        if matches!(row.trim_end(), "---" | "...") {
            return Some((key_lines(&rows)?, end));
        }
        rows.push(row.trim_end());
    }
    None
}

fn key_lines(rows: &[&str]) -> Option<Vec<Line>> {
    // Comments would be lost, and headings look like them.
    if rows.iter().any(|row| row.trim_start().starts_with('#')) {
        return None;
    }
    let begins = |row: &str| !row.is_empty() && !row.starts_with([' ', '\t', '-']);
    let keys: Vec<usize> = (0..rows.len()).filter(|at| begins(rows[*at])).collect();
    let entries = yaml::keys_of(&rows.join("\n")).filter(|entries| !entries.is_empty() && entries.len() == keys.len())?;
    let ends = keys.iter().skip(1).copied().chain([rows.len()]);
    let line = |(((key, value), at), end): (((String, String), usize), usize)| {
        // A remark behind the value stays with it.
        let said = rows[at].split_once(':').map(|(_, said)| said.trim()).filter(|said| said.contains(" #"));
        Line {
            // The first line of the document is the fence.
            number: at + 2,
            last: end + 1,
            kind: Kind::Text,
            depth: 0,
            lead: Some(key.len()),
            text: format!("{key}: {}", said.unwrap_or(&value)).trim_end().to_owned(),
            follows: false,
            flush: true,
        }
    };
    Some(entries.into_iter().zip(keys.iter().copied()).zip(ends).map(line).collect())
}
