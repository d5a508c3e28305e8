//! Answers as text. Those to queries can be given again, to others too.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use futures_util::stream;

use super::budget::Charge;
use super::conditional::tag;
use super::meter::Meter;
use super::negotiation::MediaType;
use crate::answers::Answer;
use crate::resolvers::Demand;

/// Room for the headers of an answer, so that the map need not grow.
const HEADERS: usize = 12;

/// An answer without errors: its data, what it costs to ask for it, and what it is counted by.
#[derive(Debug)]
pub struct Kept {
    /// JSON text.
    data: Bytes,
    pub(super) demand: Demand,
    pub(super) meter: Arc<Meter>,
    tag: OnceLock<String>,
}

impl Answer for Kept {
    fn bytes(&self) -> usize {
        self.data.len()
    }
}

impl Kept {
    pub(super) fn new(data: String, demand: Demand, meter: Arc<Meter>) -> Self {
        Self { data: data.into(), demand, meter, tag: OnceLock::new() }
    }
}

/// Such an answer for one caller.
pub(super) struct Given {
    pub(super) kept: Arc<Kept>,
    pub(super) charge: Charge,
}

impl Given {
    pub(super) fn tag(&self) -> &str {
        self.kept.tag.get_or_init(|| tag(&self.kept.data))
    }

    pub(super) fn into_response(self, media: MediaType) -> Response {
        let Self { kept, charge } = self;
        let end = if charge.is_worth_a_word() {
            Bytes::from([",\"extensions\":{\"cost\":", &charge.extension_text(), "}}"].concat())
        } else {
            Bytes::from_static(b"}")
        };
        // What all are given is not copied for each.
        let pieces = [Bytes::from_static(b"{\"data\":"), kept.data.clone(), end];
        let length: usize = pieces.iter().map(Bytes::len).sum();
        let mut response = Response::new(Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>))));
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        charge.headers(&mut headers);
        *response.headers_mut() = headers;
        response
    }
}
