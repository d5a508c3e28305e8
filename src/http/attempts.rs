//! Failed sign-ins, counted by where they come from: whoever guesses is slowed down, and whoever succeeds is not counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;

use super::errors::Rejection;
use crate::auth::Bucket;
use crate::error::ClientError;

/// Addresses that are remembered before those without recent failures are forgotten.
const REMEMBERED: usize = 10_000;

/// The failures of late.
#[derive(Debug)]
pub(super) struct Attempts {
    per_minute: u64,
    failed: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Attempts {
    pub(super) fn new(per_minute: u64) -> Self {
        Self { per_minute, failed: Mutex::default() }
    }

    /// Runs an attempt, unless too many from this address have failed. A failure is an answer of 401 or 403.
    ///
    /// # Errors
    /// `RATE_LIMITED`; the attempt's own.
    pub(super) async fn run<T>(&self, from: IpAddr, attempt: impl Future<Output = Result<T, Rejection>>) -> Result<T, Rejection> {
        self.check(from)?;
        let outcome = attempt.await;
        if outcome.as_ref().is_err_and(Rejection::is_refusal) {
            self.fail(from);
        }
        outcome
    }

    fn check(&self, from: IpAddr) -> Result<(), Rejection> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = failed.get_mut(&group(from)) else { return Ok(()) };
        let mut tried = *bucket;
        tried.take(1, self.per_minute, Instant::now()).map_err(|retry_after_seconds| {
            metrics::counter!("rpm_sign_in_attempts_limited_total").increment(1);
            Rejection::client(&ClientError::RateLimited { retry_after_seconds })
        })
    }

    fn fail(&self, from: IpAddr) {
        let now = Instant::now();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= REMEMBERED {
            failed.retain(|_, bucket| !bucket.is_full(self.per_minute, now));
            if failed.len() >= REMEMBERED {
                // So many at once are one attack, and memory is what it is after.
                failed.clear();
            }
        }
        let bucket = failed.entry(group(from)).or_insert_with(|| Bucket::full(self.per_minute, now));
        // Of an empty bucket nothing more is taken.
        let _ = bucket.take(1, self.per_minute, now);
    }
}

/// One customer of a network has a whole /64 of IPv6.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// Where a request comes from, past so many proxies of ours, each of which adds the address that it saw to `X-Forwarded-For`.
pub(super) fn client_address(request: &Request, trusted_proxies: usize) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let forwarded = trusted_proxies.checked_sub(1).and_then(|skipped| forwarded(request.headers(), skipped));
    forwarded.or(peer).unwrap_or(Ipv6Addr::UNSPECIFIED.into())
}

/// The address so many places from the end of `X-Forwarded-For`; what stands before is whatever the client made up.
fn forwarded(headers: &HeaderMap, skipped: usize) -> Option<IpAddr> {
    let mut addresses = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        addresses.extend(value.to_str().ok()?.split(',').map(str::trim));
    }
    addresses.into_iter().nth_back(skipped)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_added_counts() {
        let mut request = Request::new(axum::body::Body::empty());
        request.headers_mut().append("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().expect("a header"));
        request.headers_mut().append("x-forwarded-for", "3.3.3.3".parse().expect("a header"));
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("4.4.4.4:80".parse().expect("an address")));
        let seen = [0, 1, 2, 3, 4].map(|proxies| client_address(&request, proxies).to_string());
        assert_eq!(seen, ["4.4.4.4", "3.3.3.3", "2.2.2.2", "1.1.1.1", "4.4.4.4"]);
    }

    #[test]
    fn failures_slow_down_their_own_address_only() {
        let attempts = Attempts::new(3);
        let (one, other): (IpAddr, IpAddr) = ("2001:db8::1".parse().expect("one"), "2001:db8:0:1::1".parse().expect("one"));
        for _ in 0..3 {
            assert!(attempts.check(one).is_ok());
            attempts.fail(one);
        }
        assert!(attempts.check(one).is_err());
        assert!(attempts.check("2001:db8::2".parse().expect("one")).is_err(), "a neighbour below the same prefix");
        assert!(attempts.check(other).is_ok());
    }
}
