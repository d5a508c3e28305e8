//! How soon the cockpit shows the week, in a browser that has just been started.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::process::Server;
use crate::stage::{Database, SECRET, binary};

/// What is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// How often the page is opened, at either speed of the processor.
    #[arg(long, default_value_t = 12)]
    visits: usize,
    /// The server's binary; the one beside this where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = Command::new(root.join("scripts/chromium.sh")).arg("--find").output().unwrap();
    assert!(found.status.success(), "there is no Chromium: run make chromium");
    let chromium = String::from_utf8(found.stdout).unwrap();
    let database = Database::start().await;
    let mut serve = Command::new(binary(options.server.as_deref()));
    serve.args(["serve", "--demo", "--migrate", "--port", "0"]);
    serve.env("DATABASE_URL", database.url()).env("JWT_SECRET", SECRET).env("RPM_LOG", "warn");
    let server = Server::start(serve);
    let mut visits = Command::new("node");
    visits.current_dir(root.join("tests/node")).env("CHROMIUM", chromium.trim());
    visits.args(["paint.mjs", &format!("http://{}", server.address), &options.visits.to_string()]);
    assert!(visits.status().unwrap().success());
}
