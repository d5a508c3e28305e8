//! A surface that holds: what is known to be tried on GraphQL servers, each with its bound.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::node::node;
use crate::support::postgres::{ADMIN, INVESTOR, VIP};
use crate::support::{Answer, Server};

#[tokio::test]
async fn it_is_graphql_over_http_by_the_book() {
    let server = Server::start().await;
    let setup = json!({ "url": server.url("/graphql"), "token": server.token(ADMIN) });
    tokio::task::spawn_blocking(move || node(&["audits.mjs", &setup.to_string()], &[])).await.unwrap();
}

async fn refused(server: &Server, token: &str, query: &str, code: &str) {
    let before = Instant::now();
    let answer = server.ask(token, query, json!({})).await;
    assert_eq!(answer.code(), code, "{}", &query[..query.len().min(200)]);
    assert!(before.elapsed() < Duration::from_secs(2), "{:?} for {}", before.elapsed(), &query[..query.len().min(200)]);
    let length = answer.body.to_string().len();
    assert!(length < 20_000, "an answer of {length} bytes");
}

#[tokio::test]
async fn floods_are_refused_before_they_run() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let repeat = |count: usize, text: &dyn Fn(usize) -> String| (0..count).map(text).collect::<Vec<_>>().join(" ");
    let aliases = repeat(101, &|n| format!("a{n}: viewer {{ id }}"));
    refused(&server, &token, &format!("{{ {aliases} }}"), "QUERY_TOO_COMPLEX").await;
    let directives = repeat(51, &|_| "@skip(if: false)".to_owned());
    refused(&server, &token, &format!("{{ viewer {{ id {directives} }} }}"), "QUERY_TOO_COMPLEX").await;
    let unknown = repeat(1000, &|n| format!("@a{n}"));
    refused(&server, &token, &format!("{{ viewer {{ id {unknown} }} }}"), "QUERY_TOO_COMPLEX").await;
    let fields = repeat(20_000, &|_| "id".to_owned());
    refused(&server, &token, &format!("{{ viewer {{ {fields} }} }}"), "QUERY_TOO_COMPLEX").await;
    let wrong = repeat(5_000, &|n| format!("no{n}"));
    refused(&server, &token, &format!("{{ viewer {{ {wrong} }} }}"), "GRAPHQL_VALIDATION_FAILED").await;
    refused(&server, &token, "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "GRAPHQL_VALIDATION_FAILED")
        .await;
    let long = repeat(20_001, &|_| "\"\"".to_owned());
    refused(&server, &token, &format!("{{ nodes(ids: [{long}]) {{ id }} }}"), "QUERY_TOO_COMPLEX").await;
    let deep = format!("{}{}", "{ a".repeat(5_000), "}".repeat(5_000));
    refused(&server, &token, &deep, "QUERY_TOO_COMPLEX").await;
    let relations = format!("{{ weeks {{ nodes {{ {} id {} }} }} }}", "results { nodes { week { ".repeat(5), "} } }".repeat(5));
    refused(&server, &token, &relations, "QUERY_TOO_COMPLEX").await;
    let introspection = format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(12), "} }".repeat(12));
    refused(&server, &token, &introspection, "QUERY_TOO_COMPLEX").await;
    let wide = "{ weeks(first: 100) { nodes { actions(first: 100) { nodes { result { week { actions(first: 100) { nodes { id } } } } } } } } }";
    refused(&server, &token, wide, "QUERY_TOO_COMPLEX").await;
    let unpaged = "{ action(code: \"x\") { dependents { dependencies { dependents { dependencies { dependents { id } } } } } } }";
    refused(&server, &token, unpaged, "QUERY_TOO_COMPLEX").await;
    let same = repeat(51, &|_| "investorSummary { weeks }".to_owned());
    refused(&server, &token, &format!("{{ {same} }}"), "QUERY_TOO_COMPLEX").await;
    let wide = "subscription { events { week { actions(first: 100) { nodes { id owners { id name } } } } } }";
    let stream = server.http().post(server.url("/graphql")).bearer_auth(&token).header("accept", "text/event-stream");
    let said = stream.json(&json!({ "query": wide })).send().await.unwrap().text().await.unwrap();
    assert!(said.contains("QUERY_TOO_COMPLEX"), "{said}");
    // It goes on as before.
    server.ask(&token, "{ viewer { id } }", json!({})).await.data();
}

#[tokio::test]
async fn the_introspection_that_tools_send_passes_for_every_role() {
    let server = Server::start().await;
    let tools = "query { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...F } directives {
        name description locations args { ...I } } } }
        fragment F on __Type { kind name description specifiedByURL fields(includeDeprecated: true) { name description args { ...I }
        type { ...T } isDeprecated deprecationReason } inputFields { ...I } interfaces { ...T } enumValues(includeDeprecated: true) {
        name description isDeprecated deprecationReason } possibleTypes { ...T } }
        fragment I on __InputValue { name description type { ...T } defaultValue }
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
    for member in [ADMIN, VIP, INVESTOR] {
        let schema = server.ask(&server.token(member), tools, json!({})).await.data()["__schema"].clone();
        assert!(schema["types"].as_array().is_some_and(|types| types.len() > 10), "{member}");
    }
}

#[tokio::test]
async fn requests_that_other_sites_could_make_run_nothing() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mutation = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }";
    let post = || server.http().post(server.url("/graphql")).bearer_auth(&token);
    let url = server.url(&format!("/graphql?query={}", mutation.replace(' ', "%20").replace('"', "%22")));
    let get = server.http().get(&url).bearer_auth(&token);
    assert_eq!(get.send().await.unwrap().status(), 405);
    let stream = server.http().get(&url).bearer_auth(&token).header("accept", "text/event-stream");
    assert_eq!(stream.send().await.unwrap().status(), 405);
    let encoded = post().header("content-type", "application/x-www-form-urlencoded").body(format!("query={mutation}"));
    assert_eq!(encoded.send().await.unwrap().status(), 415);
    let batch = post().json(&json!([{ "query": mutation }, { "query": mutation }]));
    assert_eq!(Answer::of(batch.send().await.unwrap()).await.code(), "BAD_REQUEST");
    let agents = server.ask(&token, "{ agents { totalCount } }", json!({})).await.data();
    assert_eq!(agents["agents"]["totalCount"], 0);
}

#[tokio::test]
async fn strangers_learn_nothing_of_the_schema() {
    let server = Server::start().await;
    for query in ["{ veiwer { id } }", "{ __schema { types { name } } }", "{ __typename }", "{ nonsense"] {
        for token in [None, Some("nonsense"), Some("rpm_key_nonsense")] {
            let request = server.http().post(server.url("/graphql")).json(&json!({ "query": query }));
            let request = token.map_or(request.try_clone().unwrap(), |token| request.bearer_auth(token));
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{query}");
            let said = answer.body.to_string();
            assert!(!said.contains("viewer") && answer.body.get("data").is_none(), "{said}");
        }
    }
    // A role that does not see a field is not told of it by a suggestion either.
    let wrong = server.ask(&server.token(INVESTOR), "{ auditLg { hasNextPage } }", json!({})).await;
    assert!(!wrong.body.to_string().contains("auditLog"), "{}", wrong.body);
}

#[tokio::test]
async fn secrets_are_in_no_log_line() {
    let server = Server::start().await;
    let (child, address) = {
        let mut command = crate::support::rpm_api();
        command.env("DATABASE_URL", &server.database.url).env("RPM_LOG", "trace,sqlx=info,hyper=info,tokio=info,mio=info");
        command.stderr(std::process::Stdio::piped());
        crate::support::server::spawn(command, &["--demo"])
    };
    let mut child = child;
    let token = server.token(ADMIN);
    let http = server.http();
    let url = |path: &str| format!("http://{address}{path}");
    let secrets = ["a secret password", &token[token.len() - 20..]];
    let body = json!({ "query": "query($x: String!) { agent(name: $x) { id } }", "variables": { "x": secrets[0] } });
    http.post(url("/graphql")).bearer_auth(&token).json(&body).send().await.unwrap();
    http.post(url("/graphql")).bearer_auth(format!("{token}x")).json(&body).send().await.unwrap();
    let signed_in = http.post(url("/auth/demo")).json(&json!({ "email": "vip@demo.rpm" })).send().await.unwrap();
    let session: Value = signed_in.json().await.unwrap();
    let session = session["token"].as_str().unwrap().to_owned();
    http.get(url("/auth/callback?state=x&code=a-secret-code")).send().await.unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("demo data"), "there is a log: {log}");
    for secret in [secrets[0], secrets[1], &session[session.len() - 20..], "a-secret-code"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn a_bound_role_runs_registered_documents_only() {
    use sha2::{Digest, Sha256};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documents.json");
    let registered = "query Sums { investorSummary { weeks } }";
    let hash: String = Sha256::digest(registered).iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&file, json!({ hash.clone(): registered }).to_string()).unwrap();
    let flags = ["--trusted-documents", file.to_str().unwrap(), "--trusted-only", "investor"];
    let server = Server::with(crate::support::TestDatabase::new().await, &flags);
    let (investor, vip) = (server.token(INVESTOR), server.token(VIP));
    let ask = |token: &str, body: Value| {
        let request = server.http().post(server.url("/graphql")).bearer_auth(token).json(&body);
        async move { Answer::of(request.send().await.unwrap()).await }
    };
    let apollo = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    for body in [json!({ "documentId": format!("sha256:{hash}") }), apollo, json!({ "query": registered })] {
        for token in [&investor, &vip] {
            assert_eq!(ask(token, body.clone()).await.data()["investorSummary"]["weeks"], 0, "{body}");
        }
    }
    let own = json!({ "query": "{ investorSummary { songs } }" });
    let other = json!({ "documentId": "sha256:00", "query": "{ investorSummary { songs } }" });
    assert_eq!(ask(&investor, own.clone()).await.code(), "FORBIDDEN");
    assert_eq!(ask(&investor, other.clone()).await.code(), "DOCUMENT_NOT_FOUND");
    assert_eq!(ask(&vip, own).await.data()["investorSummary"]["songs"], 0);
    assert_eq!(ask(&vip, other).await.data()["investorSummary"]["songs"], 0);
    assert_eq!(ask(&vip, json!({ "documentId": "sha256:00" })).await.code(), "DOCUMENT_NOT_FOUND");
    let url = server.url(&format!("/graphql?documentId=sha256:{hash}"));
    let by_get = server.http().get(url).bearer_auth(&investor).send().await.unwrap();
    assert_eq!(Answer::of(by_get).await.data()["investorSummary"]["weeks"], 0);
    // A socket is no way around it.
    let mut socket = server.socket(&investor).await;
    socket.subscribe("1", "{ viewer { id } }", json!({})).await;
    assert_eq!(socket.receive().await["payload"][0]["extensions"]["code"], "FORBIDDEN");
    std::fs::write(&file, json!({ "00": registered }).to_string()).unwrap();
    let refused = server.command(&["serve", "--port", "0", "--trusted-documents", file.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("has the hash"), "{refused:?}");
}

#[tokio::test]
async fn the_database_stops_a_statement_that_takes_too_long() {
    use sqlx::{Connection, Executor};
    let server = Server::with(crate::support::TestDatabase::new().await, &["--operation-timeout", "1"]);
    let token = server.token(ADMIN);
    let mut connection = server.database.connection().await;
    let mut lock = connection.begin().await.unwrap();
    lock.execute("LOCK TABLE rpm_action_items IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let answer = server.ask(&token, "{ actions { totalCount } }", json!({})).await;
    assert_eq!((answer.status, answer.code()), (503, "TIMEOUT"), "{:#}", answer.body);
    // Nobody waits for the table any more, long before the lock is gone.
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'rpm_action_items'::regclass";
    let mut watcher = server.database.connection().await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut watcher).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "a statement still waits");
    }
    lock.rollback().await.unwrap();
    server.ask(&token, "{ actions { totalCount } }", json!({})).await.data();
}

#[tokio::test]
async fn where_the_own_address_is_known_it_is_the_only_own_origin() {
    let flags = ["--demo", "--public-url", "https://cockpit.example", "--allowed-origins", "https://other.example"];
    let server = Server::with(crate::support::TestDatabase::new().await, &flags);
    let body = json!({ "query": "{ viewer { email } }" });
    let signed_in = server.http().post(server.url("/auth/demo")).json(&json!({ "email": "vip@demo.rpm" })).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let own = format!("http://{}", server.address);
    for (origin, status) in [
        ("https://cockpit.example", 200),
        ("https://other.example", 200),
        ("http://cockpit.example", 403),
        (&own, 403),
        ("https://cockpit.example.evil", 403),
    ] {
        let request = server.http().post(server.url("/graphql")).header("cookie", &cookie).header("origin", origin).json(&body);
        assert_eq!(request.send().await.unwrap().status(), status, "{origin}");
    }
}
