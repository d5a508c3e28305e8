//! What agents did: heartbeats over days.

use serde_json::json;

use super::run;
use crate::support::postgres::{ADMIN, TEAM};
use crate::support::{Server, TestDatabase};

/// Yesterday from noon in Chicago: ten minutes at work, ten idle, ten in error, then silence, which counts for fifteen minutes; and a
/// heartbeat before midnight, whose time is cut there.
const BEATS: &str = "
INSERT INTO agent_status (agent_name, status, last_heartbeat) VALUES ('Artifacts', 'idle', now()), ('QA', 'active', now());
INSERT INTO agent_heartbeats (agent_id, reported_at, status, health_score)
SELECT agent.id, (current_date_there - 1 + beat.at::time) AT TIME ZONE 'America/Chicago', beat.status, beat.health
FROM agent_status AS agent, (SELECT (now() AT TIME ZONE 'America/Chicago')::date AS current_date_there) AS day,
     (VALUES ('12:00', 'active', 90), ('12:10', 'idle', 100), ('12:20', 'error', 40), ('12:30', 'active', 70)) AS beat(at, status, health)
WHERE agent.agent_name = 'Artifacts';
INSERT INTO agent_heartbeats (agent_id, reported_at, status, health_score)
SELECT agent.id, (current_date_there - 2 + time '23:55') AT TIME ZONE 'America/Chicago', 'active', 80
FROM agent_status AS agent, (SELECT (now() AT TIME ZONE 'America/Chicago')::date AS current_date_there) AS day
WHERE agent.agent_name = 'Artifacts';
-- One that is not over: it tells nothing of time yet.
INSERT INTO agent_heartbeats (agent_id, reported_at, status, health_score)
SELECT id, now(), 'active', 60 FROM agent_status WHERE agent_name = 'Artifacts';
UPDATE rpm_action_items SET completion_date = (current_date_there - 1 + time '10:00') AT TIME ZONE 'America/Chicago',
       created_at = (current_date_there - 1 + time '04:00') AT TIME ZONE 'America/Chicago', status = 'completed', actual_hours = 2.5
FROM (SELECT (now() AT TIME ZONE 'America/Chicago')::date AS current_date_there) AS day WHERE action_code IN ('EX-17', 'EX-18');
";

#[tokio::test]
async fn the_history_of_an_agent_is_what_it_reported() {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    run(&database, BEATS).await;
    let server = Server::with(database, &[]);
    let query =
        "query($days: Int! = 7) { agent(name: \"artifacts agent\") { history(days: $days) { total { actionsCompleted errorCount }
        days { date performance { actionsCompleted hoursWorked averageCompletionHours healthAverage healthMinimum errorCount
            activeHours idleHours errorHours utilizationRate } } } } }";
    let token = server.token(ADMIN);
    let history = server.ask(&token, query, json!({})).await.data()["agent"]["history"].clone();
    let days = history["days"].as_array().unwrap();
    assert_eq!(days.len(), 3, "{history:#}");
    // Five minutes of the fifteen are of that day.
    assert_eq!(days[0]["performance"]["activeHours"], "0.08");
    assert_eq!(
        days[1]["performance"],
        json!({
            "actionsCompleted": 2, "hoursWorked": "5.00", "averageCompletionHours": "6.00",
            "healthAverage": "75.00", "healthMinimum": 40, "errorCount": 1,
            // Ten minutes, fifteen of silence, and ten of the day before's last heartbeat.
            "activeHours": "0.58", "idleHours": "0.17", "errorHours": "0.17", "utilizationRate": "77.78",
        })
    );
    assert_eq!(days[2]["performance"]["activeHours"], "0.00");
    assert_eq!(days[2]["performance"]["healthMinimum"], 60);
    assert_eq!(history["total"], json!({ "actionsCompleted": 2, "errorCount": 1 }));
    let today = server.ask(&token, query, json!({ "days": 1 })).await.data();
    assert_eq!(today["agent"]["history"]["days"].as_array().unwrap().len(), 1);
    for days in [0, 91] {
        let refused = server.ask(&token, query, json!({ "days": days })).await;
        assert_eq!((refused.code(), &refused.error()["extensions"]["field"]), ("BAD_USER_INPUT", &json!(["days"])));
    }
    // Who owns EX-17 with Artifacts sees the agent, and of its actions that one.
    let shared = "INSERT INTO action_owners (action_id, owner_id) SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner
                  WHERE action_code = 'EX-17' AND owner.name = 'Andrew'";
    run(&server.database, shared).await;
    let part = server.ask(&server.token(TEAM), query, json!({})).await.data();
    assert_eq!(part["agent"]["history"]["total"], json!({ "actionsCompleted": 1, "errorCount": 1 }));
}
