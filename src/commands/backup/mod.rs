//! `rpm-api backup` and `rpm-api restore`: the whole database as one moment had it, by PostgreSQL's own programs.

mod manifest;
mod programs;
mod restore;

use std::path::{Path, PathBuf};

use chrono::Utc;

pub use restore::run as restore;

use self::manifest::{FORMAT, Manifest, beside, sum};
use self::programs::{Client, run as run_program};
use super::{Database, Use, lake, print};
use crate::config::{Backup, Common};
use crate::error::{Error, Result};
use crate::lake::layout::{Kind, place};
use crate::lake::{Lake, Source};
use crate::store::Snapshot;
use cluster::find_clients;

/// Copies the database into a file, or into the lake, while others work on it.
///
/// # Errors
/// When PostgreSQL's programs are not there, the database fails, or the place does not take it.
pub async fn run(common: &Common, backup: &Backup) -> Result<()> {
    let (folder, lake) = match &backup.file {
        Some(_) => (None, None),
        None => {
            let lake = lake::open(common, &backup.lake, None).await?;
            let lake = lake.ok_or_else(|| Error::internal("name a file, or set RPM_LAKE (gs://bucket or a folder)"))?;
            (Some(tempfile::tempdir().map_err(Error::internal)?), Some(lake))
        }
    };
    // A name that sorts by time, and that no other backup has.
    let name = format!("rpm-{}.dump", Utc::now().format("%Y%m%dT%H%M%S%3fZ"));
    let file = match (&backup.file, &folder) {
        (Some(file), _) => file.clone(),
        (None, Some(folder)) => folder.path().join(&name),
        (None, None) => PathBuf::from(&name),
    };
    let database = Database::open(common, Use::Migrate).await?;
    let outcome = async {
        let manifest = copy(common, &database.url, &file).await?;
        let place = match &lake {
            Some(lake) => send(lake.as_ref(), &file, &name, &manifest).await?,
            None => file.display().to_string(),
        };
        print(&if backup.json {
            manifest.to_json()?
        } else {
            let (tables, rows) = (manifest.tables.len(), manifest.rows());
            format!("{place}: {tables} tables, {rows} rows, {} bytes\n", manifest.bytes)
        })
    }
    .await;
    database.close().await;
    outcome
}

/// Writes the copy and its manifest. Both are there whole or not at all, the manifest last.
async fn copy(common: &Common, url: &str, file: &Path) -> Result<Manifest> {
    let draft = draft_of(file)?;
    let mut snapshot = Snapshot::take(url).await?;
    let (postgresql, major) = snapshot.version().await?;
    let folder = find_clients(common.pg_bin.as_deref(), major).map_err(Error::internal)?;
    let client = Client::new(folder, url);
    let taken_at = Utc::now();
    let mut command = client.command("pg_dump");
    // Who owns what, and who may what, is the business of the database that it is restored into.
    command.args(["--format=custom", "--schema=public", "--no-owner", "--no-privileges"]);
    command.arg(format!("--snapshot={}", snapshot.name)).arg(format!("--file={}", draft.display()));
    run_program("pg_dump", command).await?;
    let (sha256, bytes) = sum(&draft).await?;
    let manifest = Manifest {
        format: FORMAT,
        taken_at,
        rpm_api: env!("CARGO_PKG_VERSION").to_owned(),
        postgresql,
        pg_dump: client.version("pg_dump").await?,
        migrations: snapshot.migrations().await?,
        newest_event: snapshot.newest_event().await?,
        bytes,
        sha256,
        tables: snapshot.sums().await?,
    };
    snapshot.release().await;
    let list = tempfile::NamedTempFile::new_in(folder_of(file)).map_err(failed(file))?;
    std::fs::write(list.path(), manifest.to_json()?).map_err(failed(file))?;
    for durable in [&draft.to_path_buf(), &list.path().to_path_buf()] {
        std::fs::File::open(durable).and_then(|file| file.sync_all()).map_err(failed(file))?;
    }
    draft.persist(file).map_err(|error| failed(file)(error.error))?;
    list.persist(beside(file)).map_err(|error| failed(file)(error.error))?;
    std::fs::File::open(folder_of(file)).and_then(|folder| folder.sync_all()).map_err(failed(file))?;
    Ok(manifest)
}

/// A file beside the one that is to be, for its owner only: it holds what everybody has written, and hashes of keys.
fn draft_of(file: &Path) -> Result<tempfile::TempPath> {
    if file.exists() {
        return Err(Error::internal(format!("{} is there already: a backup replaces nothing", file.display())));
    }
    Ok(tempfile::NamedTempFile::new_in(folder_of(file)).map_err(failed(file))?.into_temp_path())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failed(file: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let name = file.display().to_string();
    move |error| Error::internal(format!("{name}: {error}"))
}

/// Puts both into the lake, the manifest last; where they are then.
async fn send(lake: &dyn Lake, file: &Path, name: &str, manifest: &Manifest) -> Result<String> {
    let day = manifest.taken_at.date_naive();
    let failed = |error| Error::internal(format!("the lake {}: {error}", lake.location()));
    let path = place(Kind::Backup, day, name).map_err(failed)?;
    lake.put(&path, Source::File(file.to_owned()), "application/octet-stream").await.map_err(failed)?;
    let list = place(Kind::Backup, day, &format!("{name}.json")).map_err(failed)?;
    lake.put(&list, Source::File(beside(file)), "application/json").await.map_err(failed)?;
    Ok(format!("{}/{path}", lake.location()))
}
