use std::{
    env, fs,
    path::{self, Path, PathBuf},
    process::{Command, Stdio},
};

use super::{account::Account, error::ClusterError, folder::ROOT_HOME};

/// The oldest PostgreSQL that will do.
pub const OLDEST_MAJOR: u32 = 15;

/// Finds the folder with PostgreSQL's `initdb` and `postgres`, version 15 or newer.
///
/// `explicit` (`RPM_PG_BIN`) is the only one looked at when given. Otherwise, first match wins: the PATH, the newest
/// `/usr/lib/postgresql/*/bin`, Homebrew's folders, then the copy that `scripts/postgres.sh` fetched (which searches
/// in the same order): `.cache/postgresql/bin` in the source tree or the current folder, or
/// `/var/lib/rpm-api/postgresql/bin` when it ran as root.
///
/// As root, a folder counts only if the user that PostgreSQL will run as can run the programs in it.
///
/// # Errors
/// [`ClusterError::ProgramsMissing`] names every folder that was looked at and what it lacks;
/// [`ClusterError::ProgramsUnusable`] is about `explicit`.
pub fn find_programs(explicit: Option<&Path>) -> Result<PathBuf, ClusterError> {
    let account = Account::by_default()?;
    find(explicit, &account, |_| true).map_err(|failure| match explicit {
        Some(folder) => failure.about(folder),
        None => failure.missing(),
    })
}

/// Finds the programs for data of version `data` of PostgreSQL, or for data yet to be made.
pub(super) fn find_for(
    explicit: Option<&Path>,
    account: &Account,
    home: &Path,
    data: Option<u32>,
) -> Result<PathBuf, ClusterError> {
    find(explicit, account, |major| data.is_none_or(|data| data == major)).map_err(|failure| match (explicit, data) {
        (_, Some(data)) if failure.other_version => {
            ClusterError::DataVersion { home: home.to_owned(), data, looked_at: failure.looked_at }
        }
        (Some(folder), _) => failure.about(folder),
        (None, _) => failure.missing(),
    })
}

/// Finds the folder with `pg_dump` and `pg_restore` for a server of a version: programs of that or a newer one. Where it looks is as
/// for [`find_programs`].
///
/// # Errors
/// [`ClusterError::ClientsMissing`] names every folder that was looked at and what it lacks.
pub fn find_clients(explicit: Option<&Path>, server: u32) -> Result<PathBuf, ClusterError> {
    let folders = match explicit {
        Some(folder) => vec![path::absolute(folder).unwrap_or_else(|_| folder.to_owned())],
        None => candidates("pg_dump"),
    };
    let mut looked_at = String::new();
    for folder in folders {
        let versions: Result<Vec<u32>, String> =
            ["pg_dump", "pg_restore"].iter().map(|program| version_of_client(&folder.join(program), program)).collect();
        let reason = match versions {
            Ok(versions) if versions.iter().all(|version| *version >= server) => return Ok(folder),
            Ok(versions) => format!("they are of version {}", versions.iter().min().copied().unwrap_or_default()),
            Err(reason) => reason,
        };
        looked_at += &format!("\n  {}: {reason}", folder.display());
    }
    Err(ClusterError::ClientsMissing { wanted: server, looked_at })
}

fn version_of_client(path: &Path, program: &str) -> Result<u32, String> {
    let output = Command::new(path).arg("--version").env("LC_ALL", "C").stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no {program}"),
        _ => format!("{program} cannot be run: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    major_version(&said).ok_or_else(|| format!("`{program} --version` said {:?}", said.trim()))
}

/// Why no folder would do.
#[derive(Default)]
struct Failure {
    looked_at: String,
    last_reason: String,
    /// Programs of a version that would otherwise do were among them.
    other_version: bool,
}

impl Failure {
    fn missing(self) -> ClusterError {
        ClusterError::ProgramsMissing { oldest: OLDEST_MAJOR, looked_at: self.looked_at }
    }

    fn about(self, folder: &Path) -> ClusterError {
        ClusterError::ProgramsUnusable { folder: folder.to_owned(), reason: self.last_reason }
    }
}

fn find(explicit: Option<&Path>, account: &Account, wanted: impl Fn(u32) -> bool) -> Result<PathBuf, Failure> {
    let candidates = match explicit {
        // Absolute, because the programs run in other folders.
        Some(folder) => vec![path::absolute(folder).unwrap_or_else(|_| folder.to_owned())],
        None => candidates("postgres"),
    };
    let mut failure = Failure::default();
    for folder in candidates {
        let reason = match examine(&folder, account) {
            Ok(major) if wanted(major) => return Ok(folder),
            Ok(major) => {
                failure.other_version = true;
                format!("it has PostgreSQL {major}")
            }
            Err(reason) => reason,
        };
        failure.looked_at += &format!("\n  {}: {reason}", folder.display());
        failure.last_reason = reason;
    }
    Err(failure)
}

/// Folders that may hold the programs, the preferred ones first; those of the PATH only with the one that is asked for.
fn candidates(program: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Most folders of the PATH have nothing to do with PostgreSQL: they are not worth a line in the error message.
    let on_path = env::split_paths(&path).filter(|folder| folder.is_absolute() && folder.join(program).exists());

    let mut distribution = subfolders("/usr/lib/postgresql", "");
    distribution.sort_by_key(|folder| version_in_name(folder));
    let mut homebrew = subfolders("/opt/homebrew/opt", "postgresql");
    homebrew.extend(subfolders("/usr/local/opt", "postgresql"));
    homebrew.sort_by_key(|folder| version_in_name(folder));

    let fetched = [
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache")),
        env::current_dir().ok().map(|folder| folder.join(".cache")),
        Some(PathBuf::from(ROOT_HOME)),
    ];

    let mut all: Vec<PathBuf> = Vec::new();
    let known = on_path
        .chain(distribution.into_iter().rev().map(|folder| folder.join("bin")))
        .chain(homebrew.into_iter().rev().map(|folder| folder.join("bin")))
        .chain(fetched.into_iter().flatten().map(|folder| folder.join("postgresql/bin")));
    for folder in known {
        if !all.contains(&folder) {
            all.push(folder);
        }
    }
    all
}

fn subfolders(parent: &str, prefix: &str) -> Vec<PathBuf> {
    fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect()
}

/// The number in `15`, `postgresql@15`; 0 when there is none.
fn version_in_name(folder: &Path) -> u32 {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// The major version of the programs in `folder`, or why they cannot be used.
fn examine(folder: &Path, account: &Account) -> Result<u32, String> {
    for program in ["initdb", "postgres"] {
        match fs::metadata(folder.join(program)) {
            Ok(file) if file.is_file() => {}
            Ok(_) => return Err(format!("{program} is not a file")),
            Err(_) => return Err(format!("there is no {program}")),
        }
    }
    let postgres = folder.join("postgres");
    if let Some(barrier) = fs::canonicalize(&postgres).ok().and_then(|path| account.barrier(path.parent()?)) {
        let (user, barrier) = (account.name(), barrier.display());
        return Err(format!("user `{user}`, who would run it, cannot enter {barrier}"));
    }
    // As the user that will run it: a file that only root may run does not count, nor is a stray program run as root.
    let mut command = Command::new(&postgres);
    command.arg("--version").current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
    account.run_as_it(&mut command);
    let output = command.output().map_err(|error| format!("postgres cannot be run by user `{}`: {error}", account.name()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let major = major_version(&said).ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        format!("`postgres --version` said {:?}", format!("{said}{complaint}").trim())
    })?;
    if major < OLDEST_MAJOR {
        return Err(format!("it has PostgreSQL {major}, and {OLDEST_MAJOR} or newer is needed"));
    }
    Ok(major)
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`, `… 18beta1`, `… 19devel`.
fn major_version(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("(PostgreSQL) ")?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
