//! The cookies of a session: what they are called and whom browsers show them to.
//!
//! Where the server is reached by HTTPS they have the `__Host-` prefix, which a browser takes only for secure cookies of exactly
//! this host: no neighbour below the same domain can plant one. The demo on plain HTTP has no prefix.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;

/// How cookies are written here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    pub(super) secure: bool,
}

/// What a cookie holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie<'a> {
    /// An access token.
    Session,
    /// A refresh token.
    Refresh,
    /// A sign-in that waits for the identity provider's answer, by its state: several tabs may be at it.
    SignIn(&'a str),
}

impl Cookies {
    fn name(self, cookie: Cookie<'_>) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        match cookie {
            Cookie::Session => format!("{prefix}rpm_session"),
            Cookie::Refresh => format!("{prefix}rpm_refresh"),
            // Of a state that a stranger made up, no more than a name may have.
            Cookie::SignIn(state) => {
                let id: String = state.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
                format!("{prefix}rpm_sign_in_{id}")
            }
        }
    }

    /// The value that a request carries.
    pub(super) fn read<'a>(self, headers: &'a HeaderMap, cookie: Cookie<'_>) -> Option<&'a str> {
        let wanted = self.name(cookie);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// What sets it. None for a value that no cookie can hold; ours are base64.
    pub(super) fn set(self, cookie: Cookie<'_>, value: &str, age: TimeDelta) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        // The answer of an identity provider comes from another site; everything else does not.
        let site = if matches!(cookie, Cookie::SignIn(_)) { "Lax" } else { "Strict" };
        let seconds = age.num_seconds().max(0);
        let text = format!("{}={value}; HttpOnly{secure}; SameSite={site}; Path=/; Max-Age={seconds}", self.name(cookie));
        HeaderValue::from_str(&text).ok()
    }

    /// What removes it.
    pub(super) fn clear(self, cookie: Cookie<'_>) -> Option<HeaderValue> {
        self.set(cookie, "", TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_https_they_are_of_this_host_only() {
        let cookies = Cookies { secure: true };
        for (cookie, expected) in [
            (Cookie::Session, "__Host-rpm_session=x; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=60"),
            (Cookie::Refresh, "__Host-rpm_refresh=x; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=60"),
            (Cookie::SignIn("a-b=;c"), "__Host-rpm_sign_in_abc=x; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=60"),
        ] {
            let set = cookies.set(cookie, "x", TimeDelta::minutes(1)).expect("a header");
            assert_eq!(set.to_str().expect("text"), expected);
        }
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("rpm_session=planted; __Host-rpm_session=good"));
        assert_eq!(cookies.read(&headers, Cookie::Session), Some("good"));
        assert_eq!(cookies.read(&headers, Cookie::Refresh), None);
        assert_eq!(Cookies { secure: false }.read(&headers, Cookie::Session), Some("planted"));
    }
}
