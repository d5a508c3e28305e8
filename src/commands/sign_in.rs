//! How people sign in to the server, as its settings say.

use chrono::TimeDelta;

use crate::auth::{AuthSettings, Provider, ProviderConfig};
use crate::config::Serve;
use crate::error::{Error, Result};

/// How long sessions and tokens last, and whether the demo is open.
pub(super) fn auth_settings(serve: &Serve) -> Result<AuthSettings> {
    Ok(AuthSettings {
        access_lifetime: TimeDelta::from_std(serve.access_lifetime).map_err(Error::internal)?,
        session_idle: TimeDelta::from_std(serve.session_idle).map_err(Error::internal)?,
        refresh_grace: TimeDelta::seconds(serve.refresh_grace.into()),
        demo: serve.demo,
    })
}

/// The identity provider that people sign in with.
pub(super) fn provider(serve: &Serve) -> Result<Option<Provider>> {
    let (Some(client_id), Some(public_url)) = (&serve.oidc_client_id, &serve.public_url) else { return Ok(None) };
    let config = ProviderConfig {
        issuer: serve.oidc_issuer.clone(),
        client_id: client_id.clone(),
        client_secret: serve.oidc_client_secret.clone(),
        redirect_url: format!("{public_url}/auth/callback"),
        keys_url: None,
    };
    Provider::new(config).map(Some)
}

/// Whose ID tokens are taken from pages.
pub(super) fn firebase(serve: &Serve) -> Result<Option<Provider>> {
    let Some(project) = &serve.firebase_project else { return Ok(None) };
    let config = ProviderConfig {
        issuer: format!("{}/{project}", serve.firebase_issuer),
        client_id: project.clone(),
        client_secret: None,
        redirect_url: String::new(),
        keys_url: Some(serve.firebase_keys.clone()),
    };
    Provider::new(config).map(Some)
}
