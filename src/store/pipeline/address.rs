//! Where the database is, for the driver that pipelines: read as the pool's driver reads it, so that both speak to the same one.

use std::env;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::statement_options;
use crate::tls;

/// A connection on which nothing comes back for so long is dead.
const SILENT_FOR: Duration = Duration::from_secs(10);

/// After so long without a word, it is asked whether anybody is there.
const ASKED_AFTER: Duration = Duration::from_secs(60);

/// How the database is connected to. None where that takes what is not done here: a certificate that is to be checked.
pub(super) fn config(url: &str, statement_timeout: Option<Duration>) -> Option<(Config, MakeRustlsConnect)> {
    let options = statement_options(url.parse::<PgConnectOptions>().ok()?, statement_timeout);
    let mut config = Config::new();
    match options.get_socket() {
        Some(folder) => config.host_path(folder),
        None => config.host(options.get_host()),
    };
    config.port(options.get_port()).user(options.get_username());
    config.dbname(options.get_database().unwrap_or(options.get_username()));
    config.tcp_user_timeout(SILENT_FOR).keepalives_idle(ASKED_AFTER);
    if let Some(password) = password(url) {
        config.password(password);
    }
    if let Some(name) = options.get_application_name() {
        config.application_name(name);
    }
    if let Some(settings) = options.get_options() {
        config.options(settings);
    }
    config.ssl_mode(match options.get_ssl_mode() {
        PgSslMode::Disable => SslMode::Disable,
        PgSslMode::Allow | PgSslMode::Prefer => SslMode::Prefer,
        PgSslMode::Require => SslMode::Require,
        _ => return None,
    });
    Some((config, MakeRustlsConnect::new(tls::unchecked())))
}

/// The password that a URL names, or the environment (`PGPASSWORD`).
fn password(url: &str) -> Option<Vec<u8>> {
    let url = reqwest::Url::parse(url).ok()?;
    let asked = url.query_pairs().find(|(name, _)| name == "password").map(|(_, password)| password.into_owned().into_bytes());
    let named = url.password().map(|password| percent_decode_str(password).collect());
    asked.or(named).or_else(|| env::var("PGPASSWORD").ok().map(String::into_bytes))
}
