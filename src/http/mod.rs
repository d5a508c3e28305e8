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

mod app;
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
mod limits;
mod meter;
mod negotiation;
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

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get, post};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use self::app::{App, Connected};

pub use budget::RoleLimits;
pub use calendar::ReadCalendar;
pub use files::Files;
pub use identity::SignIn;
pub use kept::Kept;
pub use limits::{HttpLimits, WebSocketLimits};
pub use request_id::RequestId;
pub use service::{Deliveries, Service};
pub use trusted::TrustedDocuments;

use crate::answers::Answers;

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
