//! Polling: answers by GET have a tag, and who knows it gets no answer.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::support::{Server, send, serve};

impl Server {
    fn poll(&self, query: &str) -> RequestBuilder {
        let (client, request) = self.request(Method::GET, "/graphql").bearer_auth("good").build_split();
        let mut request = request.expect("a request");
        request.url_mut().query_pairs_mut().append_pair("query", query);
        RequestBuilder::from_parts(client, request)
    }
}

#[tokio::test]
async fn who_knows_the_answer_is_not_sent_it() {
    let server = serve().await;
    let first = send(server.poll("{ hello }")).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 20 && tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(first.header("vary"), "Authorization, Cookie, Accept");

    for known in [tag.clone(), tag.replacen("W/", "", 1), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = send(server.poll("{ hello }").header("if-none-match", &known)).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!((again.header("etag"), again.header("vary")), (tag.as_str(), "Authorization, Cookie, Accept"));
        assert_eq!((again.header("cache-control"), again.header("content-type")), ("private, no-cache", ""));
    }
    let other = send(server.poll("{ hello(name: \"Ada\") }").header("if-none-match", &tag)).await;
    assert_eq!((other.status, other.json()), (200, json!({ "data": { "hello": "hello Ada" } })));
    assert_ne!(other.header("etag"), tag);
}

#[tokio::test]
async fn what_is_not_a_whole_answer_by_get_has_no_tag() {
    let server = serve().await;
    for (request, status) in [
        (server.poll("{ maybe }"), 200),
        (server.poll("{ fails }"), 200),
        (server.poll("{ nope }"), 200),
        (server.poll("{ nope }").header("accept", "application/graphql-response+json"), 400),
        (server.poll("{ hello").header("accept", "application/graphql-response+json"), 400),
        (server.post().json(&json!({ "query": "{ hello }" })), 200),
    ] {
        let answer = send(request.header("if-none-match", "*")).await;
        assert_eq!((answer.status, answer.header("etag"), answer.text.is_empty()), (status, "", false), "{answer:?}");
    }
    let refused = send(server.request(Method::GET, "/graphql?query=%7Bhello%7D").header("if-none-match", "*")).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "UNAUTHENTICATED"));
}
