-- $1 an instant, $2 the time zone. The days and weeks that changes since then touch, and what of them: `created` actions, `worked` by
-- agents, `week`s, `deliverable`s, `song`s.
WITH changed AS MATERIALIZED (
    SELECT action.id, action.created_at, action.completion_date, result.weekly_plan_id AS week_id
    FROM rpm_action_items AS action
    JOIN rpm_results AS result ON result.id = action.result_id
    WHERE action.updated_at >= $1
), weeks AS (
    SELECT week_id AS id FROM changed
    UNION SELECT weekly_plan_id FROM rpm_results WHERE updated_at >= $1
    UNION SELECT id FROM rpm_weekly_plans WHERE updated_at >= $1
    UNION SELECT week_id FROM events WHERE recorded_at >= $1
    UNION
    SELECT result.weekly_plan_id FROM deliverables AS deliverable
    JOIN rpm_action_items AS action ON action.id = deliverable.action_item_id
    JOIN rpm_results AS result ON result.id = action.result_id
    WHERE deliverable.updated_at >= $1
), touched AS (
    SELECT 'created' AS what, created_at AS at FROM changed
    UNION ALL SELECT 'worked', completion_date FROM changed
    -- One that was reopened does not say any more when it had been completed; the log does.
    UNION ALL
    SELECT 'worked', event.occurred_at FROM changed JOIN events AS event ON event.action_id = changed.id
    WHERE event.event_type = 'ACTION_COMPLETED'
    UNION ALL SELECT 'worked', reported_at FROM agent_heartbeats WHERE recorded_at >= $1
    UNION ALL SELECT 'deliverable', unnest(ARRAY[created_at, published_at]) FROM deliverables WHERE updated_at >= $1
    UNION ALL SELECT 'song', unnest(ARRAY[created_at, released_at]) FROM suno_songs WHERE updated_at >= $1
)
SELECT DISTINCT what, (at AT TIME ZONE $2)::date AS day FROM touched WHERE at IS NOT NULL
UNION
SELECT 'week', week_start_date FROM rpm_weekly_plans WHERE id IN (SELECT id FROM weeks)
ORDER BY what, day
