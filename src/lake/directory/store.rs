//! The versions of the objects on disk, written so that a crash at any moment leaves an object as it was or as it becomes.
//!
//! Below `.lake/objects` every object has a folder of its name with a folder `.lake` in it, and there every version has two
//! files: `NUMBER.data`, the content, and `NUMBER.json`, what is known of it. The second one's coming is what makes a version;
//! a content without it never was. Names meet nothing there, since no segment of a name may be `.lake`.
//!
//! Whoever makes a version shares `.lake/lock` and holds one of `.lake/locks`, which its name chooses: so the disk is asked by many at
//! once, and a name by one. Whoever removes holds `.lake/lock` alone. They are `flock`s: dropped with their holder, however that
//! ends. Contents are written and made durable before, outside the locks.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tempfile::NamedTempFile;

use super::files::{lock, lock_shared, make_folder, move_to, protect, remove, remove_empty, sync_folder, write_file};
use crate::lake::error::{Context, LakeError, Result};
use crate::lake::hash::{Sums, copy_source, sums};
use crate::lake::path::RESERVED;
use crate::lake::{Created, LakePath, Source, Stat, StorageClass, Stored, Version};

/// Contents are never written again.
const CONTENT_MODE: u32 = 0o400;

/// How many names may get a version at the same time.
const LOCKS: u32 = 64;

/// The folder of a lake, seen by threads that may wait for the disk.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
}

impl Store {
    /// The store below a folder, which is made.
    pub(super) fn open(root: &Path) -> Result<Self> {
        make_folder(root)?;
        let store = Self { root: fs::canonicalize(root).context("find", root)? };
        make_folder(&store.objects())?;
        make_folder(&store.scratch())?;
        make_folder(&store.root.join(RESERVED).join("locks"))?;
        Ok(store)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The tree of versions.
    pub(super) fn objects(&self) -> PathBuf {
        self.root.join(RESERVED).join("objects")
    }

    /// Where files are written before they are whole.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join(RESERVED).join("tmp")
    }

    /// The rules' file.
    pub(super) fn rules(&self) -> PathBuf {
        self.root.join(RESERVED).join("lifecycle.json")
    }

    /// The right to change the store, until it is dropped.
    pub(super) fn lock(&self) -> Result<File> {
        lock(&self.root.join(RESERVED).join("lock"))
    }

    /// The right to make a version of an object, until both are dropped.
    fn lock_object(&self, path: &LakePath) -> Result<(File, File)> {
        let shared = lock_shared(&self.root.join(RESERVED).join("lock"))?;
        let number = crc32c::crc32c(path.as_str().as_bytes()) % LOCKS;
        Ok((shared, lock(&self.root.join(RESERVED).join("locks").join(number.to_string()))?))
    }

    /// Where an object's versions are.
    fn folder(&self, path: &LakePath) -> PathBuf {
        self.objects().join(path.as_str()).join(RESERVED)
    }

    /// Stores a content; see [`crate::lake::Lake::put`].
    pub(super) fn put(&self, path: &LakePath, source: &Source, content_type: &str) -> Result<Stored> {
        // Most puts are of what is there already: read, and write nothing.
        if let Some(same) = self.unchanged(path, &sums(source)?)? {
            if !self.is_shown(path, same.version) {
                let _locks = self.lock_object(path)?;
                self.newest(path)?.iter().for_each(|newest| self.show(newest));
            }
            return Ok(same);
        }
        let scratch = self.scratch();
        let temporary = NamedTempFile::new_in(&scratch).context("write in", &scratch)?;
        // A file may have changed since: what counts is what is written.
        let sums = copy_source(source, temporary.as_file(), temporary.path())?;
        protect(&temporary, CONTENT_MODE)?;
        temporary.as_file().sync_all().context("sync", temporary.path())?;

        let _locks = self.lock_object(path)?;
        if let Some(same) = self.unchanged(path, &sums)? {
            return Ok(same);
        }
        self.commit(path, temporary, sums, content_type)
    }

    /// The newest version, where it has this very content.
    fn unchanged(&self, path: &LakePath, sums: &Sums) -> Result<Option<Stored>> {
        let newest = self.newest(path)?.filter(|stat| stat.sha256 == Some(sums.sha256) && stat.size == sums.size);
        Ok(newest.map(|stat| stored(&stat, sums, Created::Unchanged)))
    }

    /// Makes a version of a durable content. The caller holds the object's lock.
    fn commit(&self, path: &LakePath, temporary: NamedTempFile, sums: Sums, content_type: &str) -> Result<Stored> {
        let newest = self.newest(path)?;
        let now = Utc::now();
        let least = newest.as_ref().map_or(1, |stat| stat.version.0 + 1);
        let stat = Stat {
            path: path.clone(),
            version: Version(u64::try_from(now.timestamp_micros()).unwrap_or_default().max(least)),
            sha256: Some(sums.sha256),
            size: sums.size,
            content_type: content_type.to_owned(),
            created: now,
            class: StorageClass::Standard,
        };
        let folder = self.folder(path);
        make_folder(&folder)?;
        move_to(temporary, &data(&folder, stat.version))?;
        self.write_stat(&stat)?;
        self.show(&stat);
        Ok(stored(&stat, &sums, if newest.is_some() { Created::NewVersion } else { Created::Created }))
    }

    /// Writes down what is known of a version. The caller holds the lock.
    pub(super) fn write_stat(&self, stat: &Stat) -> Result<()> {
        let file = self.folder(&stat.path).join(format!("{}.json", stat.version));
        let text = serde_json::to_vec_pretty(stat).map_err(io::Error::from).context("write", &file)?;
        write_file(&file, &text, &self.scratch())
    }

    /// Shows the newest content under its name in the lake's folder, for people: a second name of the file, which nothing
    /// here reads. An object inside of which there are others cannot be shown, and a file system may have no second names.
    fn show(&self, stat: &Stat) {
        let shown = self.root.join(stat.path.as_str());
        let scratch = self.scratch().join(format!("shown-{}", uuid::Uuid::new_v4()));
        // After a crash it is shown again by the next put.
        let folder = |folder: &Path| DirBuilder::new().recursive(true).mode(0o700).create(folder).context("make", folder);
        let linked = shown.parent().map_or(Ok(()), folder).and_then(|()| {
            fs::hard_link(data(&self.folder(&stat.path), stat.version), &scratch).context("link", &scratch)?;
            fs::rename(&scratch, &shown).context("show", &shown)
        });
        if let Err(error) = linked {
            let _ = remove(&scratch);
            tracing::debug!(path = %stat.path, %error, "an object is stored and not shown");
        }
    }

    /// Whether a version is what is shown, or something is in its way: a crash may have come between the two.
    fn is_shown(&self, path: &LakePath, version: Version) -> bool {
        let shown = fs::metadata(self.root.join(path.as_str()));
        let stored = fs::metadata(data(&self.folder(path), version));
        shown.is_ok_and(|shown| shown.is_dir() || stored.is_ok_and(|stored| stored.ino() == shown.ino()))
    }

    /// The numbers of an object's versions, the newest first.
    fn numbers(&self, path: &LakePath) -> Result<Vec<Version>> {
        let mut numbers: Vec<Version> = self.names(path)?.iter().filter_map(|name| number(name, ".json")).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        Ok(numbers)
    }

    /// The names of the files of an object's versions.
    fn names(&self, path: &LakePath) -> Result<Vec<String>> {
        let folder = self.folder(path);
        let entries = match fs::read_dir(&folder) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
            entries => entries.context("read", &folder)?,
        };
        let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<io::Result<_>>().context("read", &folder)
    }

    /// The newest version.
    pub(super) fn newest(&self, path: &LakePath) -> Result<Option<Stat>> {
        for version in self.numbers(path)? {
            // It may have been swept away meanwhile.
            if let Some(stat) = self.stat(path, version)? {
                return Ok(Some(stat));
            }
        }
        Ok(None)
    }

    /// All versions, the newest first.
    pub(super) fn versions(&self, path: &LakePath) -> Result<Vec<Stat>> {
        let stats = self.numbers(path)?.into_iter().map(|version| self.stat(path, version));
        stats.filter_map(Result::transpose).collect()
    }

    /// What is known of a version.
    pub(super) fn stat(&self, path: &LakePath, version: Version) -> Result<Option<Stat>> {
        let file = self.folder(path).join(format!("{version}.json"));
        let text = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.context("read", &file)?,
        };
        let damaged = |error: serde_json::Error| LakeError::Corrupt { path: path.to_string(), what: error.to_string() };
        serde_json::from_slice(&text).map(Some).map_err(damaged)
    }

    /// Opens a version, or the newest.
    pub(super) fn open_version(&self, path: &LakePath, version: Option<Version>) -> Result<(Stat, File)> {
        let missing = || LakeError::NotFound(path.to_string());
        let stat = match version {
            Some(version) => self.stat(path, version)?,
            None => self.newest(path)?,
        };
        let stat = stat.ok_or_else(missing)?;
        let file = data(&self.folder(path), stat.version);
        match File::open(&file) {
            // Either a sweep has just taken it, or somebody has: the word that it is there is read again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match self.stat(path, stat.version)? {
                Some(_) => Err(LakeError::Corrupt { path: path.to_string(), what: "its content is gone".to_owned() }),
                None => Err(missing()),
            },
            opened => Ok((stat, opened.context("open", &file)?)),
        }
    }

    /// Deletes a version, and its folders where it was the last. The caller holds the lock.
    pub(super) fn delete(&self, stat: &Stat) -> Result<()> {
        let folder = self.folder(&stat.path);
        // First what makes it a version: what is left by a crash in between is a content that never was.
        remove(&folder.join(format!("{}.json", stat.version)))?;
        sync_folder(&folder)?;
        remove(&data(&folder, stat.version))?;
        if self.numbers(&stat.path)?.is_empty() {
            let shown = self.root.join(stat.path.as_str());
            if shown.is_file() && remove(&shown)? {
                shown.parent().into_iter().for_each(|above| remove_empty(above, &self.root));
            }
            remove_empty(&folder, &self.objects());
        }
        Ok(())
    }

    /// Removes what a crash has left of a version that never was. The caller holds the lock.
    pub(super) fn tidy(&self, path: &LakePath) -> Result<()> {
        let (folder, names) = (self.folder(path), self.names(path)?);
        for version in names.iter().filter_map(|name| number(name, ".data")) {
            if !names.contains(&format!("{version}.json")) {
                remove(&data(&folder, version))?;
            }
        }
        if self.names(path)?.is_empty() {
            remove_empty(&folder, &self.objects());
        }
        Ok(())
    }

    /// Removes what a crash has left in the making before `before`.
    pub(super) fn tidy_scratch(&self, before: DateTime<Utc>) -> Result<()> {
        let scratch = self.scratch();
        for entry in fs::read_dir(&scratch).context("read", &scratch)? {
            let file = entry.context("read", &scratch)?;
            let old = file.metadata().and_then(|known| known.modified()).is_ok_and(|at| DateTime::<Utc>::from(at) < before);
            if old {
                remove(&file.path())?;
            }
        }
        Ok(())
    }
}

fn data(folder: &Path, version: Version) -> PathBuf {
    folder.join(format!("{version}.data"))
}

fn number(name: &str, ending: &str) -> Option<Version> {
    name.strip_suffix(ending)?.parse().ok().map(Version)
}

fn stored(stat: &Stat, sums: &Sums, created: Created) -> Stored {
    Stored { path: stat.path.clone(), version: stat.version, sha256: sums.sha256, size: sums.size, created }
}
