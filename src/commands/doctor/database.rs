//! The database: reached in steps, each told apart, and then whether it is as this program needs it.

use std::time::Duration;

use chrono::TimeDelta;
use migration::{Migrator, MigratorTrait};
use tokio::net::{TcpStream, lookup_host};

use super::finding::Finding;
use super::{Examiner, Opened};
use crate::cluster::{OLDEST_MAJOR, default_home, find_programs};
use crate::commands::{Database, Use};
use crate::error::Result;
use crate::store::{DatabaseAddress, Examination, MAX_CONNECTIONS, NotLetIn, Scope, Store};

/// How long a hint of our own may take to be heard. (The one who listens gives up after three seconds.)
const HEARD_WITHIN: Duration = Duration::from_secs(4);

/// Clock differences that make a warning, and a failure: beyond the latter, tokens of one are not valid for the other.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(2);
const CLOCKS_WRONG: TimeDelta = TimeDelta::seconds(60);

/// Examines the database, and leaves it open for those who come after.
pub(super) async fn examine(examiner: &mut Examiner<'_>) -> Result<Opened> {
    let (opened, address) = match examiner.common.database_url.clone() {
        Some(url) => {
            let Some(address) = reach(examiner, &url).await? else { return Ok(Opened::default()) };
            (None, address)
        }
        None => match private(examiner).await? {
            Some((database, address)) => (Some(database), address),
            None => return Ok(Opened::default()),
        },
    };
    let database = match examiner.ask(async { Ok::<_, NotLetIn>(address.enter().await) }).await {
        Ok(Ok(mut examination)) => {
            examiner.tell(Finding::ok("database login", &address, "lets us in"))?;
            inside(examiner, &address, &mut examination).await?;
            examination.leave().await;
            match opened {
                Some(database) => Some(database),
                // The rest goes through a pool, as the server's questions do.
                None => examiner.ask(Database::open(examiner.common, Use::Join)).await.ok(),
            }
        }
        Ok(Err(refusal)) => {
            examiner.tell(not_let_in(&address, refusal))?;
            opened
        }
        Err(error) => {
            examiner.tell(Finding::failed(
                "database login",
                &address,
                error,
                "the port is open, and what listens there says nothing: is it PostgreSQL?",
            ))?;
            opened
        }
    };
    if let Some(database) = &database {
        hints(examiner, database).await?;
        principal(examiner, &database.store).await?;
    }
    Ok(Opened(database))
}

/// The private PostgreSQL, if there is one already.
async fn private(examiner: &mut Examiner<'_>) -> Result<Option<(Database, DatabaseAddress)>> {
    let home = examiner.common.home.clone().unwrap_or_else(default_home);
    match find_programs(examiner.common.pg_bin.as_deref()) {
        Ok(folder) => {
            examiner.tell(Finding::ok("PostgreSQL programs", folder.display(), format!("version {OLDEST_MAJOR} or newer")))?
        }
        Err(error) => {
            examiner.tell(Finding::failed("PostgreSQL programs", "PATH and the usual folders", error, "see above"))?;
            return Ok(None);
        }
    }
    if !home.join("data").exists() {
        examiner.tell(Finding::ok("database", home.display(), "the private PostgreSQL is made at the first start"))?;
        return Ok(None);
    }
    // Not by `ask`: to give it up while it starts would leave a PostgreSQL behind, and it gives itself up after a minute.
    match Database::open(examiner.common, Use::Migrate).await {
        Ok(database) => match DatabaseAddress::parse(&database.url) {
            Ok(address) => Ok(Some((database, address))),
            Err(error) => {
                database.close().await;
                Err(crate::error::Error::internal(error))
            }
        },
        Err(error) => {
            let log = format!("the log is {}", home.join("postgres.log").display());
            examiner.tell(Finding::failed("database", home.display(), error, log))?;
            Ok(None)
        }
    }
}

/// Name and port of DATABASE_URL.
async fn reach(examiner: &mut Examiner<'_>, url: &str) -> Result<Option<DatabaseAddress>> {
    let address = match DatabaseAddress::parse(url) {
        Ok(address) => address,
        Err(error) => {
            examiner.tell(Finding::failed(
                "database address",
                "DATABASE_URL",
                error,
                "set it to postgres://USER:PASSWORD@HOST/DATABASE",
            ))?;
            return Ok(None);
        }
    };
    let Some((host, port)) = address.host() else {
        let folder = address.socket().cloned().unwrap_or_default();
        let there = folder.join(".s.PGSQL.5432").exists() || folder.exists();
        let advice = "is PostgreSQL running, and is this its unix_socket_directories?";
        let looked_at = folder.display();
        examiner.tell(if there {
            Finding::ok("database address", looked_at, "the folder of the socket is there")
        } else {
            Finding::failed("database address", looked_at, "there is no such folder", advice)
        })?;
        return Ok(there.then_some(address));
    };
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let found = examiner.ask(async { lookup_host((name.as_str(), port)).await.map(Iterator::collect::<Vec<_>>) }).await;
    let addresses = match found {
        Ok(found) if !found.is_empty() => found,
        none => {
            let why = none.err().unwrap_or_else(|| "it has no address".to_owned());
            let advice = "is the host of DATABASE_URL spelled right, and does this machine's DNS know it (a private name needs the private network)?";
            examiner.tell(Finding::failed("database address", host, why, advice))?;
            return Ok(None);
        }
    };
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    examiner.tell(Finding::ok("database address", host, format!("is {}", shown.join(", "))))?;
    let looked_at = format!("{host} port {port}");
    match examiner.ask(TcpStream::connect(&addresses[..])).await {
        Ok(_) => examiner.tell(Finding::ok("database port", looked_at, "is open"))?,
        Err(error) => {
            let advice = "is PostgreSQL running there and listening on that address, and does a firewall, or a network that is not peered, stand between?";
            examiner.tell(Finding::failed("database port", looked_at, error, advice))?;
            return Ok(None);
        }
    }
    Ok(Some(address))
}

fn not_let_in(address: &DatabaseAddress, refusal: NotLetIn) -> Finding {
    let (check, why, advice) = match refusal {
        NotLetIn::Line(why) => (
            "database login",
            why,
            "the connection broke off: is it PostgreSQL, and does something between it and here close connections?",
        ),
        NotLetIn::Tls(why) => (
            "database TLS",
            why,
            "add ?sslmode=require to DATABASE_URL, or verify-full with sslrootcert=FILE; sslmode=disable where the server has no TLS",
        ),
        NotLetIn::Login(why) => (
            "database login",
            why,
            "user and password of DATABASE_URL are not those of the database, or pg_hba.conf does not let this machine in",
        ),
        NotLetIn::NoDatabase(why) => ("database login", why, "create it: CREATE DATABASE … OWNER …; then run `rpm-api migrate`"),
        NotLetIn::Full(why) => {
            ("database login", why, "end what holds connections, raise max_connections, or lower RPM_MAX_CONNECTIONS")
        }
        NotLetIn::Passing(why) => ("database login", why, "it is starting or stopping: ask again in a minute"),
        NotLetIn::Other(why) => ("database login", why, "the database's own log says more"),
    };
    Finding::failed(check, address, why, advice)
}

/// What can be seen from inside.
async fn inside(examiner: &mut Examiner<'_>, address: &DatabaseAddress, examination: &mut Examination) -> Result<()> {
    match examiner.ask(examination.condition()).await {
        Ok(condition) => {
            let (major, minor) = (condition.version / 10_000, condition.version % 10_000);
            let version = format!("PostgreSQL {major}.{minor}");
            examiner.tell(if u32::try_from(major).is_ok_and(|major| major >= OLDEST_MAJOR) {
                Finding::ok("database version", address, version)
            } else {
                Finding::failed("database version", address, version, format!("PostgreSQL {OLDEST_MAJOR} or newer is needed"))
            })?;
            if condition.is_read_only {
                let advice = "point DATABASE_URL at the primary";
                examiner.tell(Finding::failed("database writes", address, "takes no changes", advice))?;
            }
            let (allowed, open) = condition.connections;
            let left = condition.role_limit.map_or(allowed - open, |limit| (allowed - open).min(limit.into()));
            let wanted = i64::from(examiner.common.max_connections.clamp(1, MAX_CONNECTIONS)) + 1;
            let found = format!("{open} of {allowed} are open; one server takes up to {wanted}");
            examiner.tell(if left >= wanted {
                Finding::ok("connections", address, found)
            } else {
                Finding::warning(
                    "connections",
                    address,
                    found,
                    "raise max_connections, lower RPM_MAX_CONNECTIONS, or run fewer servers",
                )
            })?;
        }
        Err(error) => examiner.tell(Finding::failed("database version", address, error, "the database's own log says more"))?,
    }
    let applied = examiner.ask(examination.migrations()).await;
    examiner.tell(match applied {
        Ok(applied) => {
            let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
            let pending = known.iter().filter(|name| !applied.contains(*name)).count();
            let newer = applied.iter().filter(|name| !known.contains(name)).count();
            match (pending, newer) {
                (0, 0) => Finding::ok("migrations", address, format!("all {} are applied", known.len())),
                (0, newer) => {
                    Finding::ok("migrations", address, format!("all {} are applied, and {newer} of a newer rpm-api", known.len()))
                }
                (pending, _) => Finding::failed(
                    "migrations",
                    address,
                    format!("{pending} of {} are not applied", known.len()),
                    "run `rpm-api migrate`, or serve with --migrate",
                ),
            }
        }
        Err(error) => Finding::failed("migrations", address, error, "may this role read the table seaql_migrations?"),
    })?;
    let lacking = examiner.ask(examination.lacking_rights()).await;
    examiner.tell(match lacking {
        Ok(lacking) if lacking.is_empty() => Finding::ok("rights", address, "enough on every table"),
        Ok(lacking) => {
            let found = format!("there is no {}", lacking.join(", "));
            Finding::failed("rights", address, found, "grant them, or let the tables belong to this role")
        }
        Err(error) => Finding::failed("rights", address, error, "the database's own log says more"),
    })?;
    let difference = examiner.ask(examination.clock_difference()).await;
    examiner.tell(match difference {
        Ok((difference, way)) => {
            let found = format!("{} ms from ours, give or take {}", difference.num_milliseconds(), way.num_milliseconds());
            let advice = "let both machines set their clocks by NTP: who is signed in, and what is overdue, is told by them";
            match difference.abs() - way {
                large if large > CLOCKS_WRONG => Finding::failed("clock", address, found, advice),
                large if large > CLOCKS_DIFFER => Finding::warning("clock", address, found, advice),
                _ => Finding::ok("clock", address, found),
            }
        }
        Err(error) => Finding::failed("clock", address, error, "the database's own log says more"),
    })?;
    let pooled = examiner.ask(examination.is_pooled()).await;
    examiner.tell(match (pooled, &examiner.serve.listen_url) {
        (Ok(false), _) => Finding::ok("pooler", address, "none that divides sessions"),
        (Ok(true), Some(_)) => Finding::ok("pooler", address, "one in transaction mode; RPM_LISTEN_URL goes past it"),
        (Ok(true), None) => {
            let advice = "set RPM_LISTEN_URL to the database itself: without it changes are looked for twice a second, and answers are not remembered";
            Finding::warning("pooler", address, "one in transaction mode", advice)
        }
        (Err(error), _) => Finding::warning("pooler", address, error, "two connections at once were not to be had"),
    })
}

/// Whether changes are heard of.
async fn hints(examiner: &mut Examiner<'_>, database: &Database) -> Result<()> {
    let (name, url) = match &examiner.serve.listen_url {
        Some(url) => ("RPM_LISTEN_URL", url),
        None => ("LISTEN", &database.url),
    };
    let looked_at = match DatabaseAddress::parse(url) {
        Ok(address) => format!("{name} {address}"),
        Err(error) => {
            return examiner.tell(Finding::failed("hints", name, error, "set it to postgres://USER:PASSWORD@HOST/DATABASE"));
        }
    };
    let mut hints = database.store.hints(url.clone());
    let heard = tokio::time::timeout(HEARD_WITHIN.min(examiner.patience), hints.wait_for(|hints| hints.listening)).await;
    examiner.tell(match heard {
        Ok(Ok(_)) => Finding::ok("hints", looked_at, "a word to ourselves was heard"),
        _ => Finding::warning(
            "hints",
            looked_at,
            "a word to ourselves was not heard",
            "changes are looked for twice a second meanwhile; behind a pooler set RPM_LISTEN_URL to the database itself",
        ),
    })
}

async fn principal(examiner: &mut Examiner<'_>, store: &Store) -> Result<()> {
    let name = examiner.common.principal.clone();
    let owner = examiner.ask(store.owner_by_name(Scope::All, &name)).await;
    let looked_at = format!("RPM_PRINCIPAL {name}");
    examiner.tell(match owner {
        Ok(Some(owner)) => Finding::ok("principal", looked_at, format!("is the owner {}", owner.name)),
        Ok(None) => Finding::warning(
            "principal",
            looked_at,
            "is no owner that is known",
            "read a plan that names the owner, or set RPM_PRINCIPAL to one of the spellings",
        ),
        Err(_) => Finding::warning("principal", looked_at, "cannot be looked up", "apply the migrations: `rpm-api migrate`"),
    })
}
