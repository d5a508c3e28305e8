//! The cockpit in a real browser.

use tempfile::TempDir;

use crate::support::{Server, TestDatabase, browse, browse_on};

#[tokio::test]
async fn the_owner_works_with_the_week_while_others_do() {
    browse("cockpit.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn events_come_by_another_way_when_one_is_blocked_and_none_is_missed() {
    browse("cockpit-ways.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn a_session_goes_on_while_it_is_used_and_ends_an_hour_after() {
    browse("cockpit-session.mjs", &["--demo", "--access-lifetime", "8"]).await;
}

#[tokio::test]
async fn the_week_is_shown_after_two_answers_and_lists_stay_filled() {
    browse("cockpit-load.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn the_forecast_is_told_as_a_person_would() {
    browse("cockpit-forecast.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn every_section_shows_what_it_is_for_and_the_way_goes_to_any_week() {
    browse("cockpit-sections.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn a_page_that_was_open_shows_what_one_shows_that_is_opened() {
    browse("cockpit-agrees.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn each_role_is_shown_what_is_its_own_and_asks_for_nothing_else() {
    browse("cockpit-roles.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn a_deliverable_of_every_kind_is_downloaded_as_it_lies_in_the_lake() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (lake, outbox) = (at("lake"), at("outbox"));
    let server = Server::with(TestDatabase::new().await, &["--demo", "--lake", &lake, "--outbox", &outbox]);
    browse_on(&server, "cockpit-download.mjs", &[&lake]);
}
