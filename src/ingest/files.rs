//! Finding and reading files.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// The largest document, in bytes. The largest real one has 40 KB.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How the names of documents end.
const ENDINGS: [&str; 3] = ["md", "yaml", "yml"];

/// The documents among some paths: what is named as it is named, and the `*.md`, `*.yaml` and `*.yml` files of folders and their subfolders in
/// name order. Hidden folders are passed over, and no folder is entered twice through links. Nothing is opened here: what
/// cannot be read is found out by reading it.
#[must_use]
pub fn find(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entered = Vec::new();
    for path in paths {
        walk(path, true, &mut entered, &mut found);
    }
    found
}

fn walk(path: &Path, named: bool, entered: &mut Vec<PathBuf>, found: &mut Vec<PathBuf>) {
    let Some(children) = path.is_dir().then(|| children(path)).flatten() else {
        let is_document =
            path.extension().is_some_and(|extension| ENDINGS.iter().any(|ending| extension.eq_ignore_ascii_case(ending)));
        if (named || is_document) && !found.iter().any(|known| known == path) {
            found.push(path.to_owned());
        }
        return;
    };
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if entered.contains(&real) {
        return;
    }
    entered.push(real);
    for child in children {
        if !child.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            walk(&child, false, entered, found);
        }
    }
}

/// What is in a folder, in name order; `None` when it cannot be looked into.
fn children(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    children.sort();
    Some(children)
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Content {
    /// The text. Bytes that are no UTF-8, and NUL, stand as U+FFFD.
    pub text: String,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// When the file was last changed.
    pub modified_at: DateTime<Utc>,
    /// First line that holds bytes which are no text, from 1.
    pub damaged_line: Option<usize>,
}

/// Reads a document.
///
/// # Errors
/// When the file cannot be read, or is larger than 16 MiB.
pub fn read(path: &Path) -> io::Result<Content> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file of text"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(io::Error::other(format!("the file has {} bytes; documents have {MAX_BYTES} at most", metadata.len())));
    }
    let bytes = std::fs::read(path)?;
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
    let damaged = std::str::from_utf8(&bytes).is_err() || bytes.contains(&0);
    let damaged_line = damaged.then(|| text.lines().position(|line| line.contains('\u{fffd}')).map_or(1, |index| index + 1));
    Ok(Content { text, sha256, modified_at: metadata.modified()?.into(), damaged_line })
}
