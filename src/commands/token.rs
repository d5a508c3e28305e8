//! `rpm-api token`: a bearer token for scripts.

use chrono::Utc;

use super::{Database, Use, print, tokens};
use crate::auth::{AuthSettings, Authenticator};
use crate::config::{Common, Token};
use crate::error::{Error, Result};

/// Prints a token for a member.
///
/// # Errors
/// `NOT_FOUND` when there is no such member, or it is revoked.
pub async fn run(common: &Common, token: &Token) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let issued = async {
        let authenticator = Authenticator::new(database.store.clone(), tokens(common)?, AuthSettings::default());
        let lifetime = chrono::Duration::from_std(token.lifetime).map_err(Error::internal)?;
        authenticator.issue(&token.email, Utc::now(), lifetime).await
    }
    .await;
    database.close().await;
    print(&format!("{}\n", issued?))
}
