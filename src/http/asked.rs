//! An operation in the words in which it came.

use axum::extract::{Query, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Uri};

use super::errors::Rejection;
use super::graphql::read_body;
use super::params::Params;

/// The words of an operation: the query string of a GET, the body of a POST.
pub(super) struct Asked {
    is_get: bool,
    uri: Uri,
    body: Vec<u8>,
}

impl Asked {
    /// Reads them; a body up to a limit.
    pub(super) async fn read(request: Request, is_get: bool, body_bytes: usize) -> Result<Self, Rejection> {
        let uri = request.uri().clone();
        let body = if is_get { Vec::new() } else { read_body(request, body_bytes).await? };
        Ok(Self { is_get, uri, body })
    }

    /// The same text asks for the same.
    pub(super) fn text(&self) -> &[u8] {
        if self.is_get { self.uri.query().unwrap_or_default().as_bytes() } else { &self.body }
    }

    /// What they mean.
    pub(super) fn params(&self) -> Result<Params, Rejection> {
        let params = if self.is_get {
            let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&self.uri)
                .map_err(|error| Rejection::bad_request(format!("The query string cannot be read: {error}.")))?;
            Params::from_pairs(pairs)
        } else {
            Params::from_body(&self.body)
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
