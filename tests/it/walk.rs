//! What a role may not see makes no difference to it.
//!
//! Every root field that a role may ask is asked, with everything below it, and by every argument and every field of its inputs, with
//! values of rows that are its own and of rows that are not. Then all rows that are not its own are taken away, and everything is
//! asked again: each answer must be the same to the letter, counts, orders, pages and refusals included. The questions are made from
//! the schema: a field or an argument that is added is asked too, and one that is never seen in an answer fails the test.

mod model;
mod probes;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use rpm_api::resolvers::root_fields;
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::postgres::{ADMIN, AGENT, INVESTOR, TEAM, VIP};
use model::{Model, given};
use probes::{Probe, Probes};

/// The budgets are not what is tried here.
const FLAGS: [&str; 2] = [
    "--budgets",
    "admin=1000000/2000000000000/2000000000,vip=1000000/2000000000000/2000000000,team=1000000/2000000000000/2000000000,\
     agent=1000000/2000000000000/2000000000,investor=1000000/2000000000000/2000000000",
];

/// The root fields of a kind that a role may ask.
fn allowed(root: &str, role: &str) -> Vec<String> {
    let fields = root_fields().into_iter().filter(|(_, roles)| roles.iter().any(|own| own == role));
    fields.filter_map(|(field, _)| Some(field.strip_prefix(root)?.strip_prefix('.')?.to_owned())).collect()
}

/// What an answer says: its data and its errors, without what it cost.
async fn answer(server: &Server, token: &str, probe: &Probe) -> Value {
    let body = server.ask(token, &probe.document, json!({})).await.body;
    let errors: Vec<Value> = body["errors"].as_array().into_iter().flatten().cloned().collect();
    for error in &errors {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(matches!(code, "BAD_USER_INPUT" | "NOT_FOUND" | "FORBIDDEN" | "CONFLICT"), "{}: {error}", probe.tries);
    }
    let errors = errors.iter().map(|error| json!([error["message"], error["path"], error["extensions"]["code"]]));
    json!({ "data": body["data"], "errors": errors.collect::<Vec<_>>() })
}

/// Notes each `Type.field` that is in an answer.
fn note(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| note(value, seen)),
        Value::Object(fields) => {
            if let Some(ty) = fields.get("__typename").and_then(Value::as_str) {
                seen.extend(fields.keys().filter(|key| *key != "__typename").map(|key| format!("{ty}.{key}")));
            }
            fields.values().for_each(|value| note(value, seen));
        }
        _ => {}
    }
}

/// Every argument, and every field of the inputs, of these root fields.
fn arguments(model: &Model, root: &str, fields: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for name in fields {
        for argument in &model.field(root, name).arguments {
            let argument = given(&argument.node);
            let inner = model.input(&argument.of);
            if inner.is_empty() {
                all.insert(format!("{root}.{name}({})", argument.name));
            }
            all.extend(inner.iter().map(|own| format!("{root}.{name}({}.{})", argument.name, own.name)));
        }
    }
    all
}

/// Cursors in the middle of what an admin sees of each list.
async fn cursors(server: &Server, model: &Model) -> BTreeMap<String, String> {
    let admin = server.token(ADMIN);
    let mut cursors = BTreeMap::new();
    for name in allowed("Query", "ADMIN") {
        let field = model.field("Query", &name);
        if !field.arguments.iter().any(|argument| argument.node.name.node == "first") {
            continue;
        }
        let is_page = model::base(&field.ty.node).ends_with("Page");
        let end = if is_page { "endCursor" } else { "pageInfo { endCursor }" };
        let data = server.ask(&admin, &format!("{{ {name}(first: 3) {{ {end} }} }}"), json!({})).await.data();
        let cursor = if is_page { &data[&name]["endCursor"] } else { &data[&name]["pageInfo"]["endCursor"] };
        if let Some(cursor) = cursor.as_str() {
            cursors.insert(name, cursor.to_owned());
        }
    }
    cursors
}

/// Blocks one of somebody's actions: the demo leaves that to its simulation.
async fn block_something(server: &Server, token: &str) {
    let action = "{ actions(filter: { status: [PENDING] }, first: 1) { nodes { code } } }";
    let code = server.ask(token, action, json!({})).await.data()["actions"]["nodes"][0]["code"].clone();
    let block = format!("blockAction(input: {{ code: {code}, blockerDescription: \"x\" }}) {{ action {{ id }} }}");
    server.ask(&server.token(ADMIN), &format!("mutation {{ {block} }}"), json!({})).await.data();
}

/// What nobody has a row of: that revenue of a song is an event of nobody, and that the audit log and keys begin empty.
fn never_there(role: &str) -> &'static [&'static str] {
    match role {
        "TEAM" | "AGENT" => &["Song.", "WeekIngestedEvent."],
        _ => &["ApiKey.", "WeekIngestedEvent."],
    }
}

fn assert_all_seen(role: &str, expected: &BTreeSet<String>, seen: &BTreeSet<String>) {
    let excused = |field: &&String| never_there(role).iter().any(|start| field.starts_with(start));
    let missing: Vec<_> = expected.difference(seen).filter(|field| !excused(field)).collect();
    assert!(missing.is_empty(), "{role} was never shown {missing:?}");
}

#[tokio::test]
async fn rows_of_others_make_no_difference_to_who_has_a_part() {
    let model = Model::read();
    for (role, member, owner) in [("TEAM", TEAM, "QA"), ("AGENT", AGENT, "Artifacts")] {
        let database = world::demo().await;
        let server = Server::with(database, &FLAGS);
        let token = server.token(member);
        let cursors = cursors(&server, &model).await;
        let cursor = |field: &str| cursors.get(field).cloned();
        block_something(&server, &token).await;
        let (mine, theirs) =
            (world::keys(&server.database, owner, true).await, world::keys(&server.database, owner, false).await);
        let probes = |keys| Probes { model: &model, keys, cursors: &cursor, agent: owner };

        let (queries, mutations) = (allowed("Query", role), allowed("Mutation", role));
        let mut asked: Vec<Probe> = Vec::new();
        for name in &queries {
            // Where the log ends is told to everybody.
            asked.extend(probes(&mine).of("Query", name));
            asked.extend(probes(&theirs).of("Query", name));
        }
        // Of mutations, those that name what is not theirs: the others would make a difference.
        let names_a_row = |probe: &&Probe| ["id)", "code)", "currentActionCode)"].iter().any(|end| probe.tries.ends_with(end));
        for name in &mutations {
            asked.extend(probes(&theirs).of("Mutation", name).iter().filter(names_a_row).cloned());
        }
        let tried: BTreeSet<String> = asked.iter().map(|probe| probe.tries.clone()).collect();
        let untried: Vec<_> = arguments(&model, "Query", &queries).difference(&tried).cloned().collect();
        assert!(untried.is_empty(), "{role} never asked with {untried:?}");

        let (mut before, mut seen) = (Vec::new(), BTreeSet::new());
        for probe in &asked {
            let answer = answer(&server, &token, probe).await;
            note(&answer["data"], &mut seen);
            let is_mutation = probe.tries.starts_with("Mutation.");
            assert!(!is_mutation || answer["errors"] != json!([]), "{role} changed what is not its own: {}", probe.document);
            before.push(answer);
        }
        assert_all_seen(role, &model.reachable("Query", &queries), &seen);

        world::leave_only(&server.database, owner, member).await;
        let mut different = Vec::new();
        for (probe, before) in asked.iter().zip(before) {
            let after = answer(&server, &token, probe).await;
            if after != before {
                different.push(format!("{role} {}\n  with others:    {before}\n  without others: {after}", probe.document));
            }
        }
        assert!(different.is_empty(), "{} of {} answers differ:\n{}", different.len(), asked.len(), different[0]);
    }
}

#[tokio::test]
async fn who_sees_everything_is_shown_every_field_and_dashboards_their_sums() {
    let model = Model::read();
    let server = Server::with(world::demo().await, &FLAGS);
    let cursors = cursors(&server, &model).await;
    let cursor = |field: &str| cursors.get(field).cloned();
    let keys = world::keys(&server.database, "QA", true).await;
    block_something(&server, &server.token(ADMIN)).await;
    for (role, member) in [("ADMIN", ADMIN), ("VIP", VIP), ("INVESTOR", INVESTOR)] {
        let token = server.token(member);
        let fields = allowed("Query", role);
        let (mut seen, mut tried) = (BTreeSet::new(), BTreeSet::new());
        for name in &fields {
            for probe in (Probes { model: &model, keys: &keys, cursors: &cursor, agent: "QA" }).of("Query", name) {
                let answer = answer(&server, &token, &probe).await;
                let refused = answer["errors"].as_array().unwrap().iter().any(|error| error[2] == "FORBIDDEN");
                assert!(!refused, "{role} {}: {answer}", probe.document);
                note(&answer["data"], &mut seen);
                tried.insert(probe.tries);
            }
        }
        let untried: Vec<_> = arguments(&model, "Query", &fields).difference(&tried).cloned().collect();
        assert!(untried.is_empty(), "{role} never asked with {untried:?}");
        assert_all_seen(role, &model.reachable("Query", &fields), &seen);
    }
}
