//! The objects below a folder in the order of their names, as Cloud Storage lists them.

use std::fs;
use std::io;
use std::path::Path;

use crate::lake::LakePath;
use crate::lake::error::{Context, Result};
use crate::lake::path::RESERVED;

/// Which names are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range<'a> {
    /// What they begin with.
    pub(super) prefix: &'a str,
    /// The name that they come after.
    pub(super) after: Option<&'a str>,
}

impl Range<'_> {
    fn holds(&self, name: &str) -> bool {
        name.starts_with(self.prefix) && self.after.is_none_or(|after| name > after)
    }

    /// Whether a wanted name can begin with `folder`, which ends with `/`.
    fn reaches(&self, folder: &str) -> bool {
        let past = self.after.is_some_and(|after| after > folder && !after.starts_with(folder));
        !past && (folder.starts_with(self.prefix) || self.prefix.starts_with(folder))
    }
}

/// Tells `found` of each wanted object below `folder`, whose own name is `name` (empty, or with a `/` at its end), until it
/// has had enough and says false. Gives back whether it still wants more.
pub(super) fn walk(folder: &Path, name: &str, range: Range<'_>, found: &mut dyn FnMut(LakePath) -> Result<bool>) -> Result<bool> {
    for key in keys(folder)? {
        let whole = format!("{name}{key}");
        let goes_on = match key.strip_suffix('/') {
            Some(below) if range.reaches(&whole) => walk(&folder.join(below), &whole, range, found)?,
            // A folder that somebody else made here may have a name that is none.
            None if range.holds(&whole) => LakePath::new(whole).map_or(Ok(true), &mut *found)?,
            _ => true,
        };
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The objects of a folder, and its folders with a `/` at their end, in the order in which all names that begin with them come:
/// `a`, `a-b`, `a/`.
fn keys(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        // A sweep may have taken it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.context("read", folder)?,
    };
    let mut keys = Vec::new();
    for entry in entries {
        let Ok(segment) = entry.context("read", folder)?.file_name().into_string() else { continue };
        if segment == RESERVED {
            continue;
        }
        if folder.join(&segment).join(RESERVED).is_dir() {
            keys.push(segment.clone());
        }
        keys.push(format!("{segment}/"));
    }
    keys.sort_unstable();
    Ok(keys)
}
