//! Answers as text. Those to queries can be given again, to others too.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use super::budget::Charge;
use super::conditional::tag;
use super::meter::Meter;
use super::negotiation::MediaType;
use crate::answers::Answer;
use crate::resolvers::Demand;

/// An answer without errors: its data, what it costs to ask for it, and what it is counted by.
#[derive(Debug)]
pub struct Kept {
    data: String,
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
        Self { data, demand, meter, tag: OnceLock::new() }
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
        let cost = if charge.is_worth_a_word() { charge.extension_text() } else { String::new() };
        let mut body = String::with_capacity(kept.data.len() + cost.len() + 32);
        body.push_str("{\"data\":");
        body.push_str(&kept.data);
        if !cost.is_empty() {
            body.push_str(",\"extensions\":{\"cost\":");
            body.push_str(&cost);
            body.push('}');
        }
        body.push('}');
        let mut response = Response::new(Body::from(body));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
        charge.headers(response.headers_mut());
        response
    }
}
