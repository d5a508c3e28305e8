//! The database from inside: version, schema, rights, clock, and whether changes are heard of.

use std::time::Duration;

use chrono::TimeDelta;
use migration::{Migrator, MigratorTrait};

use super::Examiner;
use super::finding::Finding;
use crate::commands::Database;
use crate::error::Result;
use crate::store::{DatabaseAddress, Examination, MAX_CONNECTIONS, Scope, Store};
use cluster::OLDEST_MAJOR;

/// How long a hint of our own may take to be heard. (The one who listens gives up after three seconds.)
const HEARD_WITHIN: Duration = Duration::from_secs(4);

/// Clock differences that make a warning, and a failure: beyond the latter, tokens of one are not valid for the other.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(2);
const CLOCKS_WRONG: TimeDelta = TimeDelta::seconds(60);

/// What its own word and its tables show.
pub(super) async fn examine(examiner: &mut Examiner<'_>, address: &DatabaseAddress, examination: &mut Examination) -> Result<()> {
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
                (pending, _) if examiner.common.database_url.is_none() || examiner.serve.migrate => {
                    let found = format!("{pending} of {} are not applied; `serve` does so at its start", known.len());
                    Finding::ok("migrations", address, found)
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
        (Err(error), _) if error.contains("prepared statement") => {
            let advice = "PgBouncer has to be 1.21 or newer, with max_prepared_statements above 0; or go without it: a server opens at most 20 connections";
            Finding::failed("pooler", address, "one in transaction mode that keeps no prepared statements", advice)
        }
        (Err(error), _) => Finding::warning("pooler", address, error, "two connections at once were not to be had"),
    })
}

/// Whether changes are heard of.
pub(super) async fn hints(examiner: &mut Examiner<'_>, database: &Database) -> Result<()> {
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

pub(super) async fn principal(examiner: &mut Examiner<'_>, store: &Store) -> Result<()> {
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
