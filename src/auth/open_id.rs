//! Sign-in with an identity provider: the OpenID Connect code flow with PKCE, and ID tokens that a page got by itself (Firebase).
//!
//! A library does the protocol. What is ours: which algorithms count, that a token of the future does not, that the e-mail must be
//! verified, and when the provider's keys are read again.

use std::pin::Pin;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndUserEmail, HttpRequest, HttpResponse, IssuerUrl, JsonWebKeySetUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope as OpenIdScope, SignatureVerificationError, TokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::bucket::Bucket;
use crate::error::{Error, Result};

/// How long a provider may take for an answer, and how large that may be.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// How long what a provider says of itself, its keys included, is taken as read.
const FRESH: Duration = Duration::from_secs(3600);

/// How long a provider that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(2);

/// How often a minute the keys are read again because a token names one that is not known. Tokens come from strangers.
const REREADS_PER_MINUTE: u64 = 10;

/// Clock difference that is forgiven.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// What signs ID tokens: never a shared secret, never nothing.
fn algorithms() -> [CoreJwsSigningAlgorithm; 3] {
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256, CoreJwsSigningAlgorithm::EdDsa]
}

/// A provider and how it knows us.
#[derive(Clone)]
pub struct ProviderConfig {
    /// Its issuer URL.
    pub issuer: String,
    /// Our id there: the audience of its tokens.
    pub client_id: String,
    /// Our secret there; none for a public client.
    pub client_secret: Option<String>,
    /// Where it sends people back to.
    pub redirect_url: String,
    /// Where its keys are; found by discovery where absent. Firebase describes itself in too few words to be discovered.
    pub keys_url: Option<String>,
}

/// What a provider says of itself.
#[derive(Debug)]
struct Known {
    issuer: IssuerUrl,
    keys: CoreJsonWebKeySet,
    /// None where only its keys are asked for.
    metadata: Option<CoreProviderMetadata>,
}

impl std::fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderConfig").field("issuer", &self.issuer).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Who a provider says that somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// An address that the provider has verified.
    pub email: String,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// What was presented does not hold, or the person is not one of ours. The text is for the log.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider does not answer as it should.
    #[error("the identity provider: {0}")]
    Provider(String),
    /// Our own fault.
    #[error(transparent)]
    Internal(#[from] Error),
}

/// A sign-in that waits for the provider's answer; it stays with the browser that began it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// Names it in the provider's answer.
    pub state: String,
    nonce: String,
    verifier: String,
    /// The path to go to afterwards.
    pub return_to: String,
}

/// What was read of a provider, and when.
#[derive(Debug, Default)]
struct Read {
    known: Option<(Instant, Arc<Known>)>,
    failed: Option<Instant>,
}

/// A provider, with what is known of it.
#[derive(Debug)]
pub struct Provider {
    config: ProviderConfig,
    http: Http,
    read: Mutex<Read>,
    rereads: SyncMutex<Bucket>,
}

impl Provider {
    /// A provider; it is asked when it is needed.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(config: ProviderConfig) -> Result<Self> {
        let http = crate::tls::http_client().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).no_proxy();
        Ok(Self {
            config,
            http: Http(http.build().map_err(Error::internal)?),
            read: Mutex::default(),
            rereads: SyncMutex::new(Bucket::full(REREADS_PER_MINUTE, Instant::now())),
        })
    }

    /// Its issuer URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Reads what the provider says of itself; how many keys it signs with. That it answers under the name it is known by here is
    /// part of the protocol.
    ///
    /// # Errors
    /// When it does not answer, or as another.
    pub async fn examine(&self) -> Result<usize, SignInError> {
        Ok(self.read().await?.keys.keys().len())
    }

    /// Begins a sign-in: where to send the browser, and what to remember of it.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn begin(&self, return_to: String) -> Result<(String, Pending), SignInError> {
        let known = self.known(FRESH).await?;
        let redirect = RedirectUrl::new(self.config.redirect_url.clone()).map_err(Error::internal)?;
        let client = self.client(&known)?.set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(OpenIdScope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let pending =
            Pending { state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret(), return_to };
        Ok((url.into(), pending))
    }

    /// Ends a sign-in with the code that the provider sent along.
    ///
    /// # Errors
    /// When the provider or its answer refuses.
    pub async fn finish(&self, pending: &Pending, code: String) -> Result<Identity, SignInError> {
        let known = self.known(FRESH).await?;
        let redirect = RedirectUrl::new(self.config.redirect_url.clone()).map_err(Error::internal)?;
        let client = self.client(&known)?.set_redirect_uri(redirect);
        let answer: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| SignInError::Provider(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                openidconnect::RequestTokenError::ServerResponse(said) => SignInError::Refused(format!("the code: {said}")),
                openidconnect::RequestTokenError::Request(error) => SignInError::Provider(error.to_string()),
                // An answer that makes no sense: what of it could be trusted?
                other => refused(other),
            })?;
        let token = answer.id_token().ok_or_else(|| SignInError::Provider("no ID token".to_owned()))?;
        let nonce = Nonce::new(pending.nonce.clone());
        let (known, claims) = self
            .claims(known, token, |said: Option<&Nonce>| match said {
                Some(said) if said.secret() == nonce.secret() => Ok(()),
                _ => Err("another nonce".to_owned()),
            })
            .await?;
        if let Some(said) = claims.access_token_hash() {
            let verifier = self.verifier(&known);
            let algorithm = token.signing_alg().map_err(refused)?;
            let key = token.signing_key(&verifier).map_err(refused)?;
            let hash = AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(refused)?;
            if hash != *said {
                return Err(SignInError::Refused("the access token is not the one of the ID token".to_owned()));
            }
        }
        if claims.email().is_some() {
            return self.identity(claims.email(), claims.email_verified());
        }
        // Some providers say the e-mail here only.
        let client = self.client(&known)?;
        let request = client
            .user_info(answer.access_token().clone(), Some(claims.subject().clone()))
            .map_err(|error| SignInError::Provider(error.to_string()))?;
        let said: CoreUserInfoClaims = request.request_async(&self.http).await.map_err(refused)?;
        self.identity(said.email(), said.email_verified())
    }

    /// Who an ID token stands for that a page got from the provider by itself.
    ///
    /// # Errors
    /// When it does not hold.
    pub async fn verify(&self, token: &str) -> Result<Identity, SignInError> {
        let token: CoreIdToken = token.parse().map_err(|_| SignInError::Refused("not an ID token".to_owned()))?;
        let known = self.known(FRESH).await?;
        // The nonce was between the page and the provider.
        let (_, claims) = self.claims(known, &token, |_: Option<&Nonce>| Ok(())).await?;
        self.identity(claims.email(), claims.email_verified())
    }

    fn identity(&self, email: Option<&EndUserEmail>, is_verified: Option<bool>) -> Result<Identity, SignInError> {
        let email = email.ok_or_else(|| SignInError::Refused("no e-mail address".to_owned()))?;
        if is_verified != Some(true) {
            return Err(SignInError::Refused("the e-mail address is not verified".to_owned()));
        }
        Ok(Identity { issuer: self.config.issuer.clone(), email: email.to_string() })
    }

    /// The claims of a token that holds, and what was known of the provider then.
    async fn claims(
        &self,
        known: Arc<Known>,
        token: &CoreIdToken,
        nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
    ) -> Result<(Arc<Known>, CoreIdTokenClaims), SignInError> {
        let check = |known: &Known| token.claims(&self.verifier(known), &nonce).cloned();
        match check(&known) {
            Ok(claims) => return Ok((known, claims)),
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            )) if self.may_reread() => {}
            Err(error) => return Err(refused(error)),
        }
        // The provider may have new keys.
        let known = self.known(Duration::ZERO).await?;
        let claims = check(&known).map_err(refused)?;
        Ok((known, claims))
    }

    fn may_reread(&self) -> bool {
        let mut rereads = self.rereads.lock().unwrap_or_else(PoisonError::into_inner);
        rereads.take(1, REREADS_PER_MINUTE, Instant::now()).is_ok()
    }

    fn verifier(&self, known: &Known) -> CoreIdTokenVerifier<'static> {
        let client_id = ClientId::new(self.config.client_id.clone());
        CoreIdTokenVerifier::new_public_client(client_id, known.issuer.clone(), known.keys.clone())
            .set_allowed_algs(algorithms())
            .set_issue_time_verifier_fn(|issued_at: DateTime<Utc>| {
                if issued_at > Utc::now() + LEEWAY { Err("issued in the future".to_owned()) } else { Ok(()) }
            })
            .set_other_audience_verifier_fn(|_| false)
    }

    /// What the provider says of itself, read not longer ago than `age`.
    async fn known(&self, age: Duration) -> Result<Arc<Known>, SignInError> {
        let mut last = self.read.lock().await;
        if let Some((at, known)) = &last.known
            && at.elapsed() < age
        {
            return Ok(Arc::clone(known));
        }
        // Those who waited for the same answer do not each wait for another one.
        let read = match last.failed {
            Some(failed) if failed.elapsed() < PAUSE => Err(SignInError::Provider("no answer a moment ago".to_owned())),
            _ => self.read().await,
        };
        match read {
            Ok(known) => {
                let known = Arc::new(known);
                *last = Read { known: Some((Instant::now(), Arc::clone(&known))), failed: None };
                Ok(known)
            }
            Err(error) => {
                last.failed = Some(Instant::now());
                match &last.known {
                    // What it said an hour ago is most likely still so. Its keys are another matter where they do not fit.
                    Some((_, known)) if age > Duration::ZERO => Ok(Arc::clone(known)),
                    _ => Err(error),
                }
            }
        }
    }

    async fn read(&self) -> Result<Known, SignInError> {
        fn failed(error: impl std::error::Error) -> SignInError {
            SignInError::Provider(format!("{error}: {}", source(&error)))
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(Error::internal)?;
        if let Some(url) = &self.config.keys_url {
            let url = JsonWebKeySetUrl::new(url.clone()).map_err(Error::internal)?;
            let keys = CoreJsonWebKeySet::fetch_async(&url, &self.http).await.map_err(failed)?;
            return Ok(Known { issuer, keys, metadata: None });
        }
        let metadata = CoreProviderMetadata::discover_async(issuer.clone(), &self.http).await.map_err(failed)?;
        Ok(Known { issuer, keys: metadata.jwks().clone(), metadata: Some(metadata) })
    }

    fn client(&self, known: &Known) -> Result<DiscoveredClient, SignInError> {
        let metadata = known.metadata.clone().ok_or_else(|| Error::internal("a provider of keys only"))?;
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        Ok(CoreClient::from_provider_metadata(metadata, ClientId::new(self.config.client_id.clone()), secret))
    }
}

type DiscoveredClient = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

fn refused(error: impl std::error::Error) -> SignInError {
    SignInError::Refused(format!("{error}: {}", source(&error)))
}

/// The causes of an error, for the log.
fn source(error: &dyn std::error::Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}

/// The library's requests by our client.
#[derive(Debug)]
struct Http(reqwest::Client);

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("{0}")]
    Request(#[from] reqwest::Error),
    #[error("more than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut answer = self.0.execute(request.try_into()?).await?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = HttpResponse::new(body);
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}
