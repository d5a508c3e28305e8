//! Cheap polling: an answer by GET has a tag, and who knows the tag is not sent the answer again.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Bytes of the hash that make a tag.
const TAG_BYTES: usize = 16;

/// The tags that a request knows.
pub(super) fn known_tags(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(IF_NONE_MATCH).iter().cloned().collect()
}

/// The tag of some data. A weak one: what an answer says beside its data, such as what is left of a budget, does not count.
pub(super) fn tag(data: impl AsRef<[u8]>) -> String {
    format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(data)[..TAG_BYTES]))
}

/// Tags an answer, and leaves its body out where it is known.
pub(super) fn tagged(mut response: Response, tag: String, known: &[HeaderValue]) -> Response {
    let is_known = known.iter().any(|value| value.to_str().is_ok_and(|list| names(list, &tag)));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    // What one asks for and who one is: both decide on the answer.
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie, Accept"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if !is_known {
        return response;
    }
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    response
}

/// Whether a list of tags names this one. Compared weakly, as is right for GET: a proxy that compresses makes tags weak.
fn names(list: &str, tag: &str) -> bool {
    // Other tags may hold commas; a piece of one never looks like ours, quotes included.
    let opaque = |one: &'_ str| one.strip_prefix("W/").unwrap_or(one).to_owned();
    list.split(',').map(str::trim).any(|one| one == "*" || opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list() {
        for (list, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("\"b\",W/\"a\"", true),
            ("*", true),
            ("\"b, c\", \"a\"", true),
            ("\"b\"", false),
            ("a", false),
            ("\"A\"", false),
            ("", false),
        ] {
            assert_eq!(names(list, "\"a\""), expected, "{list}");
        }
    }
}
