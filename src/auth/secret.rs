//! Opaque secrets: refresh tokens and API keys. The database holds their hashes.
//!
//! They are random and long, so a plain hash is as good as a slow one, and there is nothing to guess by timing: they are looked up
//! by that hash.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What API keys begin with, so that one that leaks is recognised by whoever scans for such things.
pub const KEY_PREFIX: &str = "rpm_key_";

/// Characters of a key that are kept to tell it from others.
const HINT: usize = KEY_PREFIX.len() + 4;

/// 256 bits as text.
fn random() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What the database knows a secret by.
#[must_use]
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A new API key, and what it is told from others by.
#[must_use]
pub fn api_key() -> (String, String) {
    let key = format!("{KEY_PREFIX}{}", random());
    let hint = key[..HINT].to_owned();
    (key, hint)
}

/// What the links of calendars end with: another prefix, so that one is never taken for a key.
#[must_use]
pub fn calendar_link() -> String {
    format!("rpm_cal_{}", random())
}

/// The first refresh token of a session.
pub(super) fn refresh_token() -> String {
    random()
}

/// A key that follows from a secret, for one purpose.
pub(super) fn derived(secret: &[u8], purpose: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(b"key for ");
    mac.update(purpose);
    mac.finalize().into_bytes().to_vec()
}

/// The refresh token that replaces another. It follows from it and the server's secret, and from nothing less: all who present
/// the same token at once get the same successor, on whichever instance, although the database holds only its hash.
///
/// # Errors
/// None: HMAC takes keys of any length.
pub(super) fn successor(token: &str, secret: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(Error::internal)?;
    mac.update(b"refresh token after ");
    mac.update(token.as_bytes());
    Ok(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
