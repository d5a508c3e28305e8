//! The database: reached in steps, each told apart, and then whether it is as this program needs it.

use std::convert::Infallible;

use tokio::net::{TcpStream, lookup_host};

use super::finding::Finding;
use super::{Examiner, Opened, inside};
use crate::commands::{Database, Use};
use crate::error::Result;
use crate::store::{DatabaseAddress, NotLetIn};
use cluster::{OLDEST_MAJOR, default_home, find_programs};

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
    let database = match examiner.ask(async { Ok::<_, Infallible>(address.enter().await) }).await {
        Ok(Ok(mut examination)) => {
            examiner.tell(Finding::ok("database login", &address, "lets us in"))?;
            inside::examine(examiner, &address, &mut examination).await?;
            examination.leave().await;
            match opened {
                Some(database) => Some(database),
                // The rest goes through a pool, as the server's questions do.
                None => Box::pin(examiner.ask(Database::open(examiner.common, Use::Join))).await.ok(),
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
        inside::hints(examiner, database).await?;
        inside::principal(examiner, &database.store).await?;
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
        NotLetIn::Other(why) if why.contains("startup parameter") => (
            "database login",
            why,
            "a pooler in front takes no such setting: ignore_startup_parameters = extra_float_digits in PgBouncer's",
        ),
        NotLetIn::Other(why) => ("database login", why, "the database's own log says more"),
    };
    Finding::failed(check, address, why, advice)
}
