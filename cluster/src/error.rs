use std::{io, path::PathBuf, time::Duration};

/// What can go wrong with the private PostgreSQL. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error(
        "PostgreSQL's programs `initdb` and `postgres`, version {oldest} or newer, were not found. \
         Run `make` once to get them, or set RPM_PG_BIN to the folder that holds them, \
         or set DATABASE_URL to use another database. Looked at:{looked_at}"
    )]
    ProgramsMissing {
        oldest: u32,
        /// One line a folder, with the reason why it does not do.
        looked_at: String,
    },

    #[error(
        "PostgreSQL's programs `pg_dump` and `pg_restore`, version {wanted} or newer (the database's), were not found. \
         Install them (Debian: postgresql-client), or set RPM_PG_BIN to the folder that holds them. Looked at:{looked_at}"
    )]
    ClientsMissing {
        wanted: u32,
        /// One line a folder, with the reason why it does not do.
        looked_at: String,
    },

    #[error("RPM_PG_BIN is {}, which cannot be used: {reason}", folder.display())]
    ProgramsUnusable { folder: PathBuf, reason: String },

    #[error(
        "the data in {} was written by PostgreSQL {data}, but no programs of that version were found. \
         Install PostgreSQL {data} or set RPM_PG_BIN to its folder; or set RPM_HOME to another folder to start afresh. \
         Looked at:{looked_at}",
        home.display()
    )]
    DataVersion { home: PathBuf, data: u32, looked_at: String },

    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor a user `nobody` \
         to run it as. Run rpm-api as another user, or create the user `postgres`"
    )]
    NoAccount,

    #[error(
        "PostgreSQL will run as user `{user}`, who cannot enter {}, which lies on the way to {}. \
         Set RPM_HOME to a folder that every user can reach, such as /var/lib/rpm-api",
        barrier.display(),
        home.display()
    )]
    Unreachable { user: String, barrier: PathBuf, home: PathBuf },

    #[error("{} holds other things than a database of rpm-api. Set RPM_HOME to a folder that is empty or does not exist yet", home.display())]
    NotOurs { home: PathBuf },

    #[error(
        "the socket folder {} is not a private folder of the user that runs PostgreSQL. \
         Remove it, or set RPM_HOME to a folder with a shorter path",
        folder.display()
    )]
    SocketFolder { folder: PathBuf },

    #[error(
        "another rpm-api{} already serves from {}. Stop it, or set RPM_HOME to another folder",
        process(*pid),
        home.display()
    )]
    AlreadyServing { home: PathBuf, pid: Option<u32> },

    #[error(
        "the database in {} was still busy after {} s{}. Wait until that is done, or stop it",
        home.display(),
        waited.as_secs(),
        holder(*owner, *postgres)
    )]
    Busy {
        home: PathBuf,
        waited: Duration,
        /// The process that last owned the cluster.
        owner: Option<u32>,
        /// The PostgreSQL that runs in the folder.
        postgres: Option<u32>,
    },

    #[error(
        "PostgreSQL (process {pid}), started by something else, runs on {}. \
         Stop it, or set RPM_HOME to another folder",
        data.display()
    )]
    Occupied { data: PathBuf, pid: u32 },

    #[error("{program} failed ({outcome}). It said in {}:\n{said}", log.display())]
    Program {
        program: &'static str,
        outcome: String,
        log: PathBuf,
        /// What the program wrote, the last lines of it.
        said: String,
    },

    #[error("PostgreSQL stopped by itself ({outcome}); the reason is in {}. Start rpm-api again", log.display())]
    Died { outcome: String, log: PathBuf },

    #[error(
        "PostgreSQL did not stop within {} s and was told to stop at once; the next start recovers what was committed",
        waited.as_secs()
    )]
    Unclean { waited: Duration },

    #[error("cannot {action} {}: {source}{}", path.display(), hint(source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error("cannot run work beside the server: {0}")]
    Thread(String),
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

fn holder(owner: Option<u32>, postgres: Option<u32>) -> String {
    let named = [("rpm-api", owner), ("postgres", postgres)]
        .into_iter()
        .filter_map(|(name, pid)| Some(format!("{name} process {}", pid?)))
        .collect::<Vec<_>>()
        .join(", ");
    if named.is_empty() { named } else { format!(" ({named})") }
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            ". If the folder belongs to another user, run as that user or set RPM_HOME to another folder"
        }
        io::ErrorKind::StorageFull => ". Free some disk space",
        _ => "",
    }
}

/// Says what was being done to which path when the operating system refused.
pub(super) trait Context<T> {
    fn context(self, action: &'static str, path: &std::path::Path) -> Result<T, ClusterError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &std::path::Path) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::Io { action, path: path.to_owned(), source })
    }
}
