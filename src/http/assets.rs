//! The built web pages, inside the binary: `/` and `/investors` (the cockpit), `/graphiql` and `/assets/*`.
//!
//! `cockpit/dist` is embedded by release builds; debug builds read it from the disk, so that a rebuilt page needs no rebuilt
//! server. The folder may be missing: the API works without its pages.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use rust_embed::{Embed, EmbeddedFile};

use super::errors::{Rejection, code};

#[derive(Embed)]
#[folder = "cockpit/dist"]
#[allow_missing = true]
struct Dist;

/// Finds a page by its path below `cockpit/dist`.
pub(super) fn embedded(path: &str) -> Option<EmbeddedFile> {
    Dist::get(path)
}

/// The cockpit has nothing that comes from elsewhere, runs inline or is styled inline; `'self'` covers its socket.
const COCKPIT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Scripts come from here only; the editor of GraphiQL runs workers from blobs and writes its styles inline.
const EXPLORER_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; manifest-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not built</title>\
    <p>The pages are not built: run <code>make</code>. The API at <code>/graphql</code> works without them.</p></html>";

/// The routes, over any source of files.
pub(super) fn routes(source: fn(&str) -> Option<EmbeddedFile>) -> Router {
    Router::new()
        .route("/", get(move |headers: HeaderMap| async move { home(source, &headers) }))
        .route("/investors", get(move |headers: HeaderMap| async move { home(source, &headers) }))
        .route(
            "/graphiql",
            get(move |headers: HeaderMap| async move { page(source, "graphiql.html", EXPLORER_POLICY, &headers) }),
        )
        .route(
            "/assets/{*path}",
            get(move |Path(path): Path<String>, headers: HeaderMap| async move { asset(source, &path, &headers) }),
        )
}

/// The cockpit, or the explorer where there is no cockpit yet.
fn home(source: fn(&str) -> Option<EmbeddedFile>, headers: &HeaderMap) -> Response {
    if source("index.html").is_some() {
        return page(source, "index.html", COCKPIT_POLICY, headers);
    }
    let mut response = empty(StatusCode::FOUND);
    put(&mut response, LOCATION, "/graphiql");
    response
}

fn page(source: fn(&str) -> Option<EmbeddedFile>, name: &str, policy: &'static str, headers: &HeaderMap) -> Response {
    let mut response = match source(name) {
        Some(found) => file(found, name, "no-cache", headers),
        None => {
            let mut response = Response::new(Body::from(NOT_BUILT));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            put(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
            put(&mut response, CACHE_CONTROL, "no-store");
            response
        }
    };
    put(&mut response, CONTENT_SECURITY_POLICY, policy);
    response
}

fn asset(source: fn(&str) -> Option<EmbeddedFile>, path: &str, headers: &HeaderMap) -> Response {
    let path = format!("assets/{path}");
    // The file system is behind this in debug builds.
    let is_plain = path.split('/').all(|segment| !matches!(segment, "" | "." | "..")) && !path.contains('\\');
    let Some(found) = is_plain.then(|| source(&path)).flatten() else {
        return Rejection::new(StatusCode::NOT_FOUND, code::NOT_FOUND, format!("There is no {path}.")).into_json();
    };
    let caching = if is_hashed(&path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    file(found, &path, caching, headers)
}

/// Whether a file is named after its content, as bundlers do (`index-B3nXk2aQ.js`), and so never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // `index-HASH.js.map` is hashed as its script is.
    let name = name.strip_suffix(".map").unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    // The hash itself may have a dash in it, hence the width rather than the last dash.
    let Some((at, hash)) = stem.len().checked_sub(8).and_then(|at| Some((at, stem.get(at..)?))) else {
        return false;
    };
    let is_hash = hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_hash && stem[..at].ends_with('-')
}

fn file(found: EmbeddedFile, name: &str, caching: &'static str, headers: &HeaderMap) -> Response {
    let hash = found.metadata.sha256_hash();
    let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let is_known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|known| {
        known.split(',').map(|entry| entry.trim().trim_start_matches("W/")).any(|entry| entry == tag || entry == "*")
    });
    let mut response = if is_known {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        let mime = mime(&found, name);
        let mut response = Response::new(Body::from(found.data.into_owned()));
        if let Ok(value) = HeaderValue::from_str(&mime) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
        response
    };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, value);
    }
    put(&mut response, CACHE_CONTROL, caching);
    response
}

fn mime(found: &EmbeddedFile, name: &str) -> String {
    let guess = found.metadata.mimetype();
    // The list of types calls source maps plain octets.
    let mime = if name.ends_with(".map") { "application/json" } else { guess };
    let is_text = mime.starts_with("text/") || mime == "application/javascript";
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

fn put(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_told_from_plain_ones() {
        for (path, expected) in [
            ("assets/index-B3nXk2aQ.js", true),
            ("assets/index-B3nXk2aQ.js.map", true),
            ("assets/editor.worker-Dk-3x_9a.js", true),
            ("assets/editor-worker-Dk-3x_9a.js", true),
            ("assets/codicon-DCmgc-ay.ttf", true),
            ("assets/logo.svg", false),
            ("assets/site-manifest.json", false),
            ("assets/B3nXk2aQ.js", false),
            ("assets/ünïcode-ü.js", false),
        ] {
            assert_eq!(is_hashed(path), expected, "{path}");
        }
    }
}
