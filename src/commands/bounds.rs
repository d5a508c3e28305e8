//! How much the server takes on, and how it waits for others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::Iterable;

use crate::analytics::Warehouse;
use crate::analytics::warehouse::GuardedWarehouse;
use crate::breaker::{Breaker, Policy};
use crate::config::{self, Serve};
use crate::entities::enums::Role;
use crate::http::{HttpLimits, RoleLimits, WebSocketLimits};
use crate::lake::{GuardedLake, Lake};
use crate::store::StoreOptions;

/// How the database is connected to.
pub(super) fn store_options(serve: &Serve) -> StoreOptions {
    StoreOptions {
        patience: serve.steady.pool_patience,
        statement_timeout: serve.listen_url.is_none().then_some(serve.operation_timeout),
        read_url: serve.steady.database_read_url.clone(),
    }
}

/// The warehouse as those ask it who wait for an answer: not for as long as an export may wait.
pub(super) fn in_place_of_the_database(settings: &config::Warehouse) -> config::Warehouse {
    let timeout = settings.timeout.min(Duration::from_secs(20));
    config::Warehouse { timeout, patience: settings.patience.min(Duration::from_secs(5)), ..settings.clone() }
}

/// When the lake and the warehouse are left alone.
fn policy(steady: &config::Steady) -> Policy {
    Policy { failures: steady.breaker_failures, rest: steady.breaker_rest }
}

/// A lake in another place is left alone for a while when it does not answer; a folder of this machine needs no such care.
pub(super) fn guarded_lake(lake: Arc<dyn Lake>, steady: &config::Steady) -> Arc<dyn Lake> {
    if !lake.location().starts_with("gs://") {
        return lake;
    }
    Arc::new(GuardedLake::new(lake, Breaker::new("lake", policy(steady)), steady.link_patience))
}

/// The same for the warehouse: one breaker for those who wait and for the export.
pub(super) fn guarded_warehouse(steady: &config::Steady) -> impl Fn(Arc<dyn Warehouse>) -> Arc<dyn Warehouse> + use<> {
    let breaker = Breaker::new("warehouse", policy(steady));
    move |warehouse| Arc::new(GuardedWarehouse::new(warehouse, breaker.clone()))
}

/// What one caller can use.
pub(super) fn http_limits(serve: &Serve) -> HttpLimits {
    HttpLimits {
        body_bytes: serve.body_limit,
        operation_timeout: serve.operation_timeout,
        in_flight: serve.steady.max_in_flight as usize,
        roles: role_limits(serve),
        member_subscriptions: serve.max_member_subscriptions,
        drain_spread: serve.drain_timeout.mul_f64(0.7),
        keep_alive: serve.ping_interval,
        failed_sign_ins: serve.failed_sign_ins,
        trusted_proxies: serve.trusted_proxies,
        slow_request: serve.watched.slow_request,
        websocket: WebSocketLimits { subscriptions: serve.max_subscriptions, ..WebSocketLimits::default() },
        ..HttpLimits::default()
    }
}

/// What each role may ask.
fn role_limits(serve: &Serve) -> HashMap<Role, RoleLimits> {
    let mut limits: HashMap<Role, RoleLimits> = Role::iter().map(|role| (role, RoleLimits::of(role))).collect();
    for limits in limits.values_mut() {
        limits.depth = limits.depth.min(serve.max_depth);
        limits.cost = limits.cost.min(serve.max_complexity);
    }
    for budget in &serve.budgets {
        if let Some(limits) = limits.get_mut(&Role::from(budget.role)) {
            (limits.requests_per_minute, limits.cost_per_minute) = (budget.requests, budget.cost);
            limits.cost = budget.operation.unwrap_or(limits.cost);
        }
    }
    limits
}
