//! The data lake as a command uses it.

use std::sync::Arc;

use super::{private_home, tokens};
use crate::config::{self, Common};
use crate::error::{Error, Result};
use crate::ingest::Depot;
use crate::lake::{self, Lake, Lifecycle, LinkSigner, Outbox};
use cluster::default_home;

/// The path of the links that a folder's lake gives.
pub const LINKS: &str = "/lake";

/// The lake and its outbox; none where neither is set and the database is not the private one.
///
/// # Errors
/// When the lake cannot be opened, or the outbox's folder cannot be made.
pub async fn depot(common: &Common, settings: &config::Lake) -> Result<Option<Depot>> {
    let Some(lake) = open(common, settings, None).await? else { return Ok(None) };
    Ok(Some(Depot::new(lake, outbox(common, settings)?)))
}

/// The outbox.
///
/// # Errors
/// When its folder cannot be made.
pub fn outbox(common: &Common, settings: &config::Lake) -> Result<Outbox> {
    let home = || match common.database_url {
        Some(_) => Ok(common.home.clone().unwrap_or_else(default_home)),
        None => private_home(common),
    };
    let folder = settings.outbox.clone().map_or_else(|| home().map(|home| home.join("outbox")), Ok)?;
    Outbox::open(&folder).map_err(|error| Error::internal(format!("the outbox {}: {error}", folder.display())))
}

/// The lake; none where it is not set and the database is not the private one.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(common: &Common, settings: &config::Lake, links: Option<LinkSigner>) -> Result<Option<Arc<dyn Lake>>> {
    let address = match (&settings.address, &common.database_url) {
        (Some(address), _) => address.clone(),
        (None, Some(_)) => return Ok(None),
        (None, None) => private_home(common)?.join("lake").to_string_lossy().into_owned(),
    };
    let failed = |error| Error::internal(format!("the lake {address}: {error}"));
    let lake = lake::open(&address, options(settings, links)).await.map_err(failed)?;
    // A folder has nobody else to give it its rules; a bucket is made by `provision`, by those who may.
    if !lake.location().starts_with("gs://") {
        lake.provision(&Lifecycle::standard()).await.map_err(failed)?;
    }
    Ok(Some(lake))
}

/// What a lake is opened with.
pub(super) fn options(settings: &config::Lake, links: Option<LinkSigner>) -> lake::Options {
    lake::Options {
        links,
        endpoint: settings.endpoint.clone(),
        project: settings.project_id.clone(),
        region: Some(settings.region.clone()),
    }
}

/// What signs the links to a folder's lake: the secret of this installation.
///
/// # Errors
/// As [`tokens`].
pub fn link_signer(common: &Common, public_url: Option<&str>) -> Result<LinkSigner> {
    let key = tokens(common)?.derive(b"lake links");
    LinkSigner::new(&key, format!("{}{LINKS}", public_url.unwrap_or_default())).map_err(Error::internal)
}
