use std::{
    env, fs, io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    account::{Account, is_root},
    error::{ClusterError, Context},
};

/// The home of root's cluster: root's own home folder is closed to the user that PostgreSQL runs as.
pub(super) const ROOT_HOME: &str = "/var/lib/rpm-api";

/// The port is only a part of the socket's name. Fixed, so that no `PGPORT` of the environment changes it.
pub(super) const PORT: u16 = 5432;

/// The longest path of a Unix socket, in bytes (`sockaddr_un` less its closing zero).
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Where the cluster lives when `RPM_HOME` does not say: `/var/lib/rpm-api` for root, otherwise
/// `$XDG_DATA_HOME/rpm-api` or `~/.local/share/rpm-api`.
pub fn default_home() -> PathBuf {
    if is_root() {
        return ROOT_HOME.into();
    }
    env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute()) // the specification says to ignore others
        .or_else(|| Some(env::home_dir()?.join(".local/share")))
        .unwrap_or_else(|| ".".into())
        .join("rpm-api")
}

/// Files and folders by which a home is known. The lake and the outbox may come before there is a database.
const OURS: [&str; 9] = [
    "data",
    "cluster.lock",
    "serve.lock",
    "users.lock",
    "postgres.log",
    "postgresql",
    "jwt_secret",
    "lake/.lake",
    "outbox/entries",
];

/// Whether a folder has been a home before. One with other things in it (a source tree, somebody's home) is no place for a
/// database, and most likely a slip.
fn holds_something_of_ours(home: &Path) -> bool {
    OURS.iter().any(|ours| home.join(ours).exists())
}

/// The files of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Absolute and free of links, so that all ways to name it lead to the same sockets.
    pub(super) home: PathBuf,
}

impl Folder {
    /// Makes the home folder where it is missing.
    pub(super) fn open(home: &Path) -> Result<Self, ClusterError> {
        let missing: Vec<_> = home.ancestors().take_while(|folder| !folder.exists()).collect();
        // An empty folder is ours to shape (`mktemp -d` makes it 0700); one with something in it is not.
        let ours = !missing.is_empty() || fs::read_dir(home).context("read", home)?.next().is_none();
        if !ours && !holds_something_of_ours(home) {
            return Err(ClusterError::NotOurs { home: home.to_owned() });
        }
        fs::DirBuilder::new()
            .recursive(true) // which does not mind another command that makes the same folder now
            .mode(0o700)
            .create(home)
            .context("create", home)?;
        // Other commands may have put something of ours there before there was a cluster.
        if is_root() && (ours || !home.join("data").exists()) {
            // The user that PostgreSQL runs as goes through it, and needs to see nothing else of it.
            for folder in missing.into_iter().chain([home]) {
                let found = fs::metadata(folder).context("examine", folder)?;
                let mode = found.permissions().mode() | 0o011;
                fs::set_permissions(folder, fs::Permissions::from_mode(mode)).context("change the mode of", folder)?;
            }
        }
        let home = fs::canonicalize(home).context("find", home)?;
        Ok(Self { home })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Where `initdb` works until its result is whole.
    pub(super) fn data_in_the_making(&self) -> PathBuf {
        self.home.join(format!("data.new.{}", std::process::id()))
    }

    /// Removes what starts that were killed left of [`Self::data_in_the_making`].
    pub(super) fn remove_half_made_data(&self) -> Result<(), ClusterError> {
        for entry in fs::read_dir(&self.home).context("read", &self.home)? {
            let entry = entry.context("read", &self.home)?;
            if entry.file_name().as_bytes().starts_with(b"data.new.") {
                fs::remove_dir_all(entry.path()).context("remove", &entry.path())?;
            }
        }
        Ok(())
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// The major version of PostgreSQL that wrote the data; `None` when there is none yet.
    pub(super) fn data_version(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("read", &path),
        }
    }

    /// What PostgreSQL itself says about its state.
    pub(super) fn pid_file(&self) -> Option<PidFile> {
        PidFile::parse(&fs::read_to_string(self.data().join("postmaster.pid")).ok()?)
    }

    /// The folder for the socket, made and given to `account`: in the home folder, or, when its path is too long for a
    /// socket, a folder with a name made from that path among the temporary files.
    pub(super) fn socket_folder(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let usual = self.home.join("socket");
        let (folder, shared_place) =
            if usable_for_socket(&usual) { (usual, false) } else { (self.short_socket_folder(account), true) };
        let made = match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            made => {
                made.context("create", &folder)?;
                true
            }
        };
        if made || !shared_place {
            account.give(&folder)?;
        }
        // Among the temporary files somebody else may have put something under our name.
        let found = fs::symlink_metadata(&folder).context("examine", &folder)?;
        let private = found.is_dir() && found.uid() == account.uid.as_raw() && found.permissions().mode() & 0o077 == 0;
        if !private || !usable_for_socket(&folder) {
            return Err(ClusterError::SocketFolder { folder });
        }
        Ok(folder)
    }

    /// Leaves nothing among the temporary files. Not worth an error: the next start takes the folder over.
    pub(super) fn remove_socket_folder(&self, folder: &Path) {
        if !folder.starts_with(&self.home) {
            let _ = fs::remove_dir(folder);
        }
    }

    fn short_socket_folder(&self, account: &Account) -> PathBuf {
        let digest = Sha256::digest(self.home.as_os_str().as_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("rpm-api-{}-{name}", account.uid);
        env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|folder| !is_root() && folder.is_dir() && usable_for_socket(&folder.join(&name)))
            .unwrap_or_else(|| "/tmp".into())
            .join(name)
    }

    /// Removes what remains of a PostgreSQL that was killed. Only for who holds the cluster's lock, which every process
    /// of a PostgreSQL that we started holds too: so none of those is left, whatever process bears its number by now.
    /// PostgreSQL's own check looks at that number only, and a container gives out the same few at every start.
    pub(super) fn clear_after_kill(&self, socket_folder: &Path) -> Result<(), ClusterError> {
        let data = self.data();
        if let Some(found) = self.pid_file()
            && works_in(found.pid, &data)
        {
            return Err(ClusterError::Occupied { data, pid: found.pid });
        }
        if !cfg!(target_os = "linux") {
            return Ok(()); // cannot tell a stranger's: leave the decision to PostgreSQL
        }
        let socket = format!(".s.PGSQL.{PORT}");
        for stale in [data.join("postmaster.pid"), socket_folder.join(format!("{socket}.lock")), socket_folder.join(socket)] {
            match fs::remove_file(&stale) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).context("remove", &stale);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether process `pid` has `folder` as its working folder, as each PostgreSQL has its data folder.
fn works_in(pid: u32, folder: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder)
}

/// PostgreSQL takes a list of folders with commas and quotes, URLs take text, and the operating system a short path.
fn usable_for_socket(folder: &Path) -> bool {
    let length = folder.as_os_str().len() + format!("/.s.PGSQL.{PORT}").len();
    length <= LONGEST_SOCKET && folder.to_str().is_some_and(|text| !text.contains([',', '"']) && !text.contains(char::is_control))
}

/// The lines of `postmaster.pid` that we use.
#[derive(Debug)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) socket_folder: PathBuf,
    pub(super) ready: bool,
}

impl PidFile {
    /// The lines are: process, data folder, start time, port, socket folder, listen address, shared memory, status.
    /// The last ones are missing while PostgreSQL starts.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid: i32 = lines.next()?.trim().parse().ok()?; // negative in single-user mode
        let socket_folder = lines.nth(3).unwrap_or_default();
        let status = lines.nth(2).unwrap_or_default();
        Some(Self { pid: pid.unsigned_abs(), socket_folder: socket_folder.into(), ready: status.trim_end() == "ready" })
    }
}
