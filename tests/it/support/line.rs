//! A line to a server that can be disturbed: HTTP on loopback, passed on as it comes, save for what a test wants otherwise.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the line does to some requests.
#[derive(Clone)]
pub enum Disturbance {
    /// Answers them itself.
    Refuse(StatusCode),
    /// Does not answer them.
    Hang,
    /// Passes them on and answers with this instead of what came back.
    LoseAnswer(StatusCode),
    /// Turns a byte of what they bring.
    DamageRequest,
    /// Turns a byte of what they get.
    DamageAnswer,
    /// Does something else first, and passes them on as they are.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
    /// Does something else instead of passing them on.
    Instead(Arc<dyn Fn() + Send + Sync>),
    /// Passes them on, and does something else before their answer goes back.
    Afterwards(Arc<dyn Fn() + Send + Sync>),
}

/// What the line puts right of the server's manners.
#[derive(Clone, Copy)]
pub struct Mend {
    /// Answers some requests in the server's place.
    pub answer: fn(&HeaderMap) -> Option<Response>,
    /// Puts what they bring right.
    pub request: fn(Bytes) -> Bytes,
    /// Puts the headers of an answer right.
    pub headers: fn(&Line, &mut HeaderMap),
}

impl Mend {
    /// Nothing.
    pub const NOTHING: Self = Self { answer: |_| None, request: |body| body, headers: |_, _| {} };
}

struct Rule {
    method: Method,
    fragment: String,
    does: Disturbance,
    /// How many requests it lets pass before.
    after: usize,
    times: usize,
}

/// A line. It ends when it is dropped.
pub struct Line {
    /// Where the server is.
    pub server: String,
    /// Where the line is.
    pub own: String,
    http: reqwest::Client,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<String>>,
    mend: Mend,
    task: Mutex<Option<JoinHandle<()>>>,
    /// How many requests are on their way.
    under_way: watch::Sender<usize>,
}

impl Line {
    pub async fn to(server: String, mend: Mend) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let http = rpm_api::tls::http_client().no_proxy().build().unwrap();
        let (rules, seen, task, under_way) = (Mutex::default(), Mutex::default(), Mutex::default(), watch::Sender::default());
        let line = Arc::new(Self { server, own, http, rules, seen, mend, task, under_way });
        let router = axum::Router::new().fallback(pass).with_state(line.clone());
        *line.task.lock().unwrap() = Some(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
        line
    }

    /// Disturbs the next requests of a method whose address has a fragment.
    pub fn disturb(&self, method: Method, fragment: &str, does: Disturbance, times: usize) {
        self.disturb_after(0, method, fragment, does, times);
    }

    /// The same, when so many of them have passed.
    pub fn disturb_after(&self, after: usize, method: Method, fragment: &str, does: Disturbance, times: usize) {
        self.rules.lock().unwrap().push(Rule { method, fragment: fragment.to_owned(), does, after, times });
    }

    /// Disturbs no more.
    pub fn calm(&self) {
        self.rules.lock().unwrap().clear();
    }

    /// The requests so far: method and address.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Resolves when every request so far has been answered by the server, or will not be.
    pub async fn is_idle(&self) {
        self.under_way.subscribe().wait_for(|requests| *requests == 0).await.unwrap();
    }

    /// Lets go of the port.
    pub fn close(&self) {
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort();
        }
    }

    fn disturbance(&self, method: &Method, address: &str) -> Option<Disturbance> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && rule.method == *method && address.contains(&rule.fragment))?;
        if rule.after > 0 {
            rule.after -= 1;
            return None;
        }
        rule.times -= 1;
        Some(rule.does.clone())
    }
}

/// A request on its way, also when the client that sent it is gone.
struct UnderWay(Arc<Line>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.send_modify(|requests| *requests -= 1);
    }
}

/// Passes a request on, as undisturbed as the rules want.
async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response {
    line.under_way.send_modify(|requests| *requests += 1);
    let under_way = UnderWay(Arc::clone(&line));
    // A task of its own: a client that goes away does not take it along.
    tokio::spawn(async move {
        let _under_way = under_way;
        pass_on(&line, request).await
    })
    .await
    .unwrap()
}

async fn pass_on(line: &Line, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let address = head.uri.path_and_query().unwrap().to_string();
    line.seen.lock().unwrap().push(format!("{} {address}", head.method));
    let does = line.disturbance(&head.method, &address);
    match &does {
        Some(Disturbance::Refuse(status)) => return status.into_response(),
        Some(Disturbance::Hang) => std::future::pending().await,
        Some(Disturbance::Instead(act)) => {
            act();
            return StatusCode::BAD_GATEWAY.into_response();
        }
        Some(Disturbance::Meanwhile(act)) => act(),
        _ => {
            if let Some(answer) = (line.mend.answer)(&head.headers) {
                return answer;
            }
        }
    }
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let body = if matches!(does, Some(Disturbance::DamageRequest)) { damaged(body) } else { (line.mend.request)(body) };
    strip(&mut head.headers);
    head.headers.remove(header::HOST);
    let sending = line.http.request(head.method, format!("{}{address}", line.server)).headers(head.headers).body(body).send();
    let Ok(answer) = sending.await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    strip(&mut headers);
    (line.mend.headers)(line, &mut headers);
    match does {
        Some(Disturbance::LoseAnswer(status)) => return status.into_response(),
        Some(Disturbance::DamageAnswer) => return (status, headers, Body::from(damaged(body))).into_response(),
        Some(Disturbance::Afterwards(act)) => act(),
        _ => {}
    }
    (status, headers, Body::from(body)).into_response()
}

/// Removes what holds for one connection only.
fn strip(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
}

/// The bytes with the one in the middle turned.
fn damaged(bytes: Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}
