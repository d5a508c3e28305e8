-- OFFSET 0: see week_sums.sql. Below infinity: what changed since an instant is little, and the planner takes a span without an end for a
-- third of all there is, where it does not know from when.
-- $1 an instant, $2 the time zone. The days and weeks that changes since then touch, and what of them: `created` actions, `worked` by
-- agents, `week`s, `deliverable`s, `song`s. Without a day: all days.
WITH changed AS MATERIALIZED (
    SELECT action.id, action.created_at, action.completion_date, result.weekly_plan_id AS week_id
    FROM rpm_action_items AS action
    CROSS JOIN LATERAL (SELECT weekly_plan_id FROM rpm_results WHERE id = action.result_id OFFSET 0) AS result
    WHERE action.updated_at >= $1 AND action.updated_at < 'infinity'
), made AS MATERIALIZED (
    SELECT action_item_id, created_at, published_at FROM deliverables WHERE updated_at >= $1 AND updated_at < 'infinity'
), weeks AS (
    SELECT week_id AS id FROM changed
    UNION SELECT weekly_plan_id FROM rpm_results WHERE updated_at >= $1 AND updated_at < 'infinity'
    UNION SELECT id FROM rpm_weekly_plans WHERE updated_at >= $1 AND updated_at < 'infinity'
    UNION SELECT week_id FROM events WHERE recorded_at >= $1 AND recorded_at < 'infinity'
    UNION
    SELECT result.weekly_plan_id
    FROM made
    CROSS JOIN LATERAL (SELECT result_id FROM rpm_action_items WHERE id = made.action_item_id OFFSET 0) AS action
    CROSS JOIN LATERAL (SELECT weekly_plan_id FROM rpm_results WHERE id = action.result_id OFFSET 0) AS result
), touched AS (
    SELECT 'created' AS what, created_at AS at FROM changed
    UNION ALL SELECT 'worked', completion_date FROM changed
    -- One that was reopened does not say any more when it had been completed; the log does.
    UNION ALL
    SELECT 'worked', event.occurred_at
    FROM changed
    CROSS JOIN LATERAL (SELECT occurred_at, event_type FROM events WHERE action_id = changed.id OFFSET 0) AS event
    WHERE event.event_type = 'ACTION_COMPLETED'
    UNION ALL SELECT 'worked', reported_at FROM agent_heartbeats WHERE recorded_at >= $1 AND recorded_at < 'infinity'
    UNION ALL SELECT 'deliverable', unnest(ARRAY[created_at, published_at]) FROM made
    UNION ALL
    SELECT 'song', unnest(ARRAY[created_at, released_at]) FROM suno_songs WHERE updated_at >= $1 AND updated_at < 'infinity'
)
SELECT DISTINCT what, (at AT TIME ZONE $2)::date AS day FROM touched WHERE at IS NOT NULL
UNION
SELECT 'week', week.week_start_date
FROM weeks CROSS JOIN LATERAL (SELECT week_start_date FROM rpm_weekly_plans WHERE id = weeks.id OFFSET 0) AS week
-- What was deleted, moved or renamed.
UNION
SELECT what, COALESCE(day, (at AT TIME ZONE $2)::date) FROM warehouse_touches WHERE noted_at >= $1 AND noted_at < 'infinity'
ORDER BY what, day
