//! Files that are whole or not there, whenever the power goes.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::lake::error::{Context, Result};

/// Makes a folder that only its owner may enter, with those above it, and makes them durable.
pub(in crate::lake) fn make_folder(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => match folder.parent() {
            Some(above) => sync_folder(above),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
            make_folder(above.ok_or(error).context("make", folder)?)?;
            make_folder(folder)
        }
        Err(error) => Err(error).context("make", folder),
    }
}

/// Makes durable which files a folder has.
pub(in crate::lake) fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|file| file.sync_all()).context("sync", folder)
}

/// Writes a file, new or in place of another, and makes it durable. `scratch` is a folder of the same file system.
pub(in crate::lake) fn write_file(file: &Path, content: &[u8], scratch: &Path) -> Result<()> {
    let mut temporary = NamedTempFile::new_in(scratch).context("write in", scratch)?;
    temporary.write_all(content).context("write", temporary.path())?;
    place(temporary, file, 0o600)
}

/// Gives a temporary file the mode that it keeps.
pub(in crate::lake) fn protect(temporary: &NamedTempFile, mode: u32) -> Result<()> {
    temporary.as_file().set_permissions(Permissions::from_mode(mode)).context("protect", temporary.path())
}

/// Makes a temporary file durable, and moves it to where it belongs.
pub(in crate::lake) fn place(temporary: NamedTempFile, file: &Path, mode: u32) -> Result<()> {
    protect(&temporary, mode)?;
    temporary.as_file().sync_all().context("sync", temporary.path())?;
    move_to(temporary, file)
}

/// Moves a temporary file that is durable to where it belongs, durably.
pub(in crate::lake) fn move_to(temporary: NamedTempFile, file: &Path) -> Result<()> {
    temporary.persist(file).map_err(|error| error.error).context("place", file)?;
    file.parent().map_or(Ok(()), sync_folder)
}

/// Takes a lock of all processes that use this file, and waits for it; it ends with the file's handle.
pub(in crate::lake) fn lock(file: &Path) -> Result<File> {
    let handle = lock_file(file)?;
    handle.lock().context("lock", file)?;
    Ok(handle)
}

/// Takes a share of a lock that others may have too; as [`lock`] otherwise.
pub(in crate::lake) fn lock_shared(file: &Path) -> Result<File> {
    let handle = lock_file(file)?;
    handle.lock_shared().context("lock", file)?;
    Ok(handle)
}

/// The file of a lock, not locked.
pub(in crate::lake) fn lock_file(file: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(file).context("open", file)
}

/// Removes a file, if it is there; whether it was.
pub(in crate::lake) fn remove(file: &Path) -> Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("remove", file),
    }
}

/// Removes a folder and those above it up to `top`, as long as they are empty.
pub(in crate::lake) fn remove_empty(folder: &Path, top: &Path) {
    let mut folder = Some(folder);
    while let Some(empty) = folder.filter(|folder| *folder != top && folder.starts_with(top)) {
        if fs::remove_dir(empty).is_err() {
            return;
        }
        folder = empty.parent();
    }
}
