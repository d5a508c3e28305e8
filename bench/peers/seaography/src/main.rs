//! Seaography: the schema is made from sea-orm's entities. `seaography-peer schema` writes it.

mod entities;

use std::sync::LazyLock;

use async_graphql_axum::GraphQL;
use axum::Router;
use axum::routing::post_service;
use sea_orm::{ConnectOptions, Database};
use seaography::{Builder, BuilderContext};

use entities::{agent_status, rpm_action_items, rpm_results, rpm_weekly_plans};

static CONTEXT: LazyLock<BuilderContext> = LazyLock::new(BuilderContext::default);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = std::env::var("POOL")?.parse()?;
    let mut options = ConnectOptions::new(std::env::var("DATABASE_URL")?);
    options.max_connections(pool).min_connections(pool).test_before_acquire(false).sqlx_logging(false);
    let database = Database::connect(options).await?;
    let mut builder = Builder::new(&CONTEXT, database.clone());
    seaography::register_entities!(builder, [rpm_weekly_plans, rpm_results, rpm_action_items, agent_status]);
    let schema = builder.schema_builder().data(database).finish()?;
    if std::env::args().nth(1).as_deref() == Some("schema") {
        println!("{}", schema.sdl());
        return Ok(());
    }
    let app = Router::new().route("/graphql", post_service(GraphQL::new(schema)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("Seaography on http://{}", listener.local_addr()?);
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), app).await?;
    Ok(())
}
