//! Arrows point down only: a module uses those below it, never those above or beside it that it must not know.

use std::collections::BTreeSet;
use std::path::Path;

/// What each top-level module may use of the others.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("error", &[]),
    ("breaker", &[]),
    ("tls", &[]),
    ("telemetry", &["tls"]),
    ("entities", &["ids"]),
    ("store", &["breaker", "entities", "error", "ids", "telemetry", "tls"]),
    ("analytics", &["breaker", "entities", "error", "ids", "store", "tls"]),
    ("answers", &["entities", "store"]),
    ("calendar", &["auth", "entities", "error", "store"]),
    ("report", &["analytics", "entities", "error", "ids", "store"]),
    ("alerts", &["analytics", "entities", "error", "ids", "report", "store", "tls"]),
    ("config", &["analytics", "ids", "report", "store", "telemetry"]),
    ("events", &["entities", "error", "store"]),
    ("auth", &["entities", "error", "ids", "store", "tls"]),
    ("loaders", &["analytics", "entities", "error", "ids", "store", "telemetry"]),
    ("schema", &["analytics", "entities", "error", "ids", "store"]),
    (
        "resolvers",
        &["alerts", "analytics", "auth", "entities", "error", "events", "ids", "lake", "loaders", "schema", "store", "telemetry"],
    ),
    ("http", &["answers", "auth", "entities", "error", "events", "ids", "lake", "resolvers", "telemetry", "tls"]),
    ("ingest", &["entities", "error", "ids", "lake", "store"]),
    ("demo", &["auth", "entities", "error", "ids", "lake", "store"]),
    ("jobs", &["alerts", "analytics", "entities", "error", "ingest", "lake", "report", "store", "telemetry"]),
    ("lake", &["breaker", "error", "tls"]),
    (
        "commands",
        &[
            "alerts",
            "analytics",
            "answers",
            "auth",
            "breaker",
            "calendar",
            "config",
            "demo",
            "entities",
            "error",
            "events",
            "http",
            "ingest",
            "jobs",
            "lake",
            "report",
            "resolvers",
            "store",
            "tls",
            "telemetry",
        ],
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file names as `crate::module`, comments apart.
fn used(text: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
        for tail in line.split("crate::").skip(1) {
            let names = tail.strip_prefix('{').map_or_else(|| vec![tail], |group| group.split(',').collect());
            for name in names {
                let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                modules.insert(name);
            }
        }
    }
    modules
}

#[test]
fn arrows_point_down_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&source).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: the module {module} has no arrows; add it to MAY_USE", inside.display()));
            continue;
        };
        for other in used(&std::fs::read_to_string(&file).unwrap()) {
            if other != module && known.contains(other.as_str()) && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{}: {module} must not use {other}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_store_speaks_sql() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    for file in files {
        let inside = file.strip_prefix(&source).unwrap();
        // BigQuery is no database of ours.
        if inside.starts_with("store") || inside.starts_with("analytics/warehouse/bigquery") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for sign in ["Statement::from", "sea_query", "execute_unprepared", "SELECT ", "INSERT INTO", "UPDATE rpm_"] {
            assert!(!text.contains(sign), "{} contains {sign:?}", inside.display());
        }
    }
}
