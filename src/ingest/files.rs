//! Finding and reading files.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::kind::{Kind, is_report, kind_of};
use crate::lake::classify::classify;
use crate::lake::{ContentHash, LakePath};

/// The largest document, in bytes. The largest real one has 80 KB.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The bytes from which it is told what a file holds.
const BEGINNING: u64 = 4096;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its way from the folder that was named, that folder included: what its place in the lake follows from.
    pub below: PathBuf,
}

/// The files among some paths: what is named as it is named, and what is known in folders and their subfolders (plans, and files
/// about agents and songs; with `kept` also those that the lake has a place for) in name order. Hidden folders are passed over,
/// and no folder is entered twice through links. What cannot be read is found out by reading it.
#[must_use]
pub fn find(paths: &[PathBuf], kept: bool) -> Vec<Found> {
    let mut search = Search { kept, entered: HashSet::new(), known: HashSet::new(), found: Vec::new() };
    for path in paths {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // Of a file that is named the folder that it lies in.
        let top = if path.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
        let below = top.file_name().map(PathBuf::from).unwrap_or_default();
        let below = if path.is_dir() { below } else { below.join(real.file_name().unwrap_or_default()) };
        search.walk(path, below, true);
    }
    search.found
}

struct Search {
    kept: bool,
    entered: HashSet<PathBuf>,
    known: HashSet<PathBuf>,
    found: Vec<Found>,
}

impl Search {
    fn walk(&mut self, path: &Path, below: PathBuf, named: bool) {
        let Some(children) = path.is_dir().then(|| children(path)).flatten() else {
            let wanted = || self.kept && place(&below, Utc::now()).is_some();
            if (named || kind(path, &below).is_document() || wanted())
                && self.known.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
            {
                self.found.push(Found { path: path.to_owned(), below });
            }
            return;
        };
        if !self.entered.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
            return;
        }
        for child in children {
            let Some(name) = child.file_name().filter(|name| !name.to_string_lossy().starts_with('.')) else { continue };
            let below = below.join(name);
            self.walk(&child, below, false);
        }
    }
}

/// Where in the lake a file goes that is no plan; none for what the lake has no place for.
#[must_use]
pub fn place(below: &Path, modified: DateTime<Utc>) -> Option<LakePath> {
    classify(below, modified)?.ok()
}

/// What is in a folder, in name order; `None` when it cannot be looked into.
fn children(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    children.sort();
    Some(children)
}

/// What a file holds, by its name and the folders on its way, and by its beginning where they do not tell.
#[must_use]
pub fn kind(path: &Path, below: &Path) -> Kind {
    let mut beginning = Vec::new();
    // What cannot be opened is of the kind that its name says; reading it says why not.
    if path.is_file()
        && let Ok(file) = File::open(path)
    {
        let _ = file.take(BEGINNING).read_to_end(&mut beginning);
    }
    match kind_of(path, &beginning) {
        Kind::Plan if is_report(below) => Kind::Report,
        kind => kind,
    }
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Content {
    /// What the file holds.
    pub bytes: Vec<u8>,
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
    let after = std::fs::metadata(path)?;
    if after.len() != bytes.len() as u64 || after.modified()? != metadata.modified()? {
        return Err(io::Error::other("it is being written at this moment"));
    }
    let sha256 = ContentHash::of(&bytes).to_string();
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
    let damaged = std::str::from_utf8(&bytes).is_err() || bytes.contains(&0);
    let damaged_line = damaged.then(|| text.lines().position(|line| line.contains('\u{fffd}')).map_or(1, |index| index + 1));
    Ok(Content { bytes, text, sha256, modified_at: metadata.modified()?.into(), damaged_line })
}
