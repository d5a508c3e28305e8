//! The private PostgreSQL: found, made, started and stopped by this process, for those who have no `DATABASE_URL`.
//!
//! One folder, `RPM_HOME`, holds it all:
//!
//! ```text
//! data/          PostgreSQL's own, made by initdb at the first start
//! socket/        the Unix socket, the only way in; elsewhere when the path is too long for a socket
//! postgres.log   what initdb and postgres said
//! serve.lock     held alone by the server: a second one on this folder is refused
//! cluster.lock   held alone by the owner of PostgreSQL, and by every process of that PostgreSQL
//! users.lock     shared by the commands that joined; the owner takes it alone before it stops PostgreSQL
//! ```
//!
//! PostgreSQL never outlives its owner: the kernel tells it to stop when the thread that started it ends. Should that
//! take a while, the next owner waits, because `cluster.lock` is free only when the last process is gone.

mod account;
mod error;
mod folder;
mod lock;
mod log;
mod plan;
mod process;
mod programs;

use std::{
    future,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use self::{
    account::Account,
    error::Context,
    folder::{Folder, PORT},
    lock::{LockFile, wait_for},
    plan::Plan,
    process::Postgres,
};
pub use self::{
    error::ClusterError,
    folder::default_home,
    programs::{OLDEST_MAJOR, find_clients, find_programs},
};

/// The database that [`Cluster::url`] names.
pub const DATABASE: &str = "rpm";
/// The role that owns everything.
pub const ROLE: &str = "rpm";

/// How long `serve` waits for a short command that owns the cluster, or for a PostgreSQL whose owner was killed.
const OWNER_WITHIN: Duration = Duration::from_secs(30);
/// How long a joining command waits for a cluster that starts (recovery included) or stops.
const JOIN_WITHIN: Duration = Duration::from_secs(60);
/// How long an owner waits, before it stops PostgreSQL, for the commands that joined it.
const USERS_WITHIN: Duration = Duration::from_secs(10);

/// Where the cluster is and how it runs.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// `RPM_HOME`: the folder that holds the cluster; [`default_home`] when `None`.
    pub home: Option<PathBuf>,
    /// `RPM_PG_BIN`: the folder with PostgreSQL's programs; searched for when `None` (see [`find_programs`]).
    pub pg_bin: Option<PathBuf>,
    /// Whether a commit survives a power cut. `false` is for tests only. A cluster that runs already stays as it is.
    pub durable: bool,
}

/// Makes the folder of a cluster where it is missing, for what commands put there before there is a database.
///
/// # Errors
/// [`ClusterError::NotOurs`] when there are other things in it; or when it cannot be made.
pub fn make_home(home: &Path) -> Result<(), ClusterError> {
    Folder::open(home).map(drop)
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self { home: None, pg_bin: None, durable: true }
    }
}

/// A PostgreSQL that runs for as long as this lives, owned by this process or joined.
///
/// Dropping an owned one stops PostgreSQL and blocks until it has stopped, without a look at who joined; prefer
/// [`Cluster::stop`].
#[derive(Debug)]
pub struct Cluster {
    home: PathBuf,
    socket_folder: PathBuf,
    part: Part,
}

/// The fields are dropped in their order: locks go last.
#[derive(Debug)]
enum Part {
    Owner { postgres: Postgres, users: LockFile, _cluster: LockFile, _serve: Option<LockFile> },
    Joiner { _users: LockFile },
}

impl Cluster {
    /// Starts the cluster for the server, making it at the first start. One server to a folder.
    ///
    /// Waits up to 30 s for a short command that owns the cluster at the moment.
    ///
    /// # Errors
    /// [`ClusterError::AlreadyServing`] when another server has the folder; any other variant when PostgreSQL cannot be
    /// found, made or started.
    pub async fn serve(options: ClusterOptions) -> Result<Self, ClusterError> {
        blocking(move || Self::serve_now(&options)).await
    }

    /// Joins the cluster that runs in the folder; starts it when none does.
    ///
    /// # Errors
    /// [`ClusterError::Busy`] when a cluster there neither gets ready nor goes away within 60 s; any other variant when
    /// PostgreSQL cannot be found, made or started.
    pub async fn join(options: ClusterOptions) -> Result<Self, ClusterError> {
        blocking(move || Self::join_now(&options)).await
    }

    /// The database's URL, as sqlx, sea-orm and psql read it.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The URL of another database in this cluster.
    pub fn url_of(&self, database: &str) -> String {
        // Port and mode are said so that no PGPORT or PGSSLMODE of the environment takes their place.
        format!(
            "postgres://{ROLE}@localhost:{PORT}/{}?host={}&sslmode=disable",
            percent_encoded(database),
            percent_encoded(&self.socket_folder.to_string_lossy()),
        )
    }

    /// The folder that holds the cluster, absolute and free of links.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether PostgreSQL stops with this, rather than with another process.
    pub fn is_owner(&self) -> bool {
        matches!(self.part, Part::Owner { .. })
    }

    /// Waits until an owned PostgreSQL has stopped unasked (killed by a person, or for lack of memory): the server
    /// should then end with the error. Never ends for a joined one.
    pub async fn died(&self) -> ClusterError {
        let Part::Owner { postgres, .. } = &self.part else {
            return future::pending().await;
        };
        let mut died = postgres.died();
        let outcome = match died.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_default(),
            Err(_) => return future::pending().await, // it is being stopped
        };
        ClusterError::Died { outcome, log: self.home.join("postgres.log") }
    }

    /// Stops an owned PostgreSQL, after up to 10 s for those who joined it; takes leave of a joined one.
    ///
    /// # Errors
    /// [`ClusterError::Unclean`] when PostgreSQL had to be told to leave everything, [`ClusterError::Died`] when it had
    /// stopped before.
    pub async fn stop(self) -> Result<(), ClusterError> {
        blocking(move || self.stop_now()).await
    }

    fn serve_now(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let folder = open_folder(options)?;
        let mut serve = LockFile::open(&folder.home, "serve.lock")?;
        if !serve.try_own()? {
            return Err(ClusterError::AlreadyServing { pid: serve.owner(), home: folder.home });
        }
        let mut cluster = LockFile::open(&folder.home, "cluster.lock")?;
        let mut announced = false;
        let owned = wait_for(OWNER_WITHIN, || {
            if cluster.try_own()? {
                return Ok(Some(()));
            }
            if !announced {
                announced = true;
                tracing::info!(owner = cluster.owner(), "waiting for the command that uses the database");
            }
            Ok(None)
        })?;
        match owned {
            Some(()) => Self::own(options, folder, cluster, Some(serve)),
            None => Err(busy(folder, &cluster, OWNER_WITHIN)),
        }
    }

    fn join_now(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let folder = open_folder(options)?;
        let mut cluster = LockFile::open(&folder.home, "cluster.lock")?;
        let users = LockFile::open(&folder.home, "users.lock")?;
        let found = wait_for(JOIN_WITHIN, || {
            if cluster.try_own()? {
                return Ok(Some(None));
            }
            // First the lock, then the look: an owner that stops takes the lock away before it stops PostgreSQL.
            if !users.try_share()? {
                return Ok(None);
            }
            let socket_folder = running(&folder);
            if socket_folder.is_none() {
                users.release()?;
            }
            Ok(socket_folder.map(Some))
        })?;
        match found {
            Some(Some(socket_folder)) => Ok(Self { home: folder.home, socket_folder, part: Part::Joiner { _users: users } }),
            Some(None) => Self::own(options, folder, cluster, None),
            None => Err(busy(folder, &cluster, JOIN_WITHIN)),
        }
    }

    fn own(options: &ClusterOptions, folder: Folder, cluster: LockFile, serve: Option<LockFile>) -> Result<Self, ClusterError> {
        let users = LockFile::open(&folder.home, "users.lock")?;
        let account = Account::for_data(&folder.data())?;
        if let Some(barrier) = account.barrier(&folder.home) {
            return Err(ClusterError::Unreachable { user: account.name().to_owned(), barrier, home: folder.home });
        }
        let version = folder.data_version()?;
        let programs = programs::find_for(options.pg_bin.as_deref(), &account, &folder.home, version)?;
        let home = folder.home.clone();
        let socket_folder = folder.socket_folder(&account)?;
        let postgres = Postgres::start(Plan {
            folder,
            programs,
            account,
            socket_folder: socket_folder.clone(),
            durable: options.durable,
            lock: cluster.for_child()?,
        })?;
        tracing::debug!(home = %home.display(), "PostgreSQL is ready");
        Ok(Self { home, socket_folder, part: Part::Owner { postgres, users, _cluster: cluster, _serve: serve } })
    }

    fn stop_now(self) -> Result<(), ClusterError> {
        let Part::Owner { postgres, mut users, .. } = self.part else {
            return Ok(());
        };
        let alone = wait_for(USERS_WITHIN, || Ok(users.try_own()?.then_some(())))?;
        if alone.is_none() {
            tracing::warn!("PostgreSQL stops although other commands still use it");
        }
        postgres.stop()
    }
}

fn open_folder(options: &ClusterOptions) -> Result<Folder, ClusterError> {
    let home = options.home.clone().unwrap_or_else(default_home);
    let home = std::path::absolute(&home).context("find", &home)?;
    Folder::open(&home)
}

/// The socket folder of the PostgreSQL that runs and is ready, if one does.
///
/// A `postmaster.pid` may be left over, so the socket is tried first: who listens there has written the file anew.
fn running(folder: &Folder) -> Option<PathBuf> {
    let before = folder.pid_file()?;
    UnixStream::connect(before.socket_folder.join(format!(".s.PGSQL.{PORT}"))).ok()?;
    folder.pid_file().filter(|now| now.ready).map(|now| now.socket_folder)
}

fn busy(folder: Folder, cluster: &LockFile, waited: Duration) -> ClusterError {
    ClusterError::Busy { owner: cluster.owner(), postgres: folder.pid_file().map(|found| found.pid), home: folder.home, waited }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Runs work that blocks (files, locks, processes) where it holds up no other task. Work whose caller has gone is still
/// finished, and a cluster that it started is dropped, which stops it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(ClusterError::Thread(error.to_string())))
}
