//! Access tokens: JWTs signed by the server's own secrets, with the algorithm pinned.
//!
//! The newest secret signs. Those before it still verify, so that a secret can be replaced while tokens are out: a token names its
//! secret in `kid`, by a hash that tells nothing of it.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{ClientError, Error, Result};
use crate::ids::{MemberId, SessionId};

/// Issuer of our tokens.
const ISSUER: &str = "rpm-api";

/// Clock difference between instances that is forgiven, in seconds.
const LEEWAY_SECONDS: u64 = 5;

/// The shortest secret, in bytes (as long as the hash).
pub const MIN_SECRET_BYTES: usize = 32;

/// What a token is for: one for another purpose is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Access to the API.
    Access,
    /// A sign-in that waits for the identity provider's answer.
    SignIn,
}

impl Purpose {
    const fn audience(self) -> &'static str {
        match self {
            Self::Access => "rpm-api",
            Self::SignIn => "rpm-api/sign-in",
        }
    }
}

/// What every token says, beside what it is about.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope<T> {
    iss: String,
    aud: String,
    /// Issued at, seconds since 1970.
    iat: i64,
    /// The same in microseconds: what ends all that was issued before a moment must not end what is issued right after.
    #[serde(default)]
    issued_us: i64,
    /// Not valid before, seconds since 1970.
    nbf: i64,
    /// Not valid from, seconds since 1970.
    exp: i64,
    #[serde(flatten)]
    about: T,
}

/// Whom an access token stands for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Access {
    /// The member.
    pub sub: MemberId,
    /// The session; none for tokens of the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
}

/// A token's content with its times.
#[derive(Clone, Copy, Debug)]
pub struct Verified<T> {
    /// What it is about.
    pub about: T,
    /// When it was issued, to the microsecond.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

struct Secret {
    kid: String,
    bytes: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Secret {
    fn new(bytes: &[u8]) -> Result<Self> {
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(Error::internal(format!("JWT_SECRET must have at least {MIN_SECRET_BYTES} bytes")));
        }
        let hash = Sha256::digest([b"kid", bytes].concat());
        Ok(Self {
            kid: hash[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes: bytes.to_vec(),
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
        })
    }
}

/// Signs and checks tokens.
pub struct Tokens {
    /// The newest first.
    secrets: Vec<Secret>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens signed with a secret of at least [`MIN_SECRET_BYTES`] bytes; those signed with the previous ones still hold.
    ///
    /// # Errors
    /// When a secret is shorter.
    pub fn new<'a>(secret: &'a [u8], previous: impl IntoIterator<Item = &'a [u8]>) -> Result<Self> {
        let secrets = std::iter::once(secret).chain(previous).map(Secret::new).collect::<Result<_>>()?;
        Ok(Self { secrets })
    }

    /// A key for another purpose, which tells nothing of the secret that it follows from, nor of keys for other purposes.
    #[must_use]
    pub fn derive(&self, purpose: &[u8]) -> Vec<u8> {
        let secret = self.secrets.first().map(|secret| secret.bytes.as_slice()).unwrap_or_default();
        super::secret::derived(secret, purpose)
    }

    /// The same out of each secret, the newest first: for what must hold on while a secret is replaced.
    #[must_use]
    pub fn derive_each(&self, purpose: &[u8]) -> Vec<Vec<u8>> {
        self.secrets().map(|secret| super::secret::derived(secret, purpose)).collect()
    }

    /// The secrets themselves, the newest first.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secret| secret.bytes.as_slice())
    }

    /// A token, and when it ends.
    ///
    /// # Errors
    /// When signing fails, which it does not.
    pub fn issue<T: Serialize>(
        &self,
        purpose: Purpose,
        about: T,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Result<(String, DateTime<Utc>)> {
        let expires_at = now + lifetime;
        let envelope = Envelope {
            iss: ISSUER.to_owned(),
            aud: purpose.audience().to_owned(),
            iat: now.timestamp(),
            issued_us: now.timestamp_micros(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
            about,
        };
        let secret = self.secrets.first().ok_or_else(|| Error::internal("no secret"))?;
        let header = Header { kid: Some(secret.kid.clone()), ..Header::new(Algorithm::HS256) };
        Ok((encode(&header, &envelope, &secret.encoding).map_err(Error::internal)?, expires_at))
    }

    /// What a token says, if it is ours, for this purpose, and valid now.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub fn verify<T: DeserializeOwned + Clone>(&self, purpose: Purpose, token: &str) -> Result<Verified<T>, ClientError> {
        let kid = decode_header(token).ok().and_then(|header| header.kid);
        let secret = self.secrets.iter().find(|secret| Some(&secret.kid) == kid.as_ref()).ok_or_else(invalid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[purpose.audience()]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        let envelope = decode::<Envelope<T>>(token, &secret.decoding, &validation).map(|data| data.claims).map_err(|error| {
            match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => {
                    ClientError::Unauthenticated("The token has expired".to_owned())
                }
                _ => invalid(),
            }
        })?;
        let issued_at = DateTime::from_timestamp_micros(envelope.issued_us).ok_or_else(invalid)?;
        let expires_at = DateTime::from_timestamp(envelope.exp, 0).ok_or_else(invalid)?;
        Ok(Verified { issued_at, expires_at, about: envelope.about })
    }
}

/// A token that is not ours, or not any more; which of the two is nobody's business.
pub(super) fn invalid() -> ClientError {
    ClientError::Unauthenticated("The token is not valid".to_owned())
}
