//! A served router over a toy schema, and the clients for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::Schema;
use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::super::{HttpLimits, HttpState, PlansAt, SignIn, TrustedDocuments, router};
use super::schema::{Mutation, Probe, Query, Subscriptions, Toy};
use super::socket::Socket;
use crate::answers::Answers;
use crate::auth::{Admission, Begun, Credential, DemoMember, SignInError, SignedIn, Viewer};
use crate::entities::enums::Role;
use crate::error::{ClientError, Error};
use crate::ids::MemberId;

/// Nothing here takes longer, however busy the machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Awaits with the deadline of all tests.
pub(super) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("in time")
}

/// Knows a few tokens by heart.
struct Doorkeeper {
    demo: bool,
    /// Becomes true when Jesse's access is withdrawn.
    revoked: watch::Sender<bool>,
}

fn member(lifetime: Duration) -> Viewer {
    Viewer {
        member_id: MemberId(uuid::Uuid::nil()),
        email: "jesse@example.com".to_owned(),
        name: "Jesse".to_owned(),
        role: Role::Admin,
        owner_id: None,
        credential: Credential::Token { issued_at: Utc::now() },
        expires_at: Utc::now() + lifetime,
    }
}

impl SignIn for Doorkeeper {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Viewer, Error>> {
        async move {
            match token {
                "good" => Ok(member(Duration::from_secs(600))),
                "short" => Ok(member(Duration::from_secs(2))),
                "somebody else's" => Ok(Viewer { member_id: MemberId(uuid::Uuid::max()), ..member(Duration::from_secs(600)) }),
                "narrowed" => Ok(Viewer { role: Role::Vip, ..member(Duration::from_secs(600)) }),
                "unreachable" => Err(Error::internal("secret detail")),
                "hanging" => std::future::pending().await,
                "panic" => panic!("secret detail"),
                _ => Err(ClientError::Unauthenticated("The token is not valid.".to_owned()).into()),
            }
        }
        .boxed()
    }

    fn admit<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Admission, Error>> {
        async move {
            let viewer = self.authenticate(token).await?;
            let mut revoked = self.revoked.subscribe();
            let withdrawn = async move {
                let _ = revoked.wait_for(|revoked| *revoked).await;
            };
            Ok(Admission { viewer, withdrawn: withdrawn.boxed() })
        }
        .boxed()
    }

    fn provider(&self) -> Option<String> {
        None
    }

    fn demo_members(&self) -> Option<Vec<DemoMember>> {
        let jesse = DemoMember { email: "jesse@example.com", name: "Jesse", role: Role::Admin, owner: None };
        self.demo.then(|| vec![jesse])
    }

    fn session_idle(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::hours(1)
    }

    fn demo_sign_in<'a>(&'a self, email: &'a str, _: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>> {
        async move {
            if email == "jesse@example.com" {
                Ok(signed_in("good", member(Duration::from_secs(600))))
            } else {
                Err(ClientError::not_found("demo member", email).into())
            }
        }
        .boxed()
    }

    fn begin_sign_in(&self, _: String) -> BoxFuture<'_, Result<Begun, SignInError>> {
        async { Err(SignInError::Refused("no provider".to_owned())) }.boxed()
    }

    fn finish_sign_in<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: String,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(SignedIn, String), SignInError>> {
        async { Err(SignInError::Refused("no provider".to_owned())) }.boxed()
    }

    fn firebase_sign_in<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<SignedIn, SignInError>> {
        async { Err(SignInError::Refused("no provider".to_owned())) }.boxed()
    }

    fn refresh<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>> {
        async move { Ok(signed_in("renewed", self.authenticate(token).await?)) }.boxed()
    }

    fn sign_out<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async { Ok(()) }.boxed()
    }

    fn sign_out_everywhere<'a>(&'a self, _: &'a Viewer) -> BoxFuture<'a, Result<(), Error>> {
        async { Ok(()) }.boxed()
    }
}

/// A session whose next refresh token is good as well.
fn signed_in(access: &str, viewer: Viewer) -> SignedIn {
    SignedIn { viewer, access: access.to_owned(), refresh: "good".to_owned() }
}

/// A served router; it stops when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) probe: Arc<Probe>,
    pub(super) drain: watch::Sender<bool>,
    pub(super) revoked: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves with the default limits.
pub(super) async fn serve() -> Server {
    serve_with(|_| {}).await
}

/// Serves with some limits changed.
pub(super) async fn serve_with(change: impl FnOnce(&mut HttpLimits)) -> Server {
    serve_as(true, change).await
}

pub(super) async fn serve_as(demo: bool, change: impl FnOnce(&mut HttpLimits)) -> Server {
    let probe = Arc::new(Probe::default());
    let (drain, draining) = watch::channel(false);
    let revoked = watch::Sender::new(false);
    let mut limits = HttpLimits::default();
    change(&mut limits);
    let state = HttpState::<Toy> {
        service: Toy(Schema::build(Query, Mutation, Subscriptions).data(Arc::clone(&probe)).finish()),
        answers: Answers::none(),
        authenticator: Arc::new(Doorkeeper { demo, revoked: revoked.clone() }),
        limits,
        public_url: None,
        trusted: TrustedDocuments::default(),
        plans: PlansAt { time_zone: "America/Chicago".to_owned(), principal: "Jesse".to_owned() },
        allowed_origins: vec!["https://cockpit.example".to_owned()],
        files: None,
        calendar: Arc::new(|_: String, _: bool| async { Ok(None) }.boxed()),
        ready: Arc::new(|| async { Ok(()) }.boxed()),
        metrics: Arc::new(|| "rpm_up 1\n".to_owned()),
        metrics_token: None,
        drain: draining,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let task = tokio::spawn(async move { axum::serve(listener, service).await.expect("serving") });
    Server { address, probe, drain, revoked, task }
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
    pub(super) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect()
    }
    /// The code of the first error.
    pub(super) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
    }
}

impl Server {
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without identity.
    pub(super) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let client = crate::tls::http_client().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        client.request(method, self.url(path))
    }

    pub(super) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.request(reqwest::Method::GET, path)
    }

    /// A POST to `/graphql` with a good token.
    pub(super) fn post(&self) -> reqwest::RequestBuilder {
        self.request(reqwest::Method::POST, "/graphql").bearer_auth("good")
    }

    /// Runs a document over HTTP and shows the answer in the newer media type.
    pub(super) async fn run(&self, query: &str) -> Answer {
        self.run_with(query, json!({})).await
    }

    pub(super) async fn run_with(&self, query: &str, variables: Value) -> Answer {
        let request = self.post().header("accept", "application/graphql-response+json");
        send(request.json(&json!({ "query": query, "variables": variables }))).await
    }

    /// An upgrade with extra headers, in the right subprotocol; the error is the status that was answered instead.
    pub(super) async fn upgrade(&self, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
        for (name, value) in headers {
            if value.is_empty() {
                request.headers_mut().remove(*name);
            } else {
                request.headers_mut().insert(*name, value.parse().expect("a header"));
            }
        }
        match within(tokio_tungstenite::connect_async(request)).await {
            Ok((stream, _)) => Ok(Socket::new(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("no upgrade: {other}"),
        }
    }

    /// Makes requests until nothing more of `flood` is produced between many of them; how much was, altogether.
    pub(super) async fn produced_at_rest(&self) -> usize {
        let produced = &self.probe.produced;
        let before = produced.load(Ordering::SeqCst);
        let (mut last, mut unchanged) = (0, 0);
        within(async {
            while unchanged < 100 {
                send(self.get("/healthz")).await;
                let now = produced.load(Ordering::SeqCst);
                // What the kernel holds between two sockets is some megabytes; a queue without bounds would hold all there is.
                assert!(now < before + 2000, "{now} messages of 16 KiB for a reader that reads nothing");
                unchanged = if now == last && now > 0 { unchanged + 1 } else { 0 };
                last = now;
            }
        })
        .await;
        last
    }

    /// A socket that has said nothing yet.
    pub(super) async fn socket(&self) -> Socket {
        self.upgrade(&[]).await.expect("an upgrade")
    }

    /// A socket that is acknowledged.
    pub(super) async fn signed_in(&self) -> Socket {
        let mut socket = self.socket().await;
        socket.say(json!({ "type": "connection_init", "payload": { "token": "good" } })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }
}

pub(super) async fn send(request: reqwest::RequestBuilder) -> Answer {
    within(async {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a body") }
    })
    .await
}
