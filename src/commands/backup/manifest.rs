//! What is in a backup: a file beside it, by which it can be checked before and after it is restored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::error::{Error, Result};
use crate::store::TableSum;

/// How the file is laid out. Another number is refused.
pub(super) const FORMAT: u32 = 1;

/// What is in a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The moment that it shows, by the clock of the machine that made it.
    pub(super) taken_at: DateTime<Utc>,
    pub(super) rpm_api: String,
    /// Versions of the server and of pg_dump.
    pub(super) postgresql: String,
    pub(super) pg_dump: String,
    pub(super) migrations: BTreeSet<String>,
    /// Position of the newest event.
    pub(super) newest_event: i64,
    pub(super) bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub(super) sha256: String,
    pub(super) tables: BTreeMap<String, TableSum>,
}

impl Manifest {
    /// All rows of all tables.
    pub(super) fn rows(&self) -> i64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    pub(super) fn to_json(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self).map_err(Error::internal)?))
    }

    /// Reads the one that belongs to a file, and compares the file with it.
    ///
    /// # Errors
    /// When it is not there, is of another format, or tells of another file.
    pub(super) async fn of(file: &Path) -> Result<Self> {
        let path = beside(file);
        let failed = |why: String| Error::internal(format!("{}: {why}", path.display()));
        let text = tokio::fs::read_to_string(&path)
            .await
            .map_err(|error| failed(format!("{error}; it belongs to the backup, keep both together")))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(failed(format!("it is of format {}, and this rpm-api reads {FORMAT}", manifest.format)));
        }
        let (sha256, bytes) = sum(file).await?;
        if (&sha256, bytes) != (&manifest.sha256, manifest.bytes) {
            return Err(Error::internal(format!(
                "{} is damaged: it is not the file that {} tells of",
                file.display(),
                path.display()
            )));
        }
        Ok(manifest)
    }

    /// Tables that are otherwise than they were.
    pub(super) fn differences(&self, found: &BTreeMap<String, TableSum>) -> Vec<String> {
        let names: BTreeSet<&String> = self.tables.keys().chain(found.keys()).collect();
        let told = |table: Option<&TableSum>| {
            table.map_or_else(|| "not there".to_owned(), |table| format!("{} rows, {}", table.rows, table.digest))
        };
        let differs = |name: &&String| self.tables.get(*name) != found.get(*name);
        names
            .into_iter()
            .filter(differs)
            .map(|name| format!("{name}: {}, not {}", told(found.get(name)), told(self.tables.get(name))))
            .collect()
    }
}

/// Where the manifest of a file is.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

/// SHA-256 (hexadecimal) and length of a file.
pub(super) async fn sum(file: &Path) -> Result<(String, u64)> {
    let failed = |error: std::io::Error| Error::internal(format!("{}: {error}", file.display()));
    let mut open = tokio::fs::File::open(file).await.map_err(failed)?;
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let read = open.read(&mut piece).await.map_err(failed)?;
        if read == 0 {
            let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((hex, bytes));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}
