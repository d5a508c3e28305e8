-- $1 results, $2 their week (whose row lock the caller holds).
-- A result is completed when all its actions are; blocked when all that is open in it is blocked; and no longer not
-- started, blocked or completed when its actions say otherwise. Else what its document says stands. What is cancelled does not count.
WITH counts AS (
    SELECT result.id, action.*
    FROM unnest($1::uuid[]) AS result(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS total,
               count(*) FILTER (WHERE status = 'completed') AS completed,
               count(*) FILTER (WHERE status = 'blocked') AS blocked,
               count(*) FILTER (WHERE status <> 'pending') AS begun
        FROM rpm_action_items WHERE result_id = result.id AND status <> 'cancelled'
    ) AS action
), standing AS (
    SELECT result.id, result.status AS before, CASE
        WHEN counts.total > 0 AND counts.completed = counts.total THEN 'completed'
        WHEN counts.blocked > 0 AND counts.blocked = counts.total - counts.completed THEN 'blocked'
        WHEN result.status IN ('completed', 'blocked') THEN 'in_progress'
        WHEN result.status = 'not_started' AND counts.begun > 0 THEN 'in_progress'
        ELSE result.status END AS after
    FROM rpm_results AS result JOIN counts ON counts.id = result.id
), moved AS (
    UPDATE rpm_results AS result SET
        status = standing.after,
        completion_date = CASE WHEN standing.after = 'completed' THEN now() END,
        updated_at = now()
    FROM standing WHERE result.id = standing.id AND standing.after <> standing.before
)
UPDATE rpm_weekly_plans AS week SET completion_rate = sums.rate, updated_at = now()
FROM (
    SELECT round(100.0 * count(*) FILTER (WHERE action.status = 'completed') / nullif(count(*), 0), 2) AS rate
    FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
    WHERE result.weekly_plan_id = $2 AND action.status <> 'cancelled'
) AS sums
WHERE week.id = $2 AND week.completion_rate IS DISTINCT FROM sums.rate
