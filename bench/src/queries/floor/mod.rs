//! What the same answers cost by hand: axum, tokio-postgres and no GraphQL. One statement that makes the JSON, plain rows made into
//! JSON here, and an answer from memory.

mod rows;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row, Statement};

/// Statements that give one text, by workload.
const JSON: [(&str, &str); 4] = [
    ("q1", include_str!("q1.sql")),
    ("q2", include_str!("q2.sql")),
    ("q3", include_str!("q3.sql")),
    ("m1", include_str!("m1.sql")),
];

/// Statements that give rows. That of M1 changes all that a change has to, where the other changes the action's row.
const ROWS: [(&str, &str); 5] = [
    ("q1_actions", include_str!("q1_actions.sql")),
    ("q1_agents", include_str!("q1_agents.sql")),
    ("q2_rows", include_str!("q2_rows.sql")),
    ("q3_row", include_str!("q3_row.sql")),
    ("m1_all", include_str!("m1_all.sql")),
];

/// What a request says; which of it depends on the workload.
#[derive(Deserialize)]
struct Ask<'a> {
    #[serde(borrow)]
    id: Option<&'a str>,
    status: Option<&'a str>,
    owner: Option<&'a str>,
    code: Option<&'a str>,
    hours: Option<&'a str>,
}

/// A connection and its prepared statements.
struct Link {
    client: Client,
    statements: Vec<(&'static str, Statement)>,
}

struct Floor {
    links: Vec<Link>,
    next: AtomicUsize,
    remembered: OnceCell<Bytes>,
}

impl Link {
    async fn open(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let mut statements = Vec::new();
        for (name, sql) in JSON.into_iter().chain(ROWS) {
            statements.push((name, client.prepare(sql).await.unwrap()));
        }
        Self { client, statements }
    }

    async fn query(&self, name: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        let (_, statement) = self.statements.iter().find(|(known, _)| *known == name).unwrap();
        self.client.query(statement, parameters).await.unwrap()
    }

    async fn text(&self, name: &str, ask: &Ask<'_>) -> Bytes {
        let rows = match name {
            "q1" => self.query(name, &[&ask.id]).await,
            "q2" => self.query(name, &[&ask.status, &ask.owner]).await,
            "q3" => self.query(name, &[&ask.code]).await,
            _ => self.query(name, &[&ask.code, &ask.hours]).await,
        };
        Bytes::copy_from_slice(rows[0].get::<_, &str>(0).as_bytes())
    }

    async fn rows(&self, name: &str, ask: &Ask<'_>) -> Bytes {
        match name {
            "q1" => {
                let id: [&(dyn ToSql + Sync); 1] = [&ask.id];
                // Sent together over one connection.
                let (actions, agents) = tokio::join!(self.query("q1_actions", &id), self.query("q1_agents", &[]));
                rows::week(&actions, &agents)
            }
            "q2" => rows::actions(&self.query("q2_rows", &[&ask.status, &ask.owner]).await),
            "q3" => rows::action(&self.query("q3_row", &[&ask.code]).await[0]),
            _ => rows::completed(&self.query("m1_all", &[&ask.code, &ask.hours]).await[0]),
        }
    }
}

async fn answer(State(floor): State<Arc<Floor>>, Path((way, name)): Path<(String, String)>, body: Bytes) -> impl IntoResponse {
    let link = &floor.links[floor.next.fetch_add(1, Ordering::Relaxed) % floor.links.len()];
    let ask = || serde_json::from_slice::<Ask<'_>>(&body).unwrap();
    let text = match way.as_str() {
        "json" => link.text(&name, &ask()).await,
        "rows" => link.rows(&name, &ask()).await,
        // The first answer, whatever is asked for.
        _ => floor.remembered.get_or_init(async || link.text(&name, &ask()).await).await.clone(),
    };
    ([(CONTENT_TYPE, "application/json")], text)
}

/// Serves `POST /{json,rows,bytes}/{workload}` over the database of `DATABASE_URL`, by `POOL` connections.
pub(crate) async fn serve() {
    let url = env::var("DATABASE_URL").unwrap();
    let pool: usize = env::var("POOL").unwrap().parse().unwrap();
    let links = futures_util::future::join_all((0..pool).map(|_| Link::open(&url))).await;
    let floor = Floor { links, next: AtomicUsize::new(0), remembered: OnceCell::new() };
    let app = Router::new().route("/{way}/{name}", post(answer)).with_state(Arc::new(floor));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("floors on http://{}", listener.local_addr().unwrap());
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap()), app).await.unwrap();
}
