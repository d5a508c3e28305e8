//! `rpm-api key`: how machines sign in.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{ACTOR, Database, Use, print};
use crate::auth::secret;
use crate::config::{Common, Key};
use crate::error::Result;
use crate::store::{NewApiKey, Store};

/// Creates, revokes or lists keys.
///
/// # Errors
/// When the member is none, or no machine's, or the database fails.
pub async fn run(common: &Common, key: &Key) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let outcome = apply(&database.store, key).await;
    database.close().await;
    outcome
}

async fn apply(store: &Store, key: &Key) -> Result<()> {
    match key {
        Key::Create { email, name, days, requests_per_minute, cost_per_minute } => {
            let (secret, hint) = secret::api_key();
            let new = NewApiKey {
                member: email.clone(),
                name: name.chars().take(100).collect(),
                hint,
                hash: secret::hash(&secret),
                requests_per_minute: *requests_per_minute,
                cost_per_minute: *cost_per_minute,
                expires_at: Utc::now() + TimeDelta::days((*days).into()),
            };
            store.create_api_key(ACTOR, &new).await?;
            print(&format!("{secret}\n"))
        }
        Key::Revoke { id } => {
            store.revoke_api_key(ACTOR, *id).await?;
            list(store).await
        }
        Key::List => list(store).await,
    }
}

async fn list(store: &Store) -> Result<()> {
    let emails: HashMap<_, _> = store.members().await?.into_iter().map(|member| (member.id, member.email)).collect();
    let day = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
    for key in store.api_keys().await? {
        let email = emails.get(&key.member_id).map_or("", String::as_str);
        let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |used| format!("used {}", day(used)));
        let standing = if key.revoked_at.is_some() { "revoked".to_owned() } else { format!("ends {}", day(key.expires_at)) };
        print(&format!("{}\t{}…\t{email}\t{}\t{standing}\t{used}\n", key.id, key.hint, key.name))?;
    }
    Ok(())
}
