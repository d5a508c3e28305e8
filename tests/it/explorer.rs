//! The explorer in a real browser.

use crate::support::browse;

#[tokio::test]
async fn an_analyst_signs_in_runs_the_examples_and_watches_an_event() {
    browse("explorer.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn a_subscription_outlives_the_session_it_began_with() {
    browse("renewal.mjs", &["--demo", "--access-lifetime", "8"]).await;
}
