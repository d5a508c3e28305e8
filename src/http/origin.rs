//! Which pages may use the API with their visitor's cookies, and who counts as being on this machine.
//!
//! Browsers send cookies with an upgrade request from any page and let that page read the answers, so the server has to look
//! at `Origin` itself. For requests the cookies' own `SameSite=Strict` keeps other sites out, and this other pages of the same site.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};

use super::negotiation::require_json;

/// The origins whose pages may use the API.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    /// The server's own, as browsers reach it; where it is not known, a page of the same host counts as such.
    pub(super) own: Option<String>,
    pub(super) others: Vec<String>,
}

/// Whether an upgrade may proceed: no `Origin` (not a browser), the server's own, or one from the list.
pub(super) fn is_allowed(headers: &HeaderMap, origins: &Origins) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let is = |entry: &String| entry.trim_end_matches('/').eq_ignore_ascii_case(origin);
    if origins.others.iter().any(is) {
        return true;
    }
    match &origins.own {
        Some(own) => is(own),
        None => is_same_host(origin, host(headers)).unwrap_or(false),
    }
}

/// Asks for it in so many words where a browser does not say which page it acts for: a page of another site cannot set it without
/// a preflight, which is not granted.
const INTENT: &str = "x-requested-with";

/// Whether a request that carries a cookie was meant by a page that may send it.
pub(super) fn is_intended(headers: &HeaderMap, origins: &Origins) -> bool {
    if headers.contains_key(ORIGIN) {
        return is_allowed(headers, origins);
    }
    match headers.get("sec-fetch-site") {
        // `none` is the address bar.
        Some(site) => site == "same-origin" || site == "none",
        None => headers.contains_key(INTENT) || require_json(headers).is_ok(),
    }
}

/// Compares by host and port. The scheme is left out: behind a proxy that ends TLS the page is `https` and this server is not.
fn is_same_host(origin: &str, host: Option<&str>) -> Option<bool> {
    let origin = origin.parse::<Uri>().ok()?;
    let default_port = match origin.scheme_str()? {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = format!("http://{}/", host?).parse::<Uri>().ok()?;
    let same_name = origin.host()?.eq_ignore_ascii_case(host.host()?);
    Some(same_name && origin.port_u16().unwrap_or(default_port) == host.port_u16().unwrap_or(default_port))
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Whether the caller is on this machine and knows it: a loopback peer that addressed the server by a loopback name.
///
/// The name matters because a page of another site can have its own name resolve to 127.0.0.1 and then is same-origin.
pub(super) fn is_loopback(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback())
        && host(request.headers()).is_some_and(is_loopback_name)
}

fn is_loopback_name(host: &str) -> bool {
    let Ok(uri) = format!("http://{host}/").parse::<Uri>() else {
        return false;
    };
    let name = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_host_whatever_the_scheme() {
        for (origin, host, expected) in [
            ("http://localhost:8080", "localhost:8080", Some(true)),
            ("https://rpm.example", "rpm.example", Some(true)),
            ("https://rpm.example", "rpm.example:443", Some(true)),
            ("https://RPM.example", "rpm.EXAMPLE", Some(true)),
            ("http://[::1]:8080", "[::1]:8080", Some(true)),
            ("https://rpm.example", "rpm.example:8080", Some(false)),
            ("https://rpm.example.evil.example", "rpm.example", Some(false)),
            ("http://localhost:3000", "localhost:8080", Some(false)),
            ("null", "localhost:8080", None),
            ("file://localhost:8080", "localhost:8080", None),
        ] {
            assert_eq!(is_same_host(origin, Some(host)), expected, "{origin} at {host}");
        }
    }

    #[test]
    fn loopback_has_several_names() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("rebound.example:8080", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("192.168.1.2", false),
        ] {
            assert_eq!(is_loopback_name(host), expected, "{host}");
        }
    }
}
