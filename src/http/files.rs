//! Files of a lake that is a folder, for those who hold a signed link. Cloud Storage serves its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::Utc;
use futures_util::TryStreamExt;

use super::errors::{Rejection, code};
use crate::lake::{Lake, LakeError, LakePath, Link, LinkSigner};

/// The lake, and what knows its links.
#[derive(Clone, Debug)]
pub struct Files {
    /// The lake.
    pub lake: Arc<dyn Lake>,
    /// Made its links.
    pub links: LinkSigner,
}

/// The route of the links; none where there is no such lake.
pub(super) fn routes(files: Option<Files>) -> Router {
    match files {
        Some(files) => Router::new().route("/lake/{*path}", get(download)).with_state(Arc::new(files)),
        None => Router::new(),
    }
}

async fn download(
    State(files): State<Arc<Files>>,
    method: Method,
    Path(path): Path<String>,
    link: Result<Query<Link>, QueryRejection>,
) -> Response {
    match open(&files, &method, path, link).await {
        Ok(response) => response,
        Err(rejection) => rejection.into_json(),
    }
}

async fn open(
    files: &Files,
    method: &Method,
    path: String,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, Rejection> {
    // Whether there is such a file is for those to know who hold a link to it.
    let denied = || Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, "The link is not valid, or no longer.");
    let path = LakePath::new(path).map_err(|_| denied())?;
    let Query(link) = link.map_err(|_| denied())?;
    files.links.verify(method.as_str(), &path, &link, Utc::now()).map_err(|_| denied())?;
    let content = files.lake.get(&path, Some(link.version)).await.map_err(|error| match error {
        LakeError::NotFound(_) => Rejection::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "The file is gone."),
        error => {
            tracing::error!(%path, %error, "a file of the lake cannot be read");
            Rejection::new(StatusCode::SERVICE_UNAVAILABLE, code::INTERNAL, "The file cannot be read now.")
        }
    })?;
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, content.stat.content_type.clone()),
        (header::CONTENT_LENGTH, content.stat.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(name)),
        // Whatever it is, it runs nothing on this origin.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(content.stream.map_err(std::io::Error::other))).into_response())
}

/// A file to be saved under its name: RFC 6266, the name as RFC 8187 writes it.
fn disposition(name: &str) -> String {
    let name: String = name.bytes().map(encoded).collect();
    format!("attachment; filename*=UTF-8''{name}")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}
