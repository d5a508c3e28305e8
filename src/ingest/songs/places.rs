//! What the place of a song says of it: its id where it has none of Suno's, its album, the file of its lyrics.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The longest id, in characters.
const LONGEST: usize = 255;

/// What a file's name says after the song's.
const TAILS: [&str; 6] = ["-metadata", "_metadata", ".metadata", "-meta", "_meta", "-info"];

/// The song that a file is about: `song-001-metadata.json` is about `song-001`.
pub(super) fn stem(path: &str) -> String {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    TAILS.iter().find_map(|tail| stem.strip_suffix(tail)).unwrap_or(stem).to_owned()
}

/// The id of the song that a file is about, `file:song-001`; on an album with its folders, for every album has a first
/// track: `file:21-album-release:album-01:track-01`.
pub(super) fn id_of_file(path: &str) -> String {
    let mut parts = album_folders(path);
    parts.push(stem(path));
    id("file", &parts)
}

/// The id of a song among others: `file:songs:the-long-way`, `plan:rpm-works-001:day-3:the-long-way`.
pub(super) fn id(kind: &str, parts: &[String]) -> String {
    let slugs: Vec<String> = parts.iter().map(|part| slug(part)).collect();
    let id = format!("{kind}:{}", slugs.join(":"));
    if id.chars().count() <= LONGEST { id } else { format!("{kind}:{}", fingerprint(&id)) }
}

/// How a song without an id of Suno's is known.
#[derive(Clone, Debug)]
pub(super) enum Naming {
    /// By this id: it is the only one in its file.
    Only(String),
    /// By its title, among those of a file or plan.
    Among(&'static str, Vec<String>),
}

impl Naming {
    /// The id of the song with this title.
    pub(super) fn id(&self, title: &str) -> String {
        match self {
            Self::Only(id) => id.clone(),
            Self::Among(kind, parts) => id(kind, &[parts.as_slice(), &[title.to_owned()]].concat()),
        }
    }
}

/// Letters and digits in lower case, hyphens between; a fingerprint where there are none.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() { fingerprint(text) } else { words.join("-") }
}

fn fingerprint(text: &str) -> String {
    Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The folders of a path that name an album, outermost first: `21-album-release`, `album-01`.
fn album_folders(path: &str) -> Vec<String> {
    let folders: Vec<&str> = path.split(['/', '\\']).collect();
    let folders = folders.split_last().map(|(_, folders)| folders).unwrap_or_default();
    let names_one = |folder: &&&str| folder.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word == "album");
    folders.iter().rev().take_while(names_one).map(|folder| (*folder).to_owned()).collect::<Vec<_>>().into_iter().rev().collect()
}

/// The album whose folder the file lies in.
pub(super) fn album(path: &str) -> Option<String> {
    album_folders(path).pop()
}

/// Where the lyrics of a song lie whose metadata is in this file: `track-01-lyrics.txt` beside `track-01-metadata.json`.
#[must_use]
pub fn lyrics_beside(path: &Path) -> Option<PathBuf> {
    let stem = stem(path.to_str()?);
    (!stem.is_empty()).then(|| path.with_file_name(format!("{stem}-lyrics.txt")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_apart() {
        let long = "x".repeat(300);
        for (path, expected) in [
            ("songs/raw/song-001-metadata.json", "file:song-001"),
            ("/a/albums/21-album-release/album-01/track-01-metadata.json", "file:21-album-release:album-01:track-01"),
            ("/a/albums/track-01.json", "file:track-01"),
            ("Élan Vital!.json", "file:élan-vital"),
        ] {
            assert_eq!(id_of_file(path), expected);
        }
        assert_eq!(id_of_file("☂.json").len(), "file:".len() + 12, "no letters");
        assert!(id("plan", &[long, "y".into()]).len() < 30);
        assert_eq!(
            id("plan", &["RPM-WORKS-001".into(), "day 3".into(), "Jo's Song".into()]),
            "plan:rpm-works-001:day-3:jos-song"
        );
    }

    #[test]
    fn albums_are_the_nearest_folder() {
        assert_eq!(album("x/21-album-release/album-01/t.json").as_deref(), Some("album-01"));
        assert_eq!(album("x/21-album-release/t.json").as_deref(), Some("21-album-release"));
        assert_eq!(album("albums/raw/t.json"), None);
        assert_eq!(album("t.json"), None);
    }

    #[test]
    fn lyrics_lie_beside() {
        assert_eq!(lyrics_beside(Path::new("a/track-01-metadata.json")), Some(PathBuf::from("a/track-01-lyrics.txt")));
    }
}
