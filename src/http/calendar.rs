//! What is due, for calendars that ask again and again: by a link that holds a secret, and nothing else.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::conditional::{known_tags, tag, tagged};
use super::errors::{Rejection, code};
use crate::error::Result;

/// Reads what a link shows, by its secret: none where there is no such link. As entries of a calendar, or as tasks where the second is
/// true.
pub type ReadCalendar = Arc<dyn Fn(String, bool) -> BoxFuture<'static, Result<Option<String>>> + Send + Sync>;

/// How it is asked for.
#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "as")]
    form: Option<String>,
}

/// The route.
pub(super) fn routes(read: ReadCalendar) -> Router {
    Router::new().route("/calendar/{file}", get(show)).with_state(read)
}

async fn show(
    State(read): State<ReadCalendar>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let missing = || Rejection::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "There is no such calendar.").into_json();
    let Some(secret) = file.strip_suffix(".ics") else { return missing() };
    match read(secret.to_owned(), asked.form.as_deref() == Some("tasks")).await {
        Ok(Some(calendar)) => {
            let tag = tag(&calendar);
            let response = ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], Body::from(calendar)).into_response();
            tagged(response, tag, &known_tags(&headers))
        }
        Ok(None) => missing(),
        Err(error) => {
            tracing::error!(%error, "a calendar cannot be read");
            Rejection::new(StatusCode::SERVICE_UNAVAILABLE, code::INTERNAL, "The calendar cannot be read now.").into_json()
        }
    }
}
