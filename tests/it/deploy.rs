//! What is written for the cloud agrees with what the code has: it is read by machines that are not here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use clap::CommandFactory;
use hcl::{Body, Expression};
use rpm_api::config::Cli;
use rpm_api::lake::Lifecycle;
use serde_json::{Value, json};

use crate::support::node::root;
use crate::support::own_postgres::{OwnPostgres, PASSWORD, clients};
use crate::support::rpm_api;

/// Every file of Terraform.
fn terraform() -> BTreeMap<String, Body> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root().join("deploy/terraform")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            let text = fs::read_to_string(&path).unwrap();
            let body = hcl::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), body);
        }
    }
    assert!(files.len() > 10, "{:?}", files.keys());
    files
}

/// A local value.
fn local(files: &BTreeMap<String, Body>, name: &str) -> Expression {
    let locals = files.values().flat_map(Body::blocks).filter(|block| block.identifier() == "locals");
    let found = locals.flat_map(|block| block.body().attributes()).find(|attribute| attribute.key() == name);
    found.unwrap_or_else(|| panic!("local.{name}")).expr().clone()
}

/// What an expression says, as JSON; what is no plain value as its text.
fn json(expression: &Expression) -> Value {
    match expression {
        Expression::Null => Value::Null,
        Expression::Number(number) => number.as_u64().into(),
        Expression::String(text) => text.clone().into(),
        Expression::Array(items) => items.iter().map(json).collect(),
        Expression::Object(object) => {
            object.iter().map(|(key, value)| (key.to_string().trim_matches('"').to_owned(), json(value))).collect()
        }
        other => format!("{other:?}").into(),
    }
}

/// The names that a local object has, also where others are merged into it: all upper-case ones in its text.
fn variables(expression: &Expression) -> BTreeSet<String> {
    named(&format!("{expression:?}"))
}

/// Words that are names of environment variables.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    let is_name = |word: &&str| {
        word.starts_with("RPM_") && word.len() > 4 || ["DATABASE_URL", "JWT_SECRET", "GCP_PROJECT_ID"].contains(word)
    };
    words.filter(is_name).map(ToOwned::to_owned).collect()
}

/// Every environment variable that some command takes.
fn settings() -> BTreeSet<String> {
    let cli = Cli::command();
    let mut known = BTreeSet::new();
    for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
        known.extend(command.get_arguments().filter_map(|argument| Some(argument.get_env()?.to_str()?.to_owned())));
    }
    known
}

#[test]
fn terraform_keeps_the_lake_as_long_as_the_code_does() {
    let rules = json(&local(&terraform(), "lake_rules"));
    let wanted: Value = Lifecycle::standard()
        .acting()
        .rules
        .iter()
        .map(|rule| (rule.prefix.clone(), json!({ "coldline": rule.coldline_after_days, "delete": rule.delete_after_days })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(rules, wanted);
}

#[test]
fn the_warehouses_tables_are_nobodys_but_the_codes() {
    let files = terraform();
    let resources = files.values().flat_map(Body::blocks).filter(|block| block.identifier() == "resource");
    let kinds: BTreeSet<&str> = resources.map(|block| block.labels()[0].as_str()).collect();
    assert!(kinds.contains("google_bigquery_dataset") && !kinds.contains("google_bigquery_table"), "{kinds:?}");
}

#[test]
fn every_setting_that_is_set_in_the_cloud_is_one() {
    let known = settings();
    assert!(known.contains("RPM_LAKE") && known.contains("DATABASE_URL"), "{known:?}");
    let mut texts: Vec<_> =
        ["Dockerfile", "deploy/cloud-run/service.yaml", "docs/deploy.md"].map(|name| root().join(name)).into();
    texts.extend(terraform().keys().map(|name| root().join("deploy/terraform").join(name)));
    for path in texts {
        let unknown: Vec<String> = named(&fs::read_to_string(&path).unwrap()).difference(&known).cloned().collect();
        assert_eq!(unknown, [""; 0], "{}", path.display());
    }
}

#[test]
fn the_jobs_are_commands() {
    let jobs = json(&local(&terraform(), "all_jobs"));
    let cli = Cli::command();
    for (name, job) in jobs.as_object().unwrap() {
        let Some(first) = job["args"][0].as_str() else {
            assert_eq!(name, "create-database", "which is a script");
            continue;
        };
        assert!(cli.find_subcommand(first).is_some(), "{name}: {first}");
    }
}

#[test]
fn the_service_has_a_database_of_its_own_and_no_other_rights() {
    let Some(programs) = clients() else { return };
    let postgres = OwnPostgres::start();
    // As AlloyDB has it: whoever makes it is no superuser.
    let admin = "CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'of-the-house'";
    let folder = tempfile::TempDir::new().unwrap();
    let made = Command::new(programs.join("psql")).arg(postgres.url(PASSWORD, "postgres")).args(["-c", admin]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let own = postgres.url("new-broom", "rpm_production").replace("//app:", "//rpm_api:");
    let create = || {
        let mut command = Command::new(root().join("deploy/create-database.sh"));
        command.env("ADMIN_URL", postgres.url("of-the-house", "postgres").replace("//app:", "//admin:"));
        let path = std::env::var("PATH").unwrap();
        command.env("DATABASE_URL", &own).env("PATH", format!("{}:{path}", programs.display())).output().unwrap()
    };
    for _ in 0..2 {
        let output = create();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            "the database rpm_production is there, and belongs to rpm_api"
        );
    }
    let on = |arguments: &[&str]| {
        let output = rpm_api().env("DATABASE_URL", &own).env("RPM_HOME", folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let file = folder.path().join("rpm.dump");
    on(&["migrate"]);
    on(&["doctor", "--port", "0"]);
    // Also what takes most rights: all of it out, and in again.
    on(&["backup", file.to_str().unwrap()]);
    on(&["restore", "--force", file.to_str().unwrap()]);
    on(&["doctor", "--port", "0"]);
}

#[test]
fn the_service_is_the_same_with_and_without_terraform() {
    let service: Value =
        serde_saphyr::from_str(&fs::read_to_string(root().join("deploy/cloud-run/service.yaml")).unwrap()).unwrap();
    let pod = &service["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let files = terraform();
    let given: BTreeSet<String> =
        container["env"].as_array().unwrap().iter().map(|variable| variable["name"].as_str().unwrap().to_owned()).collect();
    let mut wanted: BTreeSet<String> = ["environment", "service_environment", "secret_environment"]
        .iter()
        .flat_map(|name| variables(&local(&files, name)))
        .collect();
    // What is there only when somebody signs in by a browser, or is told of something by e-mail or SMS.
    let on_demand = ["RPM_PUBLIC_URL", "RPM_OIDC_CLIENT_ID", "RPM_SMTP_FROM", "RPM_TWILIO_ACCOUNT", "RPM_TWILIO_FROM"];
    wanted.retain(|name| !on_demand.contains(&name.as_str()));
    assert_eq!(given, wanted);
    let text = fs::read_to_string(root().join("deploy/terraform/service.tf")).unwrap();
    for same in [
        format!("timeout = \"{}s\"", pod["timeoutSeconds"]),
        format!("max_instance_request_concurrency = {}", pod["containerConcurrency"]),
        format!("path = {}", container["startupProbe"]["httpGet"]["path"]),
        format!("path = {}", container["livenessProbe"]["httpGet"]["path"]),
        format!("mount_path = {}", container["volumeMounts"][0]["mountPath"]),
    ] {
        assert!(text.contains(&same), "{same}");
    }
}
