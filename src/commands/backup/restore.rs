//! `rpm-api restore`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt;
use migration::{Migrator, MigratorTrait};
use tokio::io::AsyncWriteExt;

use super::manifest::{Manifest, beside};
use super::programs::{Client, run as run_program};
use crate::commands::{Database, Use, lake, print};
use crate::config::{Common, Restore};
use crate::error::{Error, Result};
use crate::lake::{Lake, LakePath};
use crate::store::Target;
use cluster::find_clients;

/// How often, and after how long each, it is looked again whether somebody is still connected.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Puts a backup into the database, and compares what is there then with what was there when it was made.
///
/// # Errors
/// When the backup is damaged, the database is in use, or holds something and is not to be replaced; when it fails. Then what was
/// there before is there again.
pub async fn run(common: &Common, restore: &Restore) -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let file = at_hand(common, restore, folder.path()).await?;
    let manifest = Manifest::of(&file).await?;
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = manifest.migrations.iter().find(|name| !known.contains(name)) {
        return Err(Error::internal(format!(
            "{} has the migration {newer}, which this rpm-api does not know: use the newer one",
            file.display()
        )));
    }
    let database = Database::open(common, Use::Restore).await?;
    let url = database.url.clone();
    // The pool would count among those who use it.
    let database = database.without_pool().await;
    let outcome = into(common, &url, &file, &manifest, restore.force).await;
    database.close().await;
    outcome?;
    let pending = known.iter().filter(|name| !manifest.migrations.contains(*name)).count();
    let then = if pending == 0 { String::new() } else { format!("; {pending} migrations are to be applied: `rpm-api migrate`") };
    let (tables, rows) = (manifest.tables.len(), manifest.rows());
    print(&format!("restored as of {}: {tables} tables, {rows} rows, compared and the same{then}\n", manifest.taken_at))
}

/// The file itself, or a copy of what the lake has under that name.
async fn at_hand(common: &Common, restore: &Restore, folder: &Path) -> Result<PathBuf> {
    if restore.file.exists() {
        return Ok(restore.file.clone());
    }
    let name = restore.file.to_string_lossy();
    let not_there = || Error::internal(format!("there is no file {name}, and nothing of that name in a lake"));
    let lake = lake::open(common, &restore.lake, None).await?.ok_or_else(not_there)?;
    let name = name.strip_prefix(&format!("{}/", lake.location())).unwrap_or(&name).to_owned();
    let file = folder.join("backup.dump");
    fetch(lake.as_ref(), &format!("{name}.json"), &beside(&file)).await?;
    fetch(lake.as_ref(), &name, &file).await?;
    Ok(file)
}

async fn fetch(lake: &dyn Lake, name: &str, to: &Path) -> Result<()> {
    let failed = |error| Error::internal(format!("{}/{name}: {error}", lake.location()));
    let mut content = lake.get(&LakePath::new(name).map_err(failed)?, None).await.map_err(failed)?;
    let mut file = tokio::fs::File::create(to).await.map_err(Error::internal)?;
    while let Some(piece) = content.stream.try_next().await.map_err(failed)? {
        file.write_all(&piece).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)
}

async fn into(common: &Common, url: &str, file: &Path, manifest: &Manifest, force: bool) -> Result<()> {
    let mut target = Target::open(url).await?;
    let outcome = replace(common, &mut target, url, file, manifest, force).await;
    target.close().await;
    outcome
}

async fn replace(common: &Common, target: &mut Target, url: &str, file: &Path, manifest: &Manifest, force: bool) -> Result<()> {
    let was_empty = target.is_empty().await?;
    if !was_empty && !force {
        return Err(Error::internal(
            "the database is not empty: restore into an empty one, or replace what is there with --force",
        ));
    }
    let mut others = target.others().await?;
    // Those who have just left, we among them, are seen for a moment longer.
    for _ in 0..LOOKS {
        if others == 0 {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
        others = target.others().await?;
    }
    if others > 0 {
        return Err(Error::internal(format!(
            "{others} others are connected to the database: stop the servers, and what else uses it, first"
        )));
    }
    let folder = find_clients(common.pg_bin.as_deref(), target.major().await?).map_err(Error::internal)?;
    if !was_empty {
        target.set_aside().await?;
    }
    match fill(target, Client::new(folder, url), file, manifest).await {
        Ok(()) => target.settle().await,
        Err(error) => {
            let undone = if was_empty { target.empty().await } else { target.put_back().await };
            match undone {
                Ok(()) => Err(Error::internal(format!("{error}. The database is as it was before"))),
                Err(worse) => Err(Error::internal(format!("{error}; and what was there before could not be put back: {worse}"))),
            }
        }
    }
}

async fn fill(target: &mut Target, client: Client, file: &Path, manifest: &Manifest) -> Result<()> {
    let mut command = client.command("pg_restore");
    // Rows come before triggers: the audit log takes them, and nothing is announced. The schema itself is there already.
    command.args(["--schema=public", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(file);
    run_program("pg_restore", command).await?;
    let differences = manifest.differences(&target.sums().await?);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!("what was restored is not what was copied: {}", differences.join("; "))))
}
