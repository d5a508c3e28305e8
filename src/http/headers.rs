//! What every answer says to browsers, and to the pages of which origins it is shown.

use axum::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::request_id::HEADER as REQUEST_ID;

/// Browsers remember a preflight for so long.
const PREFLIGHT_LASTS: std::time::Duration = std::time::Duration::from_secs(600);

/// Two years, as browsers' own lists ask for.
const HTTPS_ONLY: &str = "max-age=63072000; includeSubDomains";

/// Shows answers to pages of these origins, which may send the cookies of their visitors; to no others.
pub(super) fn cors(allowed_origins: &[String]) -> CorsLayer {
    let origins = allowed_origins.iter().filter_map(|origin| origin.trim_end_matches('/').to_lowercase().parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.collect::<Vec<HeaderValue>>()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            ACCEPT,
            IF_NONE_MATCH,
            REQUEST_ID,
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("x-requested-with"),
        ])
        .expose_headers([
            ETAG,
            RETRY_AFTER,
            REQUEST_ID,
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
        ])
        .max_age(PREFLIGHT_LASTS)
}

/// Adds what keeps browsers from guessing, framing and telling others.
pub(super) fn guard(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (X_FRAME_OPTIONS, "DENY"), (REFERRER_POLICY, "no-referrer")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
}
