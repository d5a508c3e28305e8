//! How a warehouse fails.

/// Why a warehouse did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// It does not answer, or not now: another try may succeed.
    #[error("the warehouse does not answer: {0}")]
    Unavailable(String),
    /// It lets nobody in with these credentials, or with none.
    #[error("the warehouse refuses access: {0}")]
    Denied(String),
    /// There is no such data set or table: it wants to be provisioned.
    #[error("the warehouse has no such thing, run `rpm-api provision`: {0}")]
    Missing(String),
    /// There is such a data set or table already.
    #[error("the warehouse has that already: {0}")]
    Exists(String),
    /// It cannot do this, however often it is asked.
    #[error("the warehouse refuses: {0}")]
    Refused(String),
    /// The address, or a value, is none.
    #[error("{0}")]
    Invalid(String),
}

/// The result of what is asked of a warehouse.
pub type Result<T> = std::result::Result<T, WarehouseError>;

impl WarehouseError {
    /// Whether another try may succeed.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
