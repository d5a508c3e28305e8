//! Two families of errors.
//!
//! A [`ClientError`] is an expected outcome: its text and code are part of the API and are shown as they are.
//! Everything else is internal: it is logged whole with the request's id, and the client sees that id and nothing else.

use std::error::Error as StdError;
use std::sync::Arc;

use serde_json::Value;

/// What an operation of ours can end in besides success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An expected outcome, shown to the client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The database failed. Its text is for the log: what stands in rows and requests is left out.
    #[error("database: {}", without_values(.0))]
    Database(#[source] sea_orm::DbErr),
    /// The error of a batch, shared by all who waited for it.
    #[error(transparent)]
    Shared(#[from] Arc<Error>),
    /// Anything else that should not happen.
    #[error("{0}")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// The result of every fallible operation of ours.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Expected outcomes, each with a stable code (`extensions.code`).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// No identity, or one that no longer holds.
    #[error("{0}")]
    Unauthenticated(String),
    /// The role does not allow the operation as such (never used for single rows: those are not found).
    #[error("{0}")]
    Forbidden(String),
    /// No such row, or none that the caller may see.
    #[error("No such {what}: {key}")]
    NotFound {
        /// The kind of thing looked for.
        what: &'static str,
        /// The id, code or name it was looked for by.
        key: String,
    },
    /// An argument that cannot be used.
    #[error("{message}")]
    BadUserInput {
        /// Path of the argument (`["input", "actualHours"]`).
        field: Vec<String>,
        /// What is wrong with it.
        message: String,
    },
    /// The row is not in the state that the operation needs.
    #[error("{message}")]
    Conflict {
        /// Why the operation cannot go ahead.
        message: String,
        /// The row as it is now.
        current: Value,
    },
    /// The event cursor is older than the log.
    #[error("The cursor is older than the event log; start again from a query's eventCursor")]
    CursorExpired,
    /// Too many requests.
    #[error("Too many requests; try again in {retry_after_seconds} s")]
    RateLimited {
        /// Seconds until a request is worth trying again.
        retry_after_seconds: u64,
    },
    /// More is under way than the server takes on at once: nothing was done.
    #[error("The server is at work on as much as it can; try again in {retry_after_seconds} s")]
    Overloaded {
        /// Seconds until a request is worth trying again.
        retry_after_seconds: u64,
    },
    /// Something that is needed does not answer now. A change that was under way may have been made.
    #[error(
        "{what} cannot be reached now; try again in {retry_after_seconds} s. It is safe to repeat a change that may have been made"
    )]
    Unavailable {
        /// What is needed.
        what: &'static str,
        /// Seconds until a request is worth trying again.
        retry_after_seconds: u64,
    },
    /// The database was told to stop at something that took too long.
    #[error("The operation took too long and was stopped")]
    TimedOut,
}

/// What callers are told while the database is away, has no connection left, or is being restarted.
static DATABASE_AWAY: ClientError = ClientError::Unavailable { what: "The database", retry_after_seconds: 1 };

/// What callers are told of a statement that took longer than one may.
static STATEMENT_STOPPED: ClientError = ClientError::TimedOut;

impl From<sea_orm::DbErr> for Error {
    /// Text with U+0000 is the caller's: PostgreSQL holds no such text, wherever it comes in.
    fn from(error: sea_orm::DbErr) -> Self {
        match sqlstate(&error).as_deref() {
            Some("22021" | "22P05") => Self::Client(ClientError::BadUserInput {
                field: Vec::new(),
                message: "Text must not contain the character U+0000".to_owned(),
            }),
            _ => Self::Database(error),
        }
    }
}

/// SQLSTATE of a database error, where it has one.
#[must_use]
pub fn sqlstate(error: &sea_orm::DbErr) -> Option<String> {
    driver_error(error)?.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// What a database said, with its SQLSTATE. Where it complains of a value (class 22), the value is left out; the details, which name
/// keys and rows, always are.
fn without_values(error: &sea_orm::DbErr) -> String {
    use sea_orm::{DbErr, RuntimeErr};
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return error.to_string();
    };
    let Some(said) = source.as_database_error() else { return error.to_string() };
    let state = said.code().unwrap_or_default();
    let message = if state.starts_with("22") { unquoted(said.message()) } else { said.message().to_owned() };
    format!("{message} (SQLSTATE {state})")
}

/// A text without what stands in quotes.
fn unquoted(text: &str) -> String {
    text.split('"').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "\"…\"" }).collect()
}

/// What the driver said.
fn driver_error(error: &sea_orm::DbErr) -> Option<&sea_orm::SqlxError> {
    use sea_orm::{DbErr, RuntimeErr};
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => Some(&**source),
        _ => None,
    }
}

/// Whether the connection broke under a statement, or was ended by the database: what ran on it is not known to have been done, and
/// another connection may be good.
#[must_use]
pub fn is_broken_off(error: &sea_orm::DbErr) -> bool {
    use sea_orm::SqlxError;
    let ended = |code: &str| code.starts_with("08") || code.starts_with("57P") || code == "25P03";
    let is_of_the_line = matches!(
        driver_error(error),
        Some(SqlxError::Io(_) | SqlxError::Protocol(_) | SqlxError::Tls(_) | SqlxError::WorkerCrashed)
    );
    is_of_the_line || sqlstate(error).is_some_and(|code| ended(&code))
}

/// Whether the database is away, or cannot take on anything now: no connection is to be had, it lacks memory, disk or connections, is
/// being started or stopped, or is not the one that writes any more.
#[must_use]
pub fn is_away(error: &sea_orm::DbErr) -> bool {
    use sea_orm::DbErr;
    let lacks = |code: &str| code.starts_with("53") || matches!(code, "58030" | "25006" | "40001" | "40P01");
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || is_broken_off(error)
        || sqlstate(error).is_some_and(|code| lacks(&code))
}

/// SQLSTATE of a statement that was stopped because it took too long.
const QUERY_CANCELED: &str = "57014";

impl ClientError {
    /// The code clients switch on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::BadUserInput { .. } => "BAD_USER_INPUT",
            Self::Conflict { .. } => "CONFLICT",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Overloaded { .. } => "OVERLOADED",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::TimedOut => "TIMEOUT",
        }
    }

    /// An unusable argument; `field` is its dotted path (`input.actualHours`).
    pub fn input(field: &str, message: impl Into<String>) -> Self {
        Self::BadUserInput { field: field.split('.').map(str::to_owned).collect(), message: message.into() }
    }

    /// When to come back, where that is known.
    pub const fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_seconds }
            | Self::Overloaded { retry_after_seconds }
            | Self::Unavailable { retry_after_seconds, .. } => Some(*retry_after_seconds),
            _ => None,
        }
    }

    /// Whether the server cannot help it: worth a word in the log, and another try.
    pub const fn is_of_the_server(&self) -> bool {
        matches!(self, Self::Overloaded { .. } | Self::Unavailable { .. } | Self::TimedOut)
    }

    /// A row that is not there, or not for the caller.
    pub fn not_found(what: &'static str, key: impl ToString) -> Self {
        Self::NotFound { what, key: key.to_string() }
    }
}

impl Error {
    /// Wraps an error that is nobody's fault but ours.
    pub fn internal(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// Whether the database is away, directly or behind a batch: another try may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => is_away(error),
            Self::Shared(error) => error.is_passing(),
            Self::Client(_) | Self::Internal(_) => false,
        }
    }

    /// The code clients switch on.
    pub fn code(&self) -> &'static str {
        self.client().map_or("INTERNAL", ClientError::code)
    }

    /// What happened, for the log.
    pub fn causes(&self) -> String {
        match self {
            Self::Database(error) => error.to_string(),
            Self::Shared(error) => error.causes(),
            Self::Client(_) | Self::Internal(_) => self.to_string(),
        }
    }

    /// The expected outcome that this is, if it is one. The database being away is one: it is announced, and passes.
    pub fn client(&self) -> Option<&ClientError> {
        match self {
            Self::Client(error) => Some(error),
            Self::Shared(error) => error.client(),
            Self::Database(error) if is_away(error) => Some(&DATABASE_AWAY),
            Self::Database(error) if sqlstate(error).as_deref() == Some(QUERY_CANCELED) => Some(&STATEMENT_STOPPED),
            Self::Database(_) | Self::Internal(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

    use super::*;

    #[test]
    fn a_value_that_the_database_complains_of_is_left_out() {
        assert_eq!(unquoted("invalid input syntax for type uuid: \"secret\""), "invalid input syntax for type uuid: \"…\"");
        assert_eq!(unquoted("value \"secret"), "value \"…\"");
        assert_eq!(unquoted("division by zero"), "division by zero");
    }

    #[test]
    fn a_database_that_is_away_is_told_from_a_mistake_of_ours() {
        let io = || SqlxError::Io(std::io::ErrorKind::ConnectionReset.into());
        let code = |error: DbErr| Error::from(error).code();
        assert_eq!(code(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), "UNAVAILABLE");
        assert_eq!(code(DbErr::Conn(RuntimeErr::SqlxError(SqlxError::PoolTimedOut.into()))), "UNAVAILABLE");
        assert_eq!(code(DbErr::Query(RuntimeErr::SqlxError(io().into()))), "UNAVAILABLE");
        assert_eq!(code(DbErr::Query(RuntimeErr::SqlxError(SqlxError::RowNotFound.into()))), "INTERNAL");
        assert_eq!(code(DbErr::Type("no such status: paused".to_owned())), "INTERNAL");
        assert!(is_broken_off(&DbErr::Exec(RuntimeErr::SqlxError(io().into()))));
        assert!(!is_broken_off(&DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), "waiting again would not help");
    }
}
