//! Access tokens: JWTs signed by the server's own secret, with the algorithm pinned.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::error::{ClientError, Error, Result};
use crate::ids::MemberId;

/// Issuer and audience of our tokens.
const ISSUER: &str = "rpm-api";

/// Clock difference between instances that is forgiven, in seconds.
const LEEWAY_SECONDS: u64 = 5;

/// The shortest secret, in bytes (as long as the hash).
pub const MIN_SECRET_BYTES: usize = 32;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The member.
    pub sub: MemberId,
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid before, seconds since 1970.
    pub nbf: i64,
    /// Not valid from, seconds since 1970.
    pub exp: i64,
}

/// Signs and checks tokens with one secret.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens under a secret of at least [`MIN_SECRET_BYTES`] bytes.
    ///
    /// # Errors
    /// When the secret is shorter.
    pub fn new(secret: &[u8]) -> Result<Self> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(Error::internal(format!("JWT_SECRET must have at least {MIN_SECRET_BYTES} bytes")));
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        Ok(Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation })
    }

    /// A token for a member, and when it ends.
    ///
    /// # Errors
    /// When signing fails, which it does not.
    pub fn issue(&self, member: MemberId, now: DateTime<Utc>, lifetime: Duration) -> Result<(String, DateTime<Utc>)> {
        let expires_at = now + lifetime;
        let claims = Claims {
            sub: member,
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)?;
        Ok((token, expires_at))
    }

    /// What a token says, if it is ours and valid now.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub fn verify(&self, token: &str) -> Result<Claims, ClientError> {
        jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).map(|data| data.claims).map_err(|error| {
            let why = match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => "The token has expired",
                _ => "The token is not valid",
            };
            ClientError::Unauthenticated(why.to_owned())
        })
    }
}
