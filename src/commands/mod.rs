//! The subcommands: each puts the parts together and runs them.

pub mod alerts;
pub mod backtest;
pub mod backup;
mod bounds;
pub mod doctor;
pub mod export;
pub mod export_plan;
pub mod ingest;
pub mod key;
pub mod lake;
pub mod member;
pub mod migrate;
pub mod provision;
pub mod reconcile;
pub mod report;
pub mod serve;
mod sign_in;
pub mod token;
pub mod warehouse;
mod watch;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::auth::token::Tokens;
use crate::config::Common;
use crate::error::{Error, Result};
use crate::store::{Store, StoreOptions};
use cluster::{Cluster, ClusterOptions, default_home, make_home};

/// Who changes things from here, as the audit log says.
const ACTOR: &str = "command line";

/// How long the database may take to end what is under way when a command leaves it.
const CLOSED_WITHIN: Duration = Duration::from_millis(500);

/// Name of the file in RPM_HOME that holds the generated secret.
const SECRET_FILE: &str = "jwt_secret";

/// The database of a command: the one it was pointed at, or the private one.
pub struct Database {
    /// The open pool.
    pub store: Store,
    /// Where it is.
    pub url: String,
    cluster: Option<Cluster>,
}

/// How a command uses the private PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is the server: nobody else serves from the same folder.
    Serve {
        /// Whether the schema of a database that is not private is brought up to date.
        migrate: bool,
        /// How it is connected to.
        options: StoreOptions,
    },
    /// It joins what runs there, or starts it for as long as it lasts.
    Join,
    /// The same, and the schema is left as it is.
    Migrate,
    /// It replaces everything: nobody serves from the same folder meanwhile, and the schema is left as it is.
    Restore,
}

impl Database {
    /// Opens the database. The schema of a private one is brought up to date, unless the command is about just that.
    ///
    /// # Errors
    /// When PostgreSQL cannot be found, started or reached; the message says what to do.
    pub async fn open(common: &Common, how: Use) -> Result<Self> {
        let (migrate, connect) = match &how {
            Use::Serve { migrate, options } => (*migrate, options.clone()),
            Use::Join | Use::Migrate | Use::Restore => (false, StoreOptions::default()),
        };
        // Who changes the schema holds a lock on one connection meanwhile.
        let connections = if how == Use::Migrate { common.max_connections.max(2) } else { common.max_connections };
        if let Some(url) = &common.database_url {
            if migrate {
                bring_up_to_date(url).await?;
            }
            let store = Store::connect_with(url, connections, &connect).await?;
            return Ok(Self { store, url: url.clone(), cluster: None });
        }
        let options = ClusterOptions { home: common.home.clone(), pg_bin: common.pg_bin.clone(), ..ClusterOptions::default() };
        let cluster = match how {
            Use::Serve { .. } | Use::Restore => Cluster::serve(options).await,
            Use::Join | Use::Migrate => Cluster::join(options).await,
        }
        .map_err(Error::internal)?;
        let url = cluster.url();
        let opened = async {
            if !matches!(how, Use::Migrate | Use::Restore) {
                bring_up_to_date(&url).await?;
            }
            Store::connect_with(&url, connections, &connect).await
        }
        .await;
        match opened {
            Ok(store) => Ok(Self { store, url, cluster: Some(cluster) }),
            Err(error) => {
                stop(cluster).await;
                Err(error)
            }
        }
    }

    /// Resolves when the private PostgreSQL ends although nobody told it to; never for another database.
    pub async fn died(&self) -> Error {
        match &self.cluster {
            Some(cluster) => Error::internal(cluster.died().await),
            None => std::future::pending().await,
        }
    }

    /// The same, with its connections closed.
    pub async fn without_pool(self) -> Self {
        if let Err(error) = self.store.connection().close_by_ref().await {
            tracing::warn!(%error, "the pool did not close");
        }
        self
    }

    /// Closes the pool, and stops the private PostgreSQL when it was this command's.
    pub async fn close(self) {
        if tokio::time::timeout(CLOSED_WITHIN, self.store.close()).await.is_err() {
            tracing::warn!("statements were still under way when the database was left");
        }
        if let Some(cluster) = self.cluster {
            stop(cluster).await;
        }
    }
}

/// Applies the migrations that are missing, by a connection of their own, on which a statement may take as long as it takes.
async fn bring_up_to_date(url: &str) -> Result<()> {
    let store = Store::connect(url, 2).await?;
    migrate::up(&store, None).await?;
    store.close().await;
    Ok(())
}

async fn stop(cluster: Cluster) {
    if let Err(error) = cluster.stop().await {
        tracing::warn!(%error, "the private PostgreSQL did not stop as told");
    }
}

/// The tokens of this installation: signed with JWT_SECRET, or with the secret kept beside the private PostgreSQL.
///
/// # Errors
/// When DATABASE_URL is set and JWT_SECRET is not; when the secret is too short or cannot be kept.
pub fn tokens(common: &Common) -> Result<Tokens> {
    let previous = || common.jwt_previous_secret.iter().map(String::as_bytes);
    if let Some(secret) = &common.jwt_secret {
        return Tokens::new(secret.as_bytes(), previous());
    }
    if common.database_url.is_some() {
        return Err(Error::internal("set JWT_SECRET (32 bytes or more): with DATABASE_URL all instances must share it"));
    }
    Tokens::new(&kept_secret(&private_home(common)?.join(SECRET_FILE))?, previous())
}

/// The folder of the private PostgreSQL, made where it is missing: whichever command comes first.
fn private_home(common: &Common) -> Result<PathBuf> {
    let home = common.home.clone().unwrap_or_else(default_home);
    make_home(&home).map_err(Error::internal)?;
    Ok(home)
}

/// The secret in a file, made at first use and readable by its owner only.
fn kept_secret(path: &Path) -> Result<Vec<u8>> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| Error::internal(format!("the secret in {} cannot be kept: {error}", path.display()));
    match std::fs::read(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    // Two commands at once: each writes a file of its own, and the first to link it wins for both.
    let secret = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(failed)?;
    file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => std::fs::read(path).map_err(failed),
    }
}

/// Prints to standard output; a reader that has gone away is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::internal(error)),
        _ => Ok(()),
    }
}

async fn told_to_stop() -> Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}
