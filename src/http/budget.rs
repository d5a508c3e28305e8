//! What each role, and each API key, may ask of the server: for one operation, and in a minute.
//!
//! Budgets are of this server: of several behind one address each has its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::errors::Rejection;
use crate::auth::{Balance, Bucket, Credential, Viewer};
use crate::entities::enums::Role;
use crate::error::ClientError;
use crate::ids::{ApiKeyId, MemberId};
use crate::resolvers::Demand;

/// Callers that are remembered before those with whole budgets are forgotten.
const REMEMBERED: usize = 10_000;

/// What a role may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleLimits {
    /// Levels of fields in an operation.
    pub depth: usize,
    /// Cost of an operation: fields that its answer can have at most.
    pub cost: u64,
    /// Operations in a minute.
    pub requests_per_minute: u64,
    /// Their cost in a minute.
    pub cost_per_minute: u64,
}

impl RoleLimits {
    /// The limits of a role where nobody says otherwise.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        let (depth, cost, requests_per_minute, cost_per_minute) = match role {
            Role::Admin | Role::Vip => (15, 200_000, 6_000, 20_000_000),
            Role::Team => (15, 100_000, 6_000, 10_000_000),
            Role::Agent => (12, 50_000, 1_200, 2_000_000),
            Role::Investor => (8, 20_000, 120, 200_000),
        };
        Self { depth, cost, requests_per_minute, cost_per_minute }
    }

    /// The most that an operation may cost.
    fn most(&self) -> u64 {
        self.cost.min(self.cost_per_minute)
    }

    /// Refuses what the role may never ask.
    fn allow(&self, role: Role, demand: Demand) -> Result<(), Rejection> {
        let who = || role.as_str().to_uppercase();
        if demand.depth > self.depth {
            let message = format!("The document is {} levels deep; {} may ask for {}.", demand.depth, who(), self.depth);
            return Err(Rejection::too_complex(message));
        }
        if demand.cost > self.most() {
            let message = format!(
                "The operation costs {}; {} may ask for {} at a time. Ask for shorter pages (`first`).",
                demand.cost,
                who(),
                self.most()
            );
            return Err(Rejection::too_complex(message));
        }
        Ok(())
    }

    /// Takes the cost of an operation.
    fn take(&self, demand: Demand, requests: &mut Bucket, cost: &mut Bucket, now: Instant) -> Result<Charge, u64> {
        cost.take(demand.cost, self.cost_per_minute, now)?;
        let (requests, left) = (requests.balance(self.requests_per_minute, now), cost.balance(self.cost_per_minute, now));
        Ok(Charge { cost: demand.cost, most: self.most(), requests, left })
    }
}

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Payer {
    Member(MemberId),
    Key(ApiKeyId),
}

/// The budgets that are being spent.
#[derive(Debug)]
pub(super) struct Budgets {
    limits: HashMap<Role, RoleLimits>,
    /// With the limits that they are spent by.
    spent: Mutex<HashMap<Payer, (RoleLimits, Bucket, Bucket)>>,
}

/// What an operation has cost, and what is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charge {
    cost: u64,
    most: u64,
    requests: Balance,
    left: Balance,
}

/// The same in an answer's `extensions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    requested: u64,
    operation_limit: u64,
    remaining: u64,
    limit: u64,
    reset_seconds: u64,
}

impl Budgets {
    pub(super) fn new(limits: HashMap<Role, RoleLimits>) -> Self {
        Self { limits, spent: Mutex::default() }
    }

    /// What a caller may ask: a key's own budgets go before those of its role.
    fn limits(&self, viewer: &Viewer) -> RoleLimits {
        let mut limits = self.limits.get(&viewer.role).copied().unwrap_or_else(|| RoleLimits::of(viewer.role));
        if let Credential::Key { requests_per_minute, cost_per_minute, .. } = viewer.credential {
            limits.requests_per_minute = requests_per_minute.map_or(limits.requests_per_minute, u64::from);
            limits.cost_per_minute = cost_per_minute.map_or(limits.cost_per_minute, u64::from);
        }
        limits
    }

    /// Takes one request from a caller's budget.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(super) fn request(&self, viewer: &Viewer) -> Result<(), Rejection> {
        let limits = self.limits(viewer);
        self.with(viewer, limits, |requests, _, now| requests.take(1, limits.requests_per_minute, now)).map_err(limited)
    }

    /// Takes the cost of an operation from a caller's budget.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX` for one that the role may never ask, `RATE_LIMITED` for one that it may ask later.
    pub(super) fn charge(&self, viewer: &Viewer, demand: Demand) -> Result<Charge, Rejection> {
        let limits = self.limits(viewer);
        limits.allow(viewer.role, demand)?;
        self.with(viewer, limits, |requests, cost, now| limits.take(demand, requests, cost, now)).map_err(limited)
    }

    /// Takes both at once, for what is answered at once.
    ///
    /// # Errors
    /// As [`Budgets::request`] and [`Budgets::charge`].
    pub(super) fn request_and_charge(&self, viewer: &Viewer, demand: Demand) -> Result<Charge, Rejection> {
        let limits = self.limits(viewer);
        if let Err(rejection) = limits.allow(viewer.role, demand) {
            self.request(viewer)?;
            return Err(rejection);
        }
        self.with(viewer, limits, |requests, cost, now| {
            requests.take(1, limits.requests_per_minute, now)?;
            limits.take(demand, requests, cost, now)
        })
        .map_err(limited)
    }

    fn with<T>(
        &self,
        viewer: &Viewer,
        limits: RoleLimits,
        spend: impl FnOnce(&mut Bucket, &mut Bucket, Instant) -> Result<T, u64>,
    ) -> Result<T, u64> {
        let payer = match viewer.credential {
            Credential::Key { id, .. } => Payer::Key(id),
            Credential::Token { .. } | Credential::Session(_) => Payer::Member(viewer.member_id),
        };
        let now = Instant::now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= REMEMBERED {
            spent.retain(|_, (own, requests, cost)| {
                !(requests.is_full(own.requests_per_minute, now) && cost.is_full(own.cost_per_minute, now))
            });
        }
        let (own, requests, cost) = spent.entry(payer).or_insert_with(|| {
            (limits, Bucket::full(limits.requests_per_minute, now), Bucket::full(limits.cost_per_minute, now))
        });
        *own = limits;
        spend(requests, cost, now)
    }
}

/// Texts with numbers between them. Every answer has such, so not by the machinery that formats anything.
fn with_numbers<const N: usize, const M: usize>(texts: [&str; N], numbers: [u64; M]) -> String {
    let mut whole = String::with_capacity(64);
    let mut digits = itoa::Buffer::new();
    for (at, text) in texts.into_iter().enumerate() {
        whole.push_str(text);
        if let Some(number) = numbers.get(at) {
            whole.push_str(digits.format(*number));
        }
    }
    whole
}

fn limited(retry_after_seconds: u64) -> Rejection {
    metrics::counter!("rpm_operations_limited_total").increment(1);
    Rejection::client(&ClientError::RateLimited { retry_after_seconds })
}

impl Charge {
    /// The same of a subscription, which may cost no more than `most` an event.
    pub(super) fn at_most(self, most: u64) -> Self {
        Self { most: self.most.min(most), ..self }
    }

    /// Whether anything was asked for.
    pub(super) fn is_worth_a_word(&self) -> bool {
        self.cost > 0
    }

    fn shown(&self) -> Shown {
        let Balance { limit, left, whole_in } = self.left;
        Shown { requested: self.cost, operation_limit: self.most, remaining: left, limit, reset_seconds: whole_in }
    }

    /// For the answer's `extensions.cost`.
    pub(super) fn extension(&self) -> async_graphql::Value {
        async_graphql::to_value(self.shown()).unwrap_or_default()
    }

    /// The same as JSON text.
    pub(super) fn extension_text(&self) -> String {
        serde_json::to_string(&self.shown()).unwrap_or_default()
    }

    /// For the answer's headers, as the IETF's draft on rate limits has them.
    pub(super) fn headers(&self, headers: &mut HeaderMap) {
        let Self { requests, left: cost, .. } = self;
        for (name, text) in [
            ("ratelimit-policy", with_numbers(["\"requests\";q=", ";w=60, \"cost\";q=", ";w=60"], [requests.limit, cost.limit])),
            (
                "ratelimit",
                with_numbers(
                    ["\"requests\";r=", ";t=", ", \"cost\";r=", ";t="],
                    [requests.left, requests.whole_in, cost.left, cost.whole_in],
                ),
            ),
        ] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::*;

    /// Two requests and a hundred of cost in a minute.
    fn poor() -> (Budgets, Viewer) {
        let limits = RoleLimits { depth: 3, cost: 60, requests_per_minute: 2, cost_per_minute: 100 };
        let viewer = Viewer {
            member_id: MemberId(uuid::Uuid::nil()),
            email: String::new(),
            name: String::new(),
            role: Role::Team,
            owner_id: None,
            credential: Credential::Token { issued_at: Utc::now() },
            expires_at: Utc::now() + TimeDelta::minutes(1),
        };
        (Budgets::new(HashMap::from([(Role::Team, limits)])), viewer)
    }

    /// What is answered from memory is paid as what is made anew is.
    #[test]
    fn both_at_once_is_one_after_the_other() {
        let told = |outcome: Result<Charge, Rejection>| match outcome {
            Ok(Charge { cost, most, requests, left }) => format!("{cost} of {most}, {} and {} left", requests.left, left.left),
            Err(rejection) => format!("{:?}", rejection.into_outcome().into_errors()),
        };
        let mut said = Vec::new();
        for costs in [[40, 61, 1], [60, 50, 1], [61, 61, 61], [0, 100, 0]] {
            let ((at_once, viewer), (in_turn, _)) = (poor(), poor());
            for cost in costs {
                let demand = Demand { cost, depth: 3, ..Demand::default() };
                let expected = in_turn.request(&viewer).and_then(|()| in_turn.charge(&viewer, demand));
                let outcome = told(at_once.request_and_charge(&viewer, demand));
                assert_eq!(outcome, told(expected), "{costs:?}");
                said.push(outcome);
            }
        }
        let count = |what: &str| said.iter().filter(|said| said.contains(what)).count();
        assert_eq!((count(" left"), count("QUERY_TOO_COMPLEX"), count("RATE_LIMITED")), (3, 4, 5), "{said:#?}");
    }
}
