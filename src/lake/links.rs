//! Links by which anybody can read one version of one object for some time: what Cloud Storage's signed URLs are, for a
//! directory lake. The server that answers them is not here; it asks [`LinkSigner::verify`].

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::Sha256;

use super::error::{LakeError, Result};
use super::object::Version;
use super::{LakePath, checked_ttl};

/// The shortest key, in bytes.
pub const MIN_KEY_BYTES: usize = 32;

/// What is signed begins with this, so that a key that signs other things too signs no link by accident.
const PURPOSE: &str = "rpm-api lake link 1";

/// All but what RFC 3986 calls unreserved, and `/`.
pub(super) const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Makes links and knows them again.
#[derive(Clone)]
pub struct LinkSigner {
    mac: Hmac<Sha256>,
    base: String,
}

/// The query of a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Link {
    /// The version that may be read.
    pub version: Version,
    /// Until when, in seconds since 1970.
    pub expires: i64,
    /// HMAC-SHA256 in hexadecimal.
    pub signature: String,
}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSigner").field("base", &self.base).finish_non_exhaustive()
    }
}

impl LinkSigner {
    /// A signer with a secret key, of at least [`MIN_KEY_BYTES`], whose links begin with `base` (`https://host/lake`, `/lake`).
    pub fn new(key: &[u8], base: impl Into<String>) -> Result<Self> {
        let too_short = || LakeError::Invalid(format!("the key of links has less than {MIN_KEY_BYTES} bytes"));
        if key.len() < MIN_KEY_BYTES {
            return Err(too_short());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| too_short())?;
        Ok(Self { mac, base: base.into().trim_end_matches('/').to_owned() })
    }

    /// `{base}/{path}?version=…&expires=…&signature=…`, good for GET and HEAD until `ttl` after `now`.
    pub(super) fn sign(&self, path: &LakePath, version: Version, ttl: Duration, now: DateTime<Utc>) -> Result<String> {
        let ttl = i64::try_from(checked_ttl(ttl)?.as_secs()).unwrap_or(i64::MAX);
        let expires = now.timestamp().saturating_add(ttl);
        let signature = self.over("GET", path, version, expires).finalize().into_bytes();
        let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = utf8_percent_encode(path.as_str(), &PATH);
        Ok(format!("{}/{path}?version={version}&expires={expires}&signature={signature}", self.base))
    }

    /// Whether a request by a link may be answered; else [`LakeError::Denied`]. Compares in constant time.
    pub fn verify(&self, method: &str, path: &LakePath, link: &Link, now: DateTime<Utc>) -> Result<()> {
        let denied = |why: &str| LakeError::Denied(format!("{path}: {why}"));
        let signed = if method == "HEAD" { "GET" } else { method };
        let signature = bytes_of(&link.signature).ok_or_else(|| denied("the link's signature is none"))?;
        let mac = self.over(signed, path, link.version, link.expires);
        mac.verify_slice(&signature).map_err(|_| denied("the link's signature is not ours"))?;
        if now.timestamp() >= link.expires {
            return Err(denied("the link has expired"));
        }
        Ok(())
    }

    /// No part can run into the next: paths and methods have no line ends.
    fn over(&self, method: &str, path: &LakePath, version: Version, expires: i64) -> Hmac<Sha256> {
        let text = format!("{PURPOSE}\n{method}\n{path}\n{version}\n{expires}");
        self.mac.clone().chain_update(text)
    }
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if digits.len().is_multiple_of(2) { digits.chunks(2).map(pair).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn signer(key: u8) -> LinkSigner {
        LinkSigner::new(&[key; 32], "https://host/lake/").expect("a signer")
    }

    fn path() -> LakePath {
        LakePath::new("songs/a & b/ü?.mp3").expect("a name")
    }

    fn link() -> (String, Link) {
        let url = signer(1).sign(&path(), Version(7), Duration::from_secs(60), NOW).expect("a link");
        let signature = url.rsplit_once('=').expect("a signature").1.to_owned();
        (url, Link { version: Version(7), expires: 60, signature })
    }

    #[test]
    fn a_link_holds_until_it_expires() {
        let (url, link) = link();
        assert!(url.starts_with("https://host/lake/songs/a%20%26%20b/%C3%BC%3F.mp3?version=7&expires=60&signature="), "{url}");
        for method in ["GET", "HEAD"] {
            signer(1).verify(method, &path(), &link, NOW + Duration::from_secs(59)).expect("it holds");
        }
        let late = signer(1).verify("GET", &path(), &link, NOW + Duration::from_secs(60));
        assert!(matches!(late, Err(LakeError::Denied(_))));
    }

    #[test]
    fn a_link_opens_nothing_else() {
        let (_, good) = link();
        let other = LakePath::new("songs/other.mp3").expect("a name");
        let with = |change: &dyn Fn(&mut Link)| {
            let mut link = good.clone();
            change(&mut link);
            signer(1).verify("GET", &path(), &link, NOW)
        };
        let denied = [
            signer(2).verify("GET", &path(), &good, NOW),
            signer(1).verify("PUT", &path(), &good, NOW),
            signer(1).verify("GET", &other, &good, NOW),
            with(&|link| link.version = Version(8)),
            with(&|link| link.expires = 61),
            with(&|link| link.signature = "00".repeat(32)),
            with(&|link| link.signature.truncate(62)),
            with(&|link| link.signature = "é".repeat(32)),
            with(&|link| link.signature.clear()),
        ];
        assert!(denied.iter().all(|denied| matches!(denied, Err(LakeError::Denied(_)))), "{denied:?}");
    }

    #[test]
    fn times_and_keys_have_limits() {
        for seconds in [0, 7 * 24 * 60 * 60 + 1] {
            assert!(signer(1).sign(&path(), Version(7), Duration::from_secs(seconds), NOW).is_err());
        }
        assert!(LinkSigner::new(&[1; 31], "/lake").is_err());
    }
}
