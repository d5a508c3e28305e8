//! What the handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::HttpState;
use super::attempts::Attempts;
use super::budget::Budgets;
use super::cookies::Cookies;
use super::document::{Documents, documents};
use super::gate::Gate;
use super::meter::Meters;
use super::origin::Origins;
use super::quota::Quota;

/// The state of the router, and what is counted, remembered and bounded over all requests.
pub(super) struct App<S> {
    state: HttpState<S>,
    pub(super) quota: Quota,
    pub(super) gate: Gate,
    pub(super) cookies: Cookies,
    pub(super) origins: Origins,
    pub(super) attempts: Attempts,
    /// Refreshes apart from sign-ins: what goes wrong with those must not end sessions.
    pub(super) refreshes: Attempts,
    pub(super) budgets: Budgets,
    pub(super) documents: Documents,
    pub(super) meters: Meters,
    /// Open sockets and event streams.
    open: AtomicUsize,
}

impl<S> std::ops::Deref for App<S> {
    type Target = HttpState<S>;

    fn deref(&self) -> &HttpState<S> {
        &self.state
    }
}

/// Pace at which open sockets are closed when the server stops: few go at once, many over the time there is.
const PACE: Duration = Duration::from_millis(1);

impl<S: Send + Sync + 'static> App<S> {
    pub(super) fn new(state: HttpState<S>) -> Self {
        Self {
            quota: Quota::new(state.limits.member_subscriptions),
            gate: Gate::new(state.limits.in_flight),
            cookies: Cookies { secure: state.is_https() },
            origins: Origins { own: state.public_url.clone(), others: state.allowed_origins.clone() },
            attempts: Attempts::new(state.limits.failed_sign_ins),
            refreshes: Attempts::new(state.limits.failed_sign_ins),
            budgets: Budgets::new(state.limits.roles.clone()),
            documents: documents(),
            meters: Meters::new(state.trusted.texts()),
            open: AtomicUsize::new(0),
            state,
        }
    }

    /// Counts an open socket or event stream for as long as the answer lives.
    pub(super) fn connected(self: &Arc<Self>) -> Connected<S> {
        self.open.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("rpm_open_connections").increment(1);
        Connected(Arc::clone(self))
    }

    /// Resolves when the server is about to stop and it is this connection's turn to go.
    pub(super) fn draining(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<S> {
        let app = Arc::clone(self);
        let mut drain = self.drain.clone();
        async move {
            if drain.wait_for(|draining| *draining).await.is_err() {
                // Nobody can say so any more.
                std::future::pending::<()>().await;
            }
            let open = u32::try_from(app.open.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
            let spread = app.limits.drain_spread.min(PACE.saturating_mul(open));
            tokio::time::sleep(spread.mul_f64(rand::random())).await;
        }
    }
}

/// See [`App::connected`].
pub(super) struct Connected<S>(Arc<App<S>>);

impl<S> Drop for Connected<S> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("rpm_open_connections").decrement(1);
    }
}
