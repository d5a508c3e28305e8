//! The code of every error that the GraphQL library can make, asked of the library itself.

use serde_json::{Value, json};

use super::super::RequestId;
use super::super::errors;
use super::super::errors::Outcome;
use super::schema::small_schema;
use super::support::{serve, serve_with};

#[tokio::test]
async fn each_refusal_has_its_code() {
    let server = serve().await;
    let none = json!({});
    for (query, variables, code) in [
        ("", none.clone(), "GRAPHQL_PARSE_FAILED"),
        ("{ hello(name: \"open }", none.clone(), "GRAPHQL_PARSE_FAILED"),
        ("fragment F on Query { hello }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ hello } { me }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query A { me }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { hello } fragment F on Query { me }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ nope }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ number }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ child }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("query($x: Nope) { number(n: $x) }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ number(n: $x) }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("query($x: Int) { hello }", none.clone(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ number(n: \"seven\") }", none.clone(), "BAD_USER_INPUT"),
        ("{ number(n: null) }", none.clone(), "BAD_USER_INPUT"),
        ("{ paint(color: BLUE) }", none.clone(), "BAD_USER_INPUT"),
        ("{ paint(paint: { color: BLUE }) }", none.clone(), "BAD_USER_INPUT"),
        ("{ paint(paint: { }) }", none.clone(), "BAD_USER_INPUT"),
        ("query($c: Color) { paint(color: $c) }", json!({ "c": "BLUE" }), "BAD_USER_INPUT"),
        ("query($n: Int!) { number(n: $n) }", none.clone(), "BAD_USER_INPUT"),
        ("query($n: Int!) { number(n: $n) }", json!({ "n": null }), "BAD_USER_INPUT"),
        ("query($n: Int!) { number(n: $n) }", json!({ "n": "x" }), "BAD_USER_INPUT"),
        ("query($n: Int = \"x\") { number(n: $n) }", none.clone(), "BAD_USER_INPUT"),
        ("query A { hello }", none.clone(), "none"),
    ] {
        let answer = server.run_with(query, variables.clone()).await;
        let status = if code == "none" { 200 } else { 400 };
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query} {variables}: {}", answer.text);
    }
}

#[tokio::test]
async fn arguments_that_only_the_resolver_can_read_are_coded_too() {
    let server = serve().await;
    for (query, variables) in [
        ("{ number(n: 99999999999) }", json!({})),
        ("{ paint(paint: { color: RED, label: \"long\" }) }", json!({})),
        ("query($p: Paint) { paint(paint: $p) }", json!({ "p": 3 })),
        // Should fail validation, but the library's rule for variables of another type is never called.
        ("query($x: String) { number(n: $x) }", json!({})),
    ] {
        let answer = server.run_with(query, variables).await;
        assert_eq!((answer.status, answer.code().as_str()), (200, "BAD_USER_INPUT"), "{}", answer.text);
        assert!(answer.json()["errors"][0]["path"].is_array());
    }
}

#[tokio::test]
async fn documents_beyond_the_schemas_limits_are_too_complex() {
    let schema = small_schema();
    for query in [
        "{ heavy }",
        "{ child { child { child { child { child { hello } } } } } }",
        &format!("{{ {}hello{} }}", "child { ".repeat(40), " }".repeat(40)),
        "{ hello @skip(if: false) @skip(if: false) @skip(if: false) }",
    ] {
        let outcome = Outcome::of(schema.execute(query).await, &RequestId::for_tests());
        assert!(!outcome.executed());
        let shown = serde_json::to_value(&outcome).expect("JSON");
        assert_eq!(shown["errors"][0]["extensions"]["code"], errors::code::QUERY_TOO_COMPLEX, "{query}: {shown}");
        assert_eq!(shown.get("data"), None);
    }
}

/// Each of these would end the process or keep it busy for hours if the library saw it.
#[tokio::test]
async fn documents_that_the_library_would_not_survive_do_not_reach_it() {
    let server = serve().await;
    let lists = format!("{{ list(of: {}{}) }}", "[".repeat(500), "]".repeat(500));
    let objects = format!("{{ list(of: {}1{}) }}", "{a:".repeat(500), "}".repeat(500));
    let types = format!("query($x: {}Int{}) {{ list(of: $x) }}", "[".repeat(500), "]".repeat(500));
    let selections = format!("{}hello{}", "{ child ".repeat(500), "}".repeat(500));
    let mut doubling = String::from("{ ...F0 }");
    for level in 0..30 {
        doubling += &format!(" fragment F{level} on Query {{ ...F{} ...F{} }}", level + 1, level + 1);
    }
    doubling += " fragment F30 on Query { hello }";
    let wide = format!("{{ {} }}", "hello ".repeat(10_001));
    for query in [lists, objects, types, selections, doubling, wide] {
        let answer = server.run(&query).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "QUERY_TOO_COMPLEX"), "{}", answer.text);
    }
    assert_eq!(server.run("{ hello }").await.status, 200);
}

#[tokio::test]
async fn the_limits_on_documents_are_settings() {
    let server = serve_with(|limits| {
        limits.document_nesting = 2;
        limits.document_selections = 3;
    })
    .await;
    assert_eq!(server.run("{ child { hello me } }").await.status, 200);
    assert_eq!(server.run("{ child { hello me number(n: 1) } }").await.code(), "QUERY_TOO_COMPLEX");
    assert_eq!(server.run("{ child { child { hello } } }").await.code(), "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn codes_of_resolvers_are_left_alone() {
    let server = serve().await;
    let coded = server.run("{ hello maybe }").await.json();
    assert_eq!(coded["data"], json!({ "hello": "hello ", "maybe": null }));
    assert_eq!(coded["errors"][0]["extensions"], json!({ "code": "CONFLICT" }));
    let uncoded = server.run("{ fails }").await.json();
    assert_eq!((&uncoded["data"], &uncoded["errors"][0]["extensions"]), (&Value::Null, &Value::Null));
    let internal = server.run("{ internal }").await;
    let extensions = &internal.json()["errors"][0]["extensions"];
    assert_eq!(*extensions, json!({ "code": "INTERNAL", "requestId": internal.header("x-request-id") }));
}

#[tokio::test]
async fn a_document_wrong_everywhere_is_told_so_a_bounded_number_of_times() {
    let answer = serve().await.run(&format!("{{ {} }}", "nope ".repeat(5000))).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(50));
}

/// A mutation's first field must not run when the second one's variable is missing.
#[tokio::test]
async fn missing_variables_are_found_before_anything_runs() {
    let server = serve().await;
    let answer = server.run("mutation($n: Int!) { bump add(n: $n) }").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"));
    assert_eq!(server.probe.bumps.load(std::sync::atomic::Ordering::SeqCst), 0);
}
