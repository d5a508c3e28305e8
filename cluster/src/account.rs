use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use nix::unistd::{Gid, Uid, User, getegid, geteuid};

use super::error::{ClusterError, Context};

/// The user that PostgreSQL runs as: ours, unless we are root, which PostgreSQL refuses.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    name: String,
}

impl Account {
    /// The user for a cluster whose data is in `data`. Existing data keeps its owner, so that a user `postgres` who
    /// appears later (with the distribution's package) does not lock out what `nobody` began.
    pub(super) fn for_data(data: &Path) -> Result<Self, ClusterError> {
        match fs::metadata(data) {
            Ok(found) if is_root() && found.uid() != 0 => {
                let uid = Uid::from_raw(found.uid());
                Ok(Self { uid, gid: Gid::from_raw(found.gid()), name: name_of(uid) })
            }
            _ => Self::by_default(),
        }
    }

    /// The user for a new cluster.
    pub(super) fn by_default() -> Result<Self, ClusterError> {
        if !is_root() {
            return Ok(Self { uid: geteuid(), gid: getegid(), name: name_of(geteuid()) });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { uid: user.uid, gid: user.gid, name: user.name })
            .ok_or(ClusterError::NoAccount)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes `command` run as this user. Supplementary groups of root go with it (the standard library drops them).
    pub(super) fn run_as_it(&self, command: &mut Command) {
        if is_root() {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
    }

    /// Gives `folder` to this user.
    pub(super) fn give(&self, folder: &Path) -> Result<(), ClusterError> {
        if is_root() {
            chown(folder, Some(self.uid.as_raw()), Some(self.gid.as_raw())).context("change the owner of", folder)?;
        }
        Ok(())
    }

    /// The first folder on the way to `path`, itself included, that this user may not enter. `path` is free of links.
    pub(super) fn barrier(&self, path: &Path) -> Option<PathBuf> {
        if !is_root() {
            return None; // the operating system tells us itself
        }
        let mut way: Vec<_> = path.ancestors().collect();
        way.reverse();
        way.into_iter().find(|folder| fs::metadata(folder).is_ok_and(|found| !self.may_enter(&found))).map(Path::to_owned)
    }

    fn may_enter(&self, folder: &fs::Metadata) -> bool {
        let mode = folder.permissions().mode();
        if folder.uid() == self.uid.as_raw() {
            mode & 0o100 != 0
        } else if folder.gid() == self.gid.as_raw() {
            mode & 0o010 != 0
        } else {
            mode & 0o001 != 0
        }
    }
}

pub(super) fn is_root() -> bool {
    geteuid().is_root()
}

fn name_of(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}
