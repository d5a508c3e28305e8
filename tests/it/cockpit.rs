//! The cockpit in a real browser.

use crate::support::browse;

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
