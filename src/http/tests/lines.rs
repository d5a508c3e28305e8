//! Which requests leave a log line, and at which level.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::support::{send, serve, serve_with};
use crate::telemetry::REQUEST;

/// Notes the levels of the lines of requests.
#[derive(Clone, Default)]
struct Levels(Arc<Mutex<Vec<Level>>>);

impl<S: Subscriber> Layer<S> for Levels {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == REQUEST {
            self.0.lock().expect("no panic").push(*event.metadata().level());
        }
    }
}

#[tokio::test]
async fn what_failed_and_what_was_slow_leave_a_line_and_the_others_for_who_asks() {
    let levels = Levels::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(levels.clone()));
    let ask = async |query: &str, slow: Option<Duration>| {
        let server = match slow {
            Some(slow) => serve_with(|limits| limits.slow_request = slow).await,
            None => serve().await,
        };
        send(server.post().json(&json!({ "query": query }))).await;
        std::mem::take(&mut *levels.0.lock().expect("no panic"))
    };
    // Another test may come to the same line at the same moment, and have it remembered that nobody listens.
    for query in ["{ hello }", "{ internal }"] {
        ask(query, Some(Duration::ZERO)).await;
        ask(query, None).await;
    }
    tracing::callsite::rebuild_interest_cache();
    assert_eq!(ask("{ hello }", None).await, [Level::DEBUG]);
    assert_eq!(ask("{ hello }", Some(Duration::ZERO)).await, [Level::INFO]);
    assert_eq!(ask("{ nonsense }", None).await, [Level::DEBUG]);
    // An `INTERNAL` error in a field, beside an answer of 200.
    assert_eq!(ask("{ internal }", None).await, [Level::WARN]);
    assert_eq!(ask("{ panics }", None).await, [Level::WARN]);
}
