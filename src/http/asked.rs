//! An operation in the words in which it came.

use axum::extract::{Query, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Uri};

use super::errors::Rejection;
use super::graphql::read_body;
use super::params::Params;

/// The words of an operation.
pub(super) enum Asked {
    /// The query string of a GET.
    Get(Uri),
    /// The body of a POST.
    Post(Vec<u8>),
}

impl Asked {
    /// Reads them; a body up to a limit.
    pub(super) async fn read(request: Request, is_get: bool, body_bytes: usize) -> Result<Self, Rejection> {
        if is_get {
            return Ok(Self::Get(request.uri().clone()));
        }
        read_body(request, body_bytes).await.map(Self::Post)
    }

    /// The same text asks for the same.
    pub(super) fn text(&self) -> &[u8] {
        match self {
            Self::Get(uri) => uri.query().unwrap_or_default().as_bytes(),
            Self::Post(body) => body,
        }
    }

    /// What they mean.
    pub(super) fn params(&self) -> Result<Params, Rejection> {
        let params = match self {
            Self::Get(uri) => {
                let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
                    .map_err(|error| Rejection::bad_request(format!("The query string cannot be read: {error}.")))?;
                Params::from_pairs(pairs)
            }
            Self::Post(body) => Params::from_body(body),
        };
        params.map_err(Rejection::bad_request)
    }
}

/// Whether the caller wants an answer that is made for this request: `Cache-Control: no-cache`, or `no-store`.
pub(super) fn wants_fresh(headers: &HeaderMap) -> bool {
    let directives =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    directives.map(str::trim).any(|one| one.eq_ignore_ascii_case("no-cache") || one.eq_ignore_ascii_case("no-store"))
}
