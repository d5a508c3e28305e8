//! The command line: one binary, a subcommand for each job.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rpm_api::config::{Cli, Command};
use rpm_api::{commands, telemetry};

/// How long a command waits at its end for its traces to be taken. A server has sent them by then, within the time that it has to stop.
const FLUSH: Duration = Duration::from_secs(5);

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How long what is left at the end may take to be cut off.
const CUT_OFF_WITHIN: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime cannot start: {error}")),
    };
    if let Err(error) = telemetry::begin(&(&cli.common.telemetry).into(), runtime.handle()) {
        return fail(&error);
    }
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(serve) => Box::pin(commands::serve::run(&cli.common, *serve)).await.map(|()| ExitCode::SUCCESS),
            Command::Doctor(doctor) => commands::doctor::run(&cli.common, &doctor).await,
            Command::Backup(backup) => commands::backup::run(&cli.common, &backup).await.map(|()| ExitCode::SUCCESS),
            Command::Restore(restore) => commands::backup::restore(&cli.common, &restore).await.map(|()| ExitCode::SUCCESS),
            Command::Migrate(migrate) => commands::migrate::run(&cli.common, &migrate).await.map(|()| ExitCode::SUCCESS),
            Command::Ingest(ingest) => commands::ingest::run(&cli.common, &ingest).await,
            Command::ExportPlan(export) => commands::export_plan::run(&cli.common, &export).await.map(|()| ExitCode::SUCCESS),
            Command::Report(report) => commands::report::run(&cli.common, &report).await.map(|()| ExitCode::SUCCESS),
            Command::Backtest(backtest) => commands::backtest::run(&cli.common, &backtest).await.map(|()| ExitCode::SUCCESS),
            Command::Provision(provision) => commands::provision::run(&cli.common, &provision).await.map(|()| ExitCode::SUCCESS),
            Command::Export(export) => commands::export::run(&cli.common, &export).await,
            Command::Reconcile(reconcile) => commands::reconcile::run(&cli.common, &reconcile).await,
            Command::Schema { access } => {
                let text = if access { rpm_api::resolvers::access_document() } else { rpm_api::resolvers::sdl() };
                commands::print(&text).map(|()| ExitCode::SUCCESS)
            }
            Command::Member(member) => commands::member::run(&cli.common, &member).await.map(|()| ExitCode::SUCCESS),
            Command::Key(key) => commands::key::run(&cli.common, &key).await.map(|()| ExitCode::SUCCESS),
            Command::Token(token) => commands::token::run(&cli.common, &token).await.map(|()| ExitCode::SUCCESS),
        }
    });
    telemetry::flush(FLUSH);
    // What is still at work when a server has drained is cut off here; a thread that waits for a disk is not waited for.
    runtime.shutdown_timeout(CUT_OFF_WITHIN);
    outcome.unwrap_or_else(|error| fail(&error.to_string()))
}

/// Says what went wrong; the exit code for that is 1 (2 is clap's, for a wrong command line).
#[allow(clippy::print_stderr)]
fn fail(message: &str) -> ExitCode {
    eprintln!("rpm-api: {message}");
    ExitCode::FAILURE
}
