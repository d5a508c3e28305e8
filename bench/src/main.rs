//! Measures rpm-api beside the floor: what the same work costs without it. See `bench/README.md`.

// Its product is what it prints, and a measurement that cannot go on stops with the reason.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod commits;
mod fanout;
mod files;
mod floor;
mod metrics;
mod paint;
mod process;
mod queries;
mod report;
mod stage;
mod subscribers;
mod svg;
mod tail;

use clap::{Parser, Subcommand};

/// Measures rpm-api beside the floor.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Events to many subscribers, beside a bare WebSocket broadcast of the same bytes.
    Fanout(fanout::Options),
    /// Two ways to a cursor in commit order, and two places for NOTIFY.
    Commits(commits::Options),
    /// Plan files into the database and the lake.
    Files(files::Options),
    /// The cockpit's metrics on few old weeks and on many.
    Metrics(metrics::Options),
    /// How soon the cockpit shows the week, in a browser that has just been started.
    Paint(paint::Options),
    /// The questions of the cockpit, beside floors made by hand and other GraphQL servers.
    Queries(queries::Options),
    /// Many clients at once for a while: what the slowest wait for, what is refused, and whether memory grows.
    Tail(tail::Options),
    /// Instructions that a question costs the server, against those that are written down.
    Instructions(queries::instructions::Options),
    /// Where the server's processor time goes while it answers a question, as a picture (needs perf).
    Profile(queries::profile::Options),
    /// The floors of `queries`, as a server. `queries` starts it.
    #[command(hide = true)]
    QueriesFloor,
    /// The bare broadcast, as a server. `fanout` starts it.
    #[command(hide = true)]
    Floor,
}

fn main() {
    let command = Cli::parse().command;
    // The server under test has the first core for itself; everything else shares the other.
    if matches!(command, Command::Fanout(_) | Command::Profile(_) | Command::Queries(_) | Command::Tail(_)) {
        process::pin_self(1);
        process::raise_file_limit();
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    if matches!(command, Command::Floor | Command::QueriesFloor) {
        // As the server under test has it.
        runtime = tokio::runtime::Builder::new_multi_thread();
    }
    runtime.enable_all().build().unwrap().block_on(async {
        match command {
            Command::Fanout(options) => fanout::run(&options).await,
            Command::Commits(options) => commits::run(&options).await,
            Command::Files(options) => files::run(&options).await,
            Command::Metrics(options) => metrics::run(&options).await,
            Command::Paint(options) => paint::run(&options).await,
            Command::Queries(options) => queries::run(&options).await,
            Command::Tail(options) => tail::run(&options).await,
            Command::Instructions(options) => queries::instructions::run(&options).await,
            Command::Profile(options) => queries::profile::run(&options).await,
            Command::QueriesFloor => queries::floor::serve().await,
            Command::Floor => floor::serve().await,
        }
    });
}
