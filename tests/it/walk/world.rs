//! Demo data, what of it belongs to somebody, and the same without everything else. Told in SQL of its own: the store is on trial.

use chrono::Utc;
use rpm_api::demo::fill;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::support::TestDatabase;

/// Ids and words that rows can be asked by.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    pub(super) ids: Vec<String>,
    pub(super) words: Vec<String>,
    pub(super) dates: Vec<String>,
}

/// A database with the demo's data, in which the TEAM member is `QA`.
pub(super) async fn demo() -> TestDatabase {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let team = "UPDATE members SET owner_id = (SELECT id FROM owners WHERE name = 'QA') WHERE email = 'team@test.rpm'";
    let mut connection = database.connection().await;
    connection.execute(team).await.unwrap();
    let files = r#"[{"path": "/plans/a.md", "unread": [{"line": 3, "text": "x", "reason": "y"}]}]"#;
    for _ in 0..4 {
        let run = format!("INSERT INTO ingest_runs (origin, finished_at, files) VALUES ('command', now(), '{files}')");
        connection.execute(AssertSqlSafe(run)).await.unwrap();
    }
    // Which the last days of the demo need not have.
    connection.execute(REVENUE).await.unwrap();
    connection.execute(ALERTS).await.unwrap();
    database
}

/// What QA's work has earned.
const REVENUE: &str = r#"
    INSERT INTO events (event_type, actor, week_id, result_id, action_id, deliverable_id, owner_ids, payload)
    SELECT 'REVENUE_UPDATE', 'demo', result.weekly_plan_id, result.id, action.id, made.id,
           ARRAY(SELECT owner_id FROM action_owners WHERE action_id = action.id),
           jsonb_build_object('title', made.title, 'revenueActual', '12.50', 'previousRevenueActual', null)
    FROM deliverables AS made JOIN rpm_action_items AS action ON action.id = made.action_item_id
    JOIN rpm_results AS result ON result.id = action.result_id
    JOIN action_owners AS owned ON owned.action_id = action.id JOIN owners ON owners.id = owned.owner_id AND owners.name = 'QA'
    ORDER BY made.id LIMIT 1
"#;

/// Alerts and calendar links of each member. They are put aside and done with: no server makes anything of them meanwhile.
const ALERTS: &str = r#"
    INSERT INTO alert_subscriptions (id, member_id, kinds, channel, address, is_active, told_from, created_at, updated_at)
    SELECT gen_random_uuid(), id, '{ACTION_BLOCKED}', 'webhook', 'https://example.com/' || id, false, now(), now(), now() FROM members;
    INSERT INTO alert_deliveries (subscription_id, kind, subject, seen_by, payload, state, attempts, next_attempt_at, finished_at)
    SELECT subscription.id, 'ACTION_BLOCKED', number::text,
           CASE WHEN role IN ('admin', 'vip') THEN 'all' ELSE coalesce(owner_id::text, 'nothing') END,
           '{"title": "x", "text": "y", "data": {}}', 'sent', 1, now(), now()
    FROM alert_subscriptions AS subscription JOIN members ON members.id = member_id, generate_series(1, 4) AS number;
    INSERT INTO calendar_feeds (id, member_id, name, hash, created_at)
    SELECT gen_random_uuid(), id, 'x', sha256(id::text::bytea), now() FROM members;
"#;

/// The rows of each table that are an owner's, as the rule is written in `docs/access.md`.
const OWN: [(&str, &str); 12] = [
    ("rpm_action_items", "id IN (SELECT action_id FROM action_owners JOIN owners ON owners.id = owner_id WHERE name = $OWNER)"),
    ("rpm_results", "id IN (SELECT result_id FROM rpm_action_items WHERE $rpm_action_items)"),
    ("rpm_weekly_plans", "id IN (SELECT weekly_plan_id FROM rpm_results WHERE $rpm_results)"),
    ("projects", "id IN (SELECT project_id FROM rpm_weekly_plans WHERE $rpm_weekly_plans)"),
    ("deliverables", "action_item_id IN (SELECT id FROM rpm_action_items WHERE $rpm_action_items)"),
    (
        "owners",
        "(name = $OWNER OR id IN (SELECT owner_id FROM action_owners WHERE action_id IN \
         (SELECT id FROM rpm_action_items WHERE $rpm_action_items)))",
    ),
    ("agent_status", "agent_name IN (SELECT name FROM owners WHERE $owners)"),
    ("events", "(SELECT id FROM owners WHERE name = $OWNER) = ANY (owner_ids)"),
    ("members", "owner_id IN (SELECT id FROM owners WHERE name = $OWNER)"),
    ("alert_subscriptions", "member_id IN (SELECT id FROM members WHERE $members)"),
    ("alert_deliveries", "subscription_id IN (SELECT id FROM alert_subscriptions WHERE $alert_subscriptions)"),
    ("calendar_feeds", "member_id IN (SELECT id FROM members WHERE $members)"),
];

/// The condition that a row of a table belongs to an owner; `false` where a table has nothing to do with owners.
fn own(table: &str, owner: &str) -> String {
    let Some((_, condition)) = OWN.iter().find(|(name, _)| *name == table) else { return "false".to_owned() };
    let mut condition = condition.replace("$OWNER", &format!("'{owner}'"));
    for (name, _) in OWN {
        if condition.contains(&format!("${name}")) {
            condition = condition.replace(&format!("${name}"), &own(name, owner));
        }
    }
    condition
}

async fn texts(connection: &mut PgConnection, sql: String) -> Vec<String> {
    connection.fetch_all(AssertSqlSafe(sql)).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// What somebody's rows (or all others) can be asked by: one of each kind.
pub(super) async fn keys(database: &TestDatabase, owner: &str, mine: bool) -> Keys {
    let mut connection = database.connection().await;
    let connection = &mut connection;
    let mut keys = Keys::default();
    let not = if mine { "" } else { "NOT" };
    for (table, word) in [
        ("rpm_action_items", "action_code"),
        ("rpm_results", "category"),
        ("rpm_weekly_plans", "code"),
        ("projects", "code"),
        ("deliverables", "title"),
        ("owners", "name"),
        ("agent_status", "agent_name"),
        ("suno_songs", "song_id"),
        ("rpm_dna_periods", "period_type"),
        ("ingest_runs", "origin"),
        ("alert_subscriptions", "channel"),
        ("alert_deliveries", "kind"),
        ("calendar_feeds", "name"),
    ] {
        let rows = format!("FROM {table} WHERE {not} ({}) ORDER BY id LIMIT 1", own(table, owner));
        keys.ids.extend(texts(connection, format!("SELECT id::text {rows}")).await);
        keys.words.extend(texts(connection, format!("SELECT coalesce({word}, 'x') {rows}")).await);
    }
    let weeks = format!("FROM rpm_weekly_plans WHERE {not} ({})", own("rpm_weekly_plans", owner));
    keys.dates = texts(connection, format!("SELECT week_start_date::text {weeks} ORDER BY 1 DESC LIMIT 1")).await;
    keys.dates.push("2020-01-01".to_owned());
    keys
}

/// Takes away everything that is not somebody's.
pub(super) async fn leave_only(database: &TestDatabase, owner: &str, member: &str) {
    let mut connection = database.connection().await;
    let mut run = async |sql: String| connection.execute(AssertSqlSafe(sql)).await.unwrap().rows_affected();
    run(format!("DELETE FROM members WHERE email NOT IN ('{member}', 'admin@test.rpm')")).await;
    for table in ["deliverables", "events", "suno_songs", "rpm_dna_periods", "ingest_runs"] {
        assert!(run(format!("DELETE FROM {table} WHERE ({}) IS NOT TRUE", own(table, owner))).await > 0, "{table}");
    }
    assert!(run(format!("DELETE FROM rpm_action_items WHERE NOT ({})", own("rpm_action_items", owner))).await > 0);
    for table in ["agent_status", "owners", "rpm_results", "rpm_weekly_plans"] {
        run(format!("DELETE FROM {table} WHERE NOT ({})", own(table, owner))).await;
    }
    // Without the default project nobody could ask for a week; nobody here sees it unless a week of theirs is in it.
    run(format!("DELETE FROM projects WHERE NOT is_default AND NOT ({})", own("projects", owner))).await;
}
