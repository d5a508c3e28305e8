//! The harness: a real PostgreSQL, a database and a server of its own for every test, and clients as users have them.

pub mod bigquery;
pub mod browser;
pub mod client;
pub mod cloud_storage;
pub mod collector;
pub mod deaf;
pub mod hook;
pub mod line;
pub mod mail;
pub mod node;
pub mod own_postgres;
pub mod postgres;
pub mod server;
pub mod socket;
pub mod wire;

pub use bigquery::BigQuery;
pub use browser::{browse, browse_on};
pub use client::Answer;
pub use cloud_storage::CloudStorage;
pub use collector::Collector;
pub use deaf::Deaf;
pub use hook::Hook;
pub use mail::Mail;
pub use postgres::TestDatabase;
pub use server::{Server, http, rpm_api};
pub use socket::Socket;
pub use wire::Wire;

use std::path::PathBuf;

/// A file of the tests' own inputs.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
