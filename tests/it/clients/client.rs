use serde_json::{Value, json};

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    fn request(&self, query: &str, variables: Value) -> reqwest::RequestBuilder {
        self.http.post(&self.url).bearer_auth(&self.token).json(&json!({ "query": query, "variables": variables }))
    }

    async fn ask(&self, query: &str, variables: Value) -> Answer<Value> {
        let body: Value = self.request(query, variables).send().await?.json().await?;
        if let Some(error) = body["errors"].get(0) {
            return Err(format!("{}: {}", error["extensions"]["code"], error["message"]).into());
        }
        Ok(body["data"].clone())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Answer<()> {
    let token = std::env::var("TOKEN")?;
    let url = std::env::var("RPM_URL").unwrap_or_else(|_| "http://localhost:8080/graphql".to_owned());
    let client = Client { http: reqwest::Client::new(), url, token };

    let open = "{ eventCursor actions(filter: { status: [IN_PROGRESS] }, first: 5) { nodes { id code text updatedAt } } }";
    let data = client.ask(open, json!({})).await?;
    let action = &data["actions"]["nodes"][0];

    let block = "mutation($input: BlockActionInput!) { blockAction(input: $input) { action { code status } } }";
    let input =
        json!({ "id": action["id"], "expectedUpdatedAt": action["updatedAt"], "blockerDescription": "Waits for the lab" });
    println!("{}", client.ask(block, json!({ "input": input })).await?);

    // Server-Sent Events: lines, an empty one after each event.
    let watch = "subscription($after: Cursor) { events(after: $after) { type cursor occurredAt actor } }";
    let request = client.request(watch, json!({ "after": data["eventCursor"] })).header("accept", "text/event-stream");
    let mut stream = request.send().await?.error_for_status()?;
    let mut text = Vec::new();
    while let Some(chunk) = stream.chunk().await? {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            if let Some(event) = line.strip_prefix(b"data: ").filter(|event| !event.trim_ascii().is_empty()) {
                println!("{}", serde_json::from_slice::<Value>(event)?["data"]["events"]);
            }
        }
    }
    Ok(())
}
