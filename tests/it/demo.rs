//! The demo's data and its simulation, against a real PostgreSQL.

use std::time::Duration;

use crate::support::TestDatabase;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{America::Chicago, Pacific::Auckland, Tz};
use rpm_api::analytics::{Basis, periods};
use rpm_api::demo::{Simulation, fill};
use rpm_api::entities::enums::EventType;
use rpm_api::store::{EventFilter, Scope, Store, WeekFilter, WeekKey};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TryGetable};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// The single value that a query gives.
async fn one<T: TryGetable>(store: &Store, sql: &str) -> T {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = store.connection().query_one_raw(statement).await.expect(sql).expect(sql);
    row.try_get_by_index(0).expect(sql)
}

async fn count(store: &Store, sql: &str) -> i64 {
    one(store, &format!("SELECT count(*) FROM {sql}")).await
}

async fn empty(store: &Store) {
    let tables = "events, agent_heartbeats, agent_status, deliverables, suno_songs, rpm_dna_periods, members, action_owners, \
                  rpm_action_items, rpm_results, rpm_weekly_plans";
    store.connection().execute_unprepared(&format!("TRUNCATE {tables} RESTART IDENTITY CASCADE")).await.expect("empty tables");
}

const CURRENT: &str = "(SELECT action.*, result.weekly_plan_id FROM rpm_action_items AS action \
                       JOIN rpm_results AS result ON result.id = action.result_id \
                       JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id \
                       WHERE week.status = 'active') AS action";

async fn has_the_right_size(store: &Store) {
    assert_eq!(count(store, "rpm_weekly_plans").await, 13);
    assert_eq!(count(store, "rpm_weekly_plans WHERE status = 'completed'").await, 12);
    assert_eq!(count(store, "rpm_results").await, 78);
    assert_eq!(count(store, "rpm_action_items").await, 364);
    assert_eq!(count(store, "suno_songs").await, 386);
    assert_eq!(one::<i64>(store, "SELECT count(DISTINCT title) FROM suno_songs").await, 386);
    assert_eq!(one::<i64>(store, "SELECT count(DISTINCT album_assignment) FROM suno_songs").await, 21);
    assert_eq!(count(store, "agent_status").await, 5);
    assert_eq!(count(store, "members WHERE email LIKE '%@demo.rpm'").await, 4);
    assert_eq!(
        count(store, "members JOIN owners ON owners.id = owner_id WHERE role = 'team' AND owners.name = 'Andrew'").await,
        1
    );
    let every_week = "(SELECT result.weekly_plan_id, count(*) AS actions, count(DISTINCT result.id) AS results \
                      FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id \
                      GROUP BY 1) AS week WHERE actions = 28 AND results = 6";
    assert_eq!(count(store, every_week).await, 13);
    let categories = "SELECT string_agg(DISTINCT category, ' ' ORDER BY category) FROM rpm_results";
    assert_eq!(one::<String>(store, categories).await, "ARCH DEV DOCS MUSIC OPS PLAN");
}

async fn current_week_is_that_of_the_wireframe(store: &Store, now: DateTime<Utc>, zone: Tz) {
    let today = now.with_timezone(&zone).date_naive();
    let week = store.week(Scope::All, WeekKey::Holding(None, today)).await.expect("a query").expect("a current week");
    assert_eq!((week.week_end_date - week.week_start_date).num_days(), 6);
    assert_eq!(week.week_start_date.format("%a").to_string(), "Mon");
    assert_eq!(week.completion_rate.map(|rate| rate.to_string()), Some("67.86".to_owned()));
    assert_eq!(week.revenue_target_low.zip(week.revenue_target_high), Some((125_000.into(), 175_000.into())));

    for (status, expected) in [("completed", 19), ("in_progress", 5), ("blocked", 2), ("pending", 2)] {
        assert_eq!(count(store, &format!("{CURRENT} WHERE status = '{status}'")).await, expected, "{status}");
    }
    for (stage, expected) in [("top", 10), ("middle", 12), ("bottom", 6)] {
        assert_eq!(count(store, &format!("{CURRENT} WHERE funnel_stage = '{stage}'")).await, expected, "{stage}");
    }
    let own =
        format!("{CURRENT} JOIN action_owners ON action_id = action.id JOIN owners ON owners.id = owner_id AND name = 'Jesse'");
    assert_eq!(count(store, &own).await, 8);
    assert_eq!(count(store, &format!("{own} WHERE status = 'completed'")).await, 6);
    assert_eq!(count(store, &format!("{CURRENT} WHERE (status = 'blocked') <> (blocker_description IS NOT NULL)")).await, 0);

    let now = now.to_rfc3339();
    let recent = format!("{CURRENT} WHERE completion_date > timestamptz '{now}' - interval '24 hours'");
    assert!(count(store, &recent).await >= 3);
    let last = format!("{CURRENT} WHERE completion_date BETWEEN timestamptz '{now}' - interval '5 minutes' AND '{now}'");
    assert_eq!(count(store, &last).await, 1);
    let ahead = format!(
        "{CURRENT} WHERE status <> 'completed' AND due_date > '{now}' AND due_date < timestamptz '{now}' + interval '7 days'"
    );
    assert_eq!(count(store, &ahead).await, 9);

    let earned = format!("SELECT sum(revenue_actual)::text FROM deliverables JOIN {CURRENT} ON action.id = action_item_id");
    assert_eq!(one::<String>(store, &earned).await, "98000.00");
    let top = "SELECT title FROM deliverables WHERE revenue_actual = 60000";
    assert_eq!(one::<String>(store, top).await, "Jumio Integration");
}

async fn the_past_is_plausible(store: &Store, zone: Tz) {
    let rates = "rpm_weekly_plans WHERE status = 'completed' AND completion_rate BETWEEN 55 AND 95";
    assert_eq!(count(store, rates).await, 12);
    let trend: bool = one(
        store,
        "SELECT regr_slope(completion_rate, week_start_date - '2020-01-01') > 0 FROM rpm_weekly_plans WHERE status = 'completed'",
    )
    .await;
    assert!(trend);
    let late = format!(
        "rpm_action_items AS action JOIN rpm_results AS result ON result.id = result_id \
         JOIN rpm_weekly_plans AS week ON week.id = weekly_plan_id WHERE week.status = 'completed' \
         AND action.completion_date >= (week_end_date + 1)::timestamp AT TIME ZONE '{zone}'"
    );
    assert!(count(store, &late).await >= 11);
    let earned = "(SELECT week.id, sum(made.revenue_actual) AS actual, avg(revenue_target_low + revenue_target_high) / 2 AS target, \
                  count(*) AS made FROM deliverables AS made JOIN rpm_action_items AS action ON action.id = action_item_id \
                  JOIN rpm_results AS result ON result.id = result_id JOIN rpm_weekly_plans AS week ON week.id = weekly_plan_id \
                  GROUP BY 1) AS week WHERE actual / target BETWEEN 0.35 AND 0.75 AND made BETWEEN 8 AND 11";
    assert_eq!(count(store, earned).await, 13);
}

async fn rows_agree_with_each_other(store: &Store, now: DateTime<Utc>) {
    let wrong_rates = "rpm_weekly_plans AS week WHERE completion_rate IS DISTINCT FROM (
        SELECT round(100.0 * count(*) FILTER (WHERE action.status = 'completed') / count(*), 2)
        FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
        WHERE result.weekly_plan_id = week.id)";
    assert_eq!(count(store, wrong_rates).await, 0);
    let wrong_results = "(SELECT result.status, result.completion_date, count(*) AS total,
            count(*) FILTER (WHERE action.status = 'completed') AS completed,
            count(*) FILTER (WHERE action.status = 'blocked') AS blocked,
            count(*) FILTER (WHERE action.status <> 'pending') AS begun, max(action.completion_date) AS last
        FROM rpm_results AS result JOIN rpm_action_items AS action ON action.result_id = result.id GROUP BY result.id) AS result
        WHERE status <> CASE WHEN completed = total THEN 'completed' WHEN blocked > 0 AND blocked = total - completed THEN 'blocked'
            WHEN begun > 0 THEN 'in_progress' ELSE 'not_started' END
          OR completion_date IS DISTINCT FROM CASE WHEN completed = total THEN last END";
    assert_eq!(count(store, wrong_results).await, 0);
    let wrong_actions = "rpm_action_items WHERE (status = 'completed') <> (completion_date IS NOT NULL)
        OR (status = 'completed') <> (actual_hours IS NOT NULL) OR (status = 'completed') <> (evidence_path IS NOT NULL)
        OR started_at < created_at OR completion_date < started_at OR updated_at < created_at
        OR estimated_hours IS NULL OR due_date IS NULL OR verification_criteria IS NULL
        OR action_code !~ '^[A-Z]+-W\\d\\d-00[1-6][a-e]$'";
    assert_eq!(count(store, wrong_actions).await, 0);
    let unfilled = "rpm_action_items WHERE concat(action_text, verification_criteria, blocker_description) LIKE '%{%'";
    assert_eq!(count(store, unfilled).await, 0);
    assert_eq!(count(store, "rpm_results WHERE concat(result_text, purpose, outcome) LIKE '%{%'").await, 0);
    let unowned = "rpm_action_items AS action WHERE NOT EXISTS (SELECT FROM action_owners WHERE action_id = action.id)
        OR (owner LIKE '%+%') <> (EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND position = 1))";
    assert_eq!(count(store, unowned).await, 0);
    let waits_for_nothing = "rpm_action_items AS action, jsonb_array_elements_text(dependencies) AS code
        LEFT JOIN rpm_action_items AS other ON other.action_code = code
        WHERE other.id IS NULL OR (action.status = 'completed' AND other.completion_date > action.completion_date IS NOT FALSE)";
    assert_eq!(count(store, waits_for_nothing).await, 0);
    assert!(count(store, "rpm_action_items WHERE dependencies <> '[]'").await > 100);

    let now = now.to_rfc3339();
    for (table, columns) in [
        ("rpm_weekly_plans", vec!["created_at", "updated_at"]),
        ("rpm_results", vec!["created_at", "updated_at", "completion_date"]),
        ("rpm_action_items", vec!["created_at", "updated_at", "started_at", "completion_date"]),
        ("deliverables", vec!["created_at", "updated_at", "published_at"]),
        ("suno_songs", vec!["created_at", "updated_at", "released_at"]),
        ("agent_status", vec!["last_heartbeat", "session_start"]),
        ("agent_heartbeats", vec!["reported_at"]),
        ("events", vec!["occurred_at"]),
    ] {
        for column in columns {
            assert_eq!(count(store, &format!("{table} WHERE {column} > '{now}'")).await, 0, "{table}.{column}");
        }
    }
}

async fn agents_are_those_of_the_wireframe(store: &Store, now: DateTime<Utc>) {
    let agents =
        "SELECT string_agg(concat_ws(' ', agent_name, health_score, status), ', ' ORDER BY agent_name) FROM agent_status";
    let expected = "Artifacts 98 active, ExecMon 96 active, Planning 92 active, QA 95 active, Research 78 idle";
    assert_eq!(one::<String>(store, agents).await, expected);
    let wrong_totals = "agent_status AS agent WHERE NOT (total_actions_completed, total_hours_worked) = (
        SELECT count(*)::int, COALESCE(sum(actual_hours), 0) FROM rpm_action_items AS action
        JOIN action_owners ON action_id = action.id JOIN owners ON owners.id = owner_id
        WHERE owners.name = agent_name AND action.status = 'completed')";
    assert_eq!(count(store, wrong_totals).await, 0);
    let at_work =
        "agent_status JOIN rpm_action_items AS action ON action.id = current_action_id AND action.status = 'in_progress'
        JOIN action_owners ON action_id = action.id JOIN owners ON owners.id = owner_id AND owners.name = agent_name";
    assert_eq!(count(store, at_work).await, 4);
    let now = now.to_rfc3339();
    let fresh = format!("agent_status WHERE last_heartbeat > timestamptz '{now}' - interval '1 minute'");
    assert_eq!(count(store, &fresh).await, 5);
    // 193 quarters of an hour and 120 hours for each.
    assert_eq!(count(store, "agent_heartbeats").await, 5 * (193 + 120));
    for (status, fewest) in [("active", 500), ("idle", 100), ("error", 5)] {
        let beats = count(store, &format!("agent_heartbeats WHERE status = '{status}'")).await;
        assert!(beats >= fewest, "{status}: {beats}");
    }
    assert_eq!(count(store, "agent_heartbeats WHERE (status = 'error') <> (error IS NOT NULL)").await, 0);
    let same_as_last = "agent_status AS agent JOIN agent_heartbeats AS beat ON beat.agent_id = agent.id
        AND (reported_at, beat.status, beat.health_score) = (last_heartbeat, agent.status, agent.health_score)
        AND beat.current_action_id IS NOT DISTINCT FROM agent.current_action_id";
    assert_eq!(count(store, same_as_last).await, 5);
}

async fn outputs_are_those_of_the_wireframe(store: &Store) {
    let single = "SELECT concat_ws(', ', genre, bpm, key, duration_seconds, status, revenue_target, revenue_actual) \
                  FROM suno_songs WHERE title = 'Jesse''s Judicial Victory'";
    assert_eq!(one::<String>(store, single).await, "Country, 78, D Major, 222, released, 2000.00, 1200.00");
    let songs = "suno_songs WHERE (status = 'released') <> (released_at IS NOT NULL AND revenue_actual IS NOT NULL)
        OR duration_seconds NOT BETWEEN 120 AND 300 OR created_at > released_at";
    assert_eq!(count(store, songs).await, 0);
    let statuses = "SELECT count(DISTINCT status) FROM suno_songs";
    assert_eq!(one::<i64>(store, statuses).await, 4);
    let in_catalogue = "deliverables AS made LEFT JOIN suno_songs AS song ON song.title = made.title
        WHERE deliverable_type = 'song' AND published_at IS NOT NULL AND song.released_at IS DISTINCT FROM published_at";
    assert_eq!(count(store, in_catalogue).await, 0);
    let wrong = "deliverables WHERE (status = 'published') <> (published_at IS NOT NULL) OR title = '' OR title LIKE '%{%'
        OR (revenue_actual IS NOT NULL AND published_at IS NULL) OR published_at < created_at OR updated_at < published_at
        OR cloud_storage_path NOT LIKE 'deliverables/%' OR metadata->'links' IS NULL";
    assert_eq!(count(store, wrong).await, 0);
    assert_eq!(one::<i64>(store, "SELECT count(DISTINCT deliverable_type) FROM deliverables").await, 5);
}

/// The periods are the server's to sum up, of whatever actions there are.
async fn periods_sum_up_the_actions(store: &Store, now: DateTime<Utc>, zone: Tz) {
    let basis = Basis { zone, principal: "Jesse".into(), agent_stale_after: Duration::from_secs(900) };
    periods::keep_up(store, &basis, now).await.expect("periods");
    let wrong = "rpm_dna_periods AS period CROSS JOIN LATERAL (
            SELECT count(*)::int AS total, count(*) FILTER (WHERE status = 'completed')::int AS completed
            FROM rpm_action_items WHERE due_date >= period_start AND due_date < period_end) AS due
        WHERE (total_actions, completed_actions) <> (due.total, due.completed)
           OR completion_rate IS DISTINCT FROM round(100.0 * due.completed / nullif(due.total, 0), 2)";
    assert_eq!(count(store, wrong).await, 0);
    let weeks = "rpm_dna_periods WHERE period_type = 'weekly' AND total_actions = 28 AND velocity_score = round(completed_actions / 7.0, 2)";
    assert_eq!(count(store, weeks).await, 12);
}

async fn the_log_tells_of_the_last_week(store: &Store, now: DateTime<Utc>) {
    let events = store.events_after(Scope::All, &EventFilter::default(), None, 10_000).await.expect("events");
    assert!(events.is_sorted_by_key(|event| event.occurred_at));
    assert!(events.iter().all(|event| event.actor == "demo" && !event.owner_ids.is_empty()));
    assert!(events.iter().all(|event| event.occurred_at >= now - TimeDelta::days(7) && event.occurred_at <= now));
    use EventType::{ActionBlocked, ActionCompleted, AgentStatusChange, DeliverablePublished, RevenueUpdate};
    for event_type in [ActionCompleted, ActionBlocked, AgentStatusChange, DeliverablePublished, RevenueUpdate] {
        assert!(events.iter().any(|event| event.event_type == event_type), "{event_type:?}");
    }
    let completions = format!("rpm_action_items WHERE completion_date >= timestamptz '{}' - interval '7 days'", now.to_rfc3339());
    assert_eq!(count(store, &completions).await, count(store, "events WHERE event_type = 'ACTION_COMPLETED'").await);
}

/// A hash over all rows. Ids that the migrations drew are told by name; when a row came here is its own.
async fn fingerprint(store: &Store) -> String {
    let mut parts = Vec::new();
    for table in ["agent_heartbeats", "agent_status", "deliverables", "suno_songs", "rpm_action_items", "rpm_results"] {
        let hash = format!("SELECT md5(string_agg((to_jsonb(t) - 'recorded_at')::text, ',' ORDER BY t.id)) FROM {table} AS t");
        parts.push(one::<String>(store, &hash).await);
    }
    for sql in [
        "SELECT md5(string_agg((to_jsonb(t) - 'project_id')::text, ',' ORDER BY t.id)) FROM rpm_weekly_plans AS t",
        "SELECT md5(string_agg((to_jsonb(t) - 'owner_id')::text || owners.name, ',' ORDER BY t.action_id, t.position)) \
         FROM action_owners AS t JOIN owners ON owners.id = t.owner_id",
        "SELECT md5(string_agg((to_jsonb(t) - 'owner_id')::text || COALESCE(owners.name, ''), ',' ORDER BY t.email)) \
         FROM members AS t LEFT JOIN owners ON owners.id = t.owner_id",
        "SELECT md5(string_agg((to_jsonb(t) - '{owner_ids,recorded_at}'::text[])::text || (SELECT string_agg(name, '+' ORDER BY place) \
         FROM unnest(owner_ids) WITH ORDINALITY AS by(id, place) JOIN owners USING (id)), ',' ORDER BY t.id)) FROM events AS t",
    ] {
        parts.push(one::<String>(store, sql).await);
    }
    parts.join(" ")
}

#[tokio::test]
async fn the_set_has_the_numbers_of_the_wireframe_whenever_it_is_made() {
    let store = &TestDatabase::new().await.store().await;
    let moments = [
        ("2026-11-25T18:20:30.123456789Z", Chicago),
        ("2026-11-23T06:00:00Z", Chicago), // Monday, midnight
        ("2026-11-23T06:07:00Z", Chicago),
        ("2026-11-30T05:59:59Z", Chicago), // Sunday, the last second
        ("2026-03-08T08:01:00Z", Chicago), // the clock is put forward
        ("2026-11-01T06:30:00Z", Chicago), // the clock is put back
        ("2026-12-31T20:00:00Z", Auckland),
        ("2027-01-04T12:00:00Z", Tz::UTC),
    ];
    for (seed, (moment, zone)) in (1..).zip(moments) {
        empty(store).await;
        let now = instant(moment);
        assert!(fill(store, seed, now, zone).await.expect("a filled database"));
        has_the_right_size(store).await;
        current_week_is_that_of_the_wireframe(store, now, zone).await;
        the_past_is_plausible(store, zone).await;
        rows_agree_with_each_other(store, now).await;
        agents_are_those_of_the_wireframe(store, now).await;
        outputs_are_those_of_the_wireframe(store).await;
        periods_sum_up_the_actions(store, now, zone).await;
        the_log_tells_of_the_last_week(store, now).await;
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_database_and_a_filled_one_is_left_alone() {
    let now = instant("2026-11-25T18:20:30Z");
    let (first, second) = (TestDatabase::new().await.store().await, TestDatabase::new().await.store().await);
    for store in [&first, &second] {
        assert!(fill(store, 7, now, Chicago).await.expect("a filled database"));
    }
    let hash = fingerprint(&first).await;
    assert_eq!(hash, fingerprint(&second).await);

    assert!(!fill(&first, 8, now, Chicago).await.expect("an answer"));
    assert_eq!(hash, fingerprint(&first).await);

    empty(&second).await;
    assert!(fill(&second, 8, now, Chicago).await.expect("a filled database"));
    assert_ne!(hash, fingerprint(&second).await);

    empty(&second).await;
    let (one, other) = tokio::join!(fill(&second, 1, now, Chicago), fill(&second, 2, now, Chicago));
    assert_ne!(one.expect("an answer"), other.expect("an answer"), "of two at once, one fills");
    assert_eq!(second.count_weeks(Scope::All, &WeekFilter::default()).await.expect("a count"), 13);

    empty(&second).await;
    let song = "INSERT INTO suno_songs (song_id, title) VALUES ('known', 'Somebody''s own')";
    second.connection().execute_unprepared(song).await.expect("a song");
    assert!(!fill(&second, 7, now, Chicago).await.expect("an answer"));
    assert_eq!(count(&second, "rpm_weekly_plans").await, 0);
    let members = "members WHERE email LIKE '%@demo.rpm'";
    assert_eq!(count(&second, members).await, 4, "who signs in by a click is there all the same");
}

async fn agents_keep_working(store: &Store) {
    let position = store.last_event().await.expect("a position");
    let before = one::<String>(store, UNTOUCHED).await;
    let simulation = Simulation {
        heartbeat_every: Duration::from_millis(2),
        change_every: Duration::from_millis(3),
        ..Simulation::new(3, Chicago)
    };
    let (enough, shutdown) = tokio::sync::oneshot::channel::<()>();
    let watched = async {
        loop {
            let events = store.events_after(Scope::All, &EventFilter::default(), Some(position), 10_000).await.expect("events");
            let seen = |event_type| events.iter().any(|event| event.event_type == event_type);
            use EventType::{
                ActionBlocked, ActionCompleted, ActionUpdated, AgentStatusChange, DeliverablePublished, RevenueUpdate,
            };
            let wanted = [ActionBlocked, ActionCompleted, ActionUpdated, AgentStatusChange, DeliverablePublished, RevenueUpdate];
            let reopened = events.iter().any(|event| event.payload["change"] == "REOPENED");
            if wanted.into_iter().all(seen) && reopened {
                enough.send(()).expect("a simulation that runs");
                return events;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let both = async { tokio::join!(simulation.run(store.clone(), async { drop(shutdown.await) }), watched) };
    let ((), events) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("all kinds of events in a minute");
    assert!(events.iter().all(|event| ["Artifacts", "QA", "Planning", "Research", "ExecMon"].contains(&event.actor.as_str())));
    assert_eq!(before, one::<String>(store, UNTOUCHED).await, "other weeks are left alone");
    assert_eq!(count(store, "agent_status WHERE health_score NOT BETWEEN 60 AND 100").await, 0);
}

/// All that does not belong to the current week.
const UNTOUCHED: &str = "SELECT md5(string_agg(row::text, ',' ORDER BY id)) FROM (
    SELECT week.id, to_jsonb(week) AS row FROM rpm_weekly_plans AS week WHERE week.status <> 'active'
    UNION ALL SELECT action.id, to_jsonb(action) FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = result_id
        JOIN rpm_weekly_plans AS week ON week.id = weekly_plan_id WHERE week.status <> 'active'
    UNION ALL SELECT made.id, to_jsonb(made) FROM deliverables AS made JOIN rpm_action_items AS action ON action.id = action_item_id
        JOIN rpm_results AS result ON result.id = result_id JOIN rpm_weekly_plans AS week ON week.id = weekly_plan_id
        WHERE week.status <> 'active'
    UNION ALL SELECT song.id, to_jsonb(song) FROM suno_songs AS song) AS rows";

#[tokio::test]
async fn the_simulation_gives_something_to_watch() {
    let store = TestDatabase::new().await.store().await;
    assert!(fill(&store, 1, Utc::now(), Chicago).await.expect("a filled database"));
    agents_keep_working(&store).await;
}

#[tokio::test]
async fn the_simulation_survives_a_database_without_data() {
    let store = TestDatabase::new().await.store().await;
    let simulation = Simulation {
        heartbeat_every: Duration::from_millis(2),
        change_every: Duration::from_millis(2),
        ..Simulation::new(3, Chicago)
    };
    // The task must be one that can be spawned.
    let run = simulation.run(store.clone(), tokio::time::sleep(Duration::from_millis(300)));
    tokio::spawn(run).await.expect("an orderly end");
    assert_eq!(count(&store, "rpm_action_items").await, 0);
    assert!(count(&store, "agent_heartbeats").await > 0);
}

#[tokio::test]
async fn a_demo_whose_weeks_are_over_is_made_anew_and_own_plans_are_left_alone() {
    let store = TestDatabase::new().await.store().await;
    let now = instant("2026-11-25T18:20:30Z");
    assert!(fill(&store, 7, now, Chicago).await.expect("a filled database"));
    let position = store.last_event().await.expect("a position");
    let later = now + TimeDelta::weeks(3);
    store.prune_events(Utc::now() + TimeDelta::hours(1)).await.expect("a log that keeps nothing");
    assert_eq!(store.last_event().await.expect("a position"), position);
    assert!(fill(&store, 7, later, Chicago).await.expect("a filled database"), "three weeks later");
    assert!(!fill(&store, 7, later, Chicago).await.expect("an answer"), "once");
    let day = later.with_timezone(&Chicago).date_naive();
    assert!(store.week(Scope::All, WeekKey::Holding(None, day)).await.expect("an answer").is_some());
    assert_eq!(store.count_weeks(Scope::All, &WeekFilter::default()).await.expect("a count"), 13);
    assert_eq!(count(&store, "suno_songs").await, 386);
    assert_eq!(count(&store, "members WHERE email LIKE '%@demo.rpm'").await, 4);
    let first: i64 = one(&store, "SELECT min(id) FROM events").await;
    assert!(first > position, "cursors of before stay behind");
    assert!(fill(&store, 7, later + TimeDelta::weeks(3), Chicago).await.expect("a filled database"), "with its log, again");
    let expired = store.events_after(Scope::All, &EventFilter::default(), Some(position), 1).await;
    assert_eq!(expired.expect_err("what followed it is gone").code(), "CURSOR_EXPIRED");

    // A plan that was read from a document is somebody's own.
    let file = "INSERT INTO ingested_files (path, sha256, kind, parsed, report, modified_at) VALUES ('x', '', 'plan', '{}', '{}', now())";
    store.connection().execute_unprepared(file).await.expect("a file");
    assert!(!fill(&store, 7, later + TimeDelta::weeks(6), Chicago).await.expect("an answer"));
    assert_eq!(count(&store, "suno_songs").await, 386);
}
