//! The HTTP surface: GraphQL over HTTP, Server-Sent Events and WebSocket, sign-in, health, and the built web pages.
//!
//! Everything here is transport: who calls (`identity`), what they sent (`negotiation`, `params`, `document`), and how the
//! answer travels back (`errors`). What an operation means is the business of the [`Service`] behind it.
//!
//! | path | file |
//! | --- | --- |
//! | `/graphql` POST, GET | `graphql` |
//! | `/graphql` as `text/event-stream` | `sse` |
//! | `/graphql` upgrade | `websocket` |
//! | `/auth/session`, `/auth/methods`, `/auth/demo`, `/auth/refresh`, `/auth/logout` | `session` |
//! | `/auth/login`, `/auth/callback`, `/auth/firebase` | `sign_in` |
//! | `/calendar/*` | `calendar` |
//! | `/healthz`, `/readyz` (also as `/health/live`, `/health/ready`), `/metrics` | `health` |
//! | `/`, `/investors`, `/graphiql`, `/assets/*` | `assets` |
//!
//! The router learns the peer's address from `axum::extract::ConnectInfo`: serve it with
//! `router.into_make_service_with_connect_info::<SocketAddr>()`. Without it every peer counts as remote, and demo sign-in is
//! refused.

mod around;
mod asked;
mod assets;
mod attempts;
mod budget;
mod calendar;
mod clock;
mod conditional;
mod cookies;
mod delivery;
mod document;
mod errors;
mod files;
mod gate;
mod graphql;
mod headers;
mod health;
mod identity;
mod kept;
mod meter;
mod negotiation;
mod nesting;
mod origin;
mod params;
mod quota;
mod request_id;
mod resume;
mod service;
mod session;
mod sign_in;
mod sse;
mod trusted;
mod websocket;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get, post};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use self::attempts::Attempts;
use self::budget::Budgets;
use self::cookies::Cookies;
use self::document::{Documents, documents};
use self::gate::Gate;
use self::meter::Meters;
use self::origin::Origins;
use self::quota::Quota;

pub use budget::RoleLimits;
pub use calendar::ReadCalendar;
pub use files::Files;
pub use identity::SignIn;
pub use kept::Kept;
pub use request_id::RequestId;
pub use service::{Deliveries, Service};
pub use trusted::TrustedDocuments;

use crate::answers::Answers;
use crate::entities::enums::Role;

/// Answers `/readyz`: `Ok` when traffic may come, else what stands in the way, one sentence each.
pub type ReadinessCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Vec<String>>> + Send + Sync>;

/// Answers `/metrics`: the counters in Prometheus' text form.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the router needs from the rest of the server.
pub struct HttpState<S> {
    /// Runs the operations.
    pub service: S,
    /// The answers that are remembered.
    pub answers: Answers<Kept>,
    /// Turns tokens into members; an `Arc<Authenticator>` fits.
    pub authenticator: Arc<dyn SignIn>,
    /// Sizes and times that bound what one caller can use.
    pub limits: HttpLimits,
    /// The address that browsers reach this server by, without a path; by HTTPS its cookies are for that only. None where it is not
    /// known: then it is taken for plain HTTP, and a page of the same host for its own.
    pub public_url: Option<String>,
    /// Origins (`https://host[:port]`) whose pages may use the API besides the server's own, their visitors' cookies included.
    pub allowed_origins: Vec<String>,
    /// Registered documents, and the roles that run no others.
    pub trusted: TrustedDocuments,
    /// What a page must know of the plans to show them.
    pub plans: PlansAt,
    /// Files of the lake, where it is a folder.
    pub files: Option<Files>,
    /// What is due, for calendars.
    pub calendar: ReadCalendar,
    /// Asked by `/readyz`.
    pub ready: ReadinessCheck,
    /// Asked by `/metrics`.
    pub metrics: RenderMetrics,
    /// The bearer token that `/metrics` is shown for; without one it is shown on this machine only.
    pub metrics_token: Option<String>,
    /// Becomes true when the server is about to stop: `/readyz` then answers 503 and open sockets are closed with 1001,
    /// event streams without `complete`.
    ///
    /// Each of them holds a receiver. Once the listener and the router are gone, [`watch::Sender::closed`] on the
    /// other side therefore resolves when the last one has ended.
    pub drain: watch::Receiver<bool>,
}

/// How the plans of this server are made.
#[derive(Clone, Debug)]
pub struct PlansAt {
    /// IANA name of the zone whose days they mean (`RPM_TIMEZONE`).
    pub time_zone: String,
    /// Whose own completion is measured beside everybody's (`RPM_PRINCIPAL`).
    pub principal: String,
}

impl<S> HttpState<S> {
    fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// Bounds on what one request may use.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Largest request body, in bytes. Default 1 MiB.
    pub body_bytes: usize,
    /// Longest time from reading the body to the finished result, also for single-result operations over WebSocket.
    /// Default 30 s.
    pub operation_timeout: Duration,
    /// Most queries and mutations under way at once; what comes beyond that by HTTP is refused, the rest waits. Default 500.
    pub in_flight: usize,
    /// Deepest nesting of `{`, `[` and `(` in a document. Default 64.
    ///
    /// The parser recurses once per level and a few hundred levels overflow the stack of a worker thread, which ends the
    /// process. Counted before parsing.
    pub document_nesting: usize,
    /// Most names, numbers, strings and punctuators in a document. Default 20,000. Counted before parsing.
    pub document_tokens: usize,
    /// Most selections that a document may hold after its fragment spreads are written out. Default 10,000.
    ///
    /// Validation walks the written-out form, and a kilobyte of fragments that spread each other twice is a billion of them.
    pub document_selections: usize,
    /// Most fields under another name that a document may have. Default 100.
    pub document_aliases: usize,
    /// Most directives that a document may have. Default 50.
    pub document_directives: usize,
    /// Most root fields of an operation. Default 50.
    pub document_roots: usize,
    /// Most that a subscription costs for each event. Default 2,000.
    pub subscription_cost: u64,
    /// What each role may ask, where it is not as [`RoleLimits::of`] says.
    pub roles: HashMap<Role, RoleLimits>,
    /// Most subscriptions that one member has open on this server. Default 1,000.
    pub member_subscriptions: usize,
    /// Longest time over which open sockets are closed when the server is about to stop, so that their clients do not all come
    /// back at once elsewhere. Default 7 s.
    pub drain_spread: Duration,
    /// A round of keep-alive. The peer of a WebSocket that was silent for one is pinged in the next, and dropped after two more;
    /// an event stream on which nothing was sent for one gets a comment. Default 20 s.
    pub keep_alive: Duration,
    /// Failed sign-ins from one address in a minute, beyond which it has to wait. Default 30.
    pub failed_sign_ins: u64,
    /// Proxies of ours in front of the server, each of which adds the address that it saw to `X-Forwarded-For`. Default 0. Where there
    /// is one, its `X-Request-Id` is taken, and its word on which traces are kept.
    pub trusted_proxies: usize,
    /// Requests that take longer leave a log line. Default 1 s.
    pub slow_request: Duration,
    /// Bounds on a WebSocket connection.
    pub websocket: WebSocketLimits,
}

/// Bounds on one WebSocket connection.
#[derive(Clone, Debug)]
pub struct WebSocketLimits {
    /// How long a client may take to send `connection_init`, and the server to check its token. Default 10 s.
    pub init_timeout: Duration,
    /// Largest message from a client, in bytes. Default 256 KiB.
    pub message_bytes: usize,
    /// Most operations in flight on one connection. Default 100.
    pub subscriptions: usize,
    /// How long the server waits for the peer's half of a closing handshake. Default 2 s.
    pub close_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            operation_timeout: Duration::from_secs(30),
            in_flight: 500,
            document_nesting: 64,
            document_tokens: 20_000,
            document_selections: 10_000,
            document_aliases: 100,
            document_directives: 50,
            document_roots: 50,
            subscription_cost: 2_000,
            roles: HashMap::new(),
            member_subscriptions: 1_000,
            drain_spread: Duration::from_secs(7),
            keep_alive: Duration::from_secs(20),
            failed_sign_ins: 30,
            trusted_proxies: 0,
            slow_request: Duration::from_secs(1),
            websocket: WebSocketLimits::default(),
        }
    }
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            message_bytes: 256 * 1024,
            subscriptions: 100,
            close_timeout: Duration::from_secs(2),
        }
    }
}

/// What the handlers share.
struct App<S> {
    state: HttpState<S>,
    quota: Quota,
    gate: Gate,
    cookies: Cookies,
    origins: Origins,
    attempts: Attempts,
    /// Refreshes apart from sign-ins: what goes wrong with those must not end sessions.
    refreshes: Attempts,
    budgets: Budgets,
    documents: Documents,
    meters: Meters,
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
    fn new(state: HttpState<S>) -> Self {
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
    fn connected(self: &Arc<Self>) -> Connected<S> {
        self.open.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("rpm_open_connections").increment(1);
        Connected(Arc::clone(self))
    }

    /// Resolves when the server is about to stop and it is this connection's turn to go.
    fn draining(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<S> {
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
struct Connected<S>(Arc<App<S>>);

impl<S> Drop for Connected<S> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("rpm_open_connections").decrement(1);
    }
}

/// All routes, with request ids, panics answered as JSON, and counters around them.
pub fn router<S: Service>(state: HttpState<S>) -> Router {
    let files = files::routes(state.files.clone());
    let calendar = calendar::routes(state.calendar.clone());
    let cors = (!state.allowed_origins.is_empty()).then(|| headers::cors(&state.allowed_origins));
    let rules = around::Rules {
        behind_proxy: state.limits.trusted_proxies > 0,
        slow: state.limits.slow_request,
        is_https: state.is_https(),
    };
    let mut routes = Router::new()
        .route("/graphql", any(graphql::handle::<S>))
        .route("/auth/session", get(session::show::<S>))
        .route("/auth/methods", get(session::methods::<S>))
        .route("/auth/demo", post(session::demo_sign_in::<S>))
        .route("/auth/login", get(sign_in::begin::<S>))
        .route("/auth/callback", get(sign_in::finish::<S>))
        .route("/auth/firebase", post(sign_in::firebase::<S>))
        .route("/auth/refresh", post(session::refresh::<S>))
        .route("/auth/logout", post(session::sign_out::<S>))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready::<S>))
        // The same, where a proxy keeps paths that end in z for itself, as Google's does.
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready::<S>))
        .route("/metrics", get(health::metrics::<S>))
        .with_state(Arc::new(App::new(state)))
        .merge(assets::routes(assets::embedded))
        .merge(files)
        .merge(calendar)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    if let Some(cors) = cors {
        routes = routes.layer(cors);
    }
    routes.layer(axum::middleware::from_fn(move |request, next| around::around(rules, request, next)))
}

async fn unknown_path(request: Request) -> Response {
    let message = format!("Nothing is served at {}.", request.uri().path());
    errors::Rejection::new(StatusCode::NOT_FOUND, errors::code::NOT_FOUND, message).into_json()
}

/// Axum adds the `Allow` header.
async fn wrong_method(request: Request) -> Response {
    let message = format!("{} is not possible at {}.", request.method(), request.uri().path());
    errors::Rejection::new(StatusCode::METHOD_NOT_ALLOWED, errors::code::METHOD_NOT_ALLOWED, message).into_json()
}
