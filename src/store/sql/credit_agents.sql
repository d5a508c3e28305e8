-- $1 the action, $2 +1 or -1, $3 the hours with the same sign. The rows are locked in one order, whatever the plan.
WITH credited AS (
    SELECT agent.id FROM agent_status AS agent
    WHERE agent.agent_name IN (
        SELECT owner.name FROM action_owners JOIN owners AS owner ON owner.id = action_owners.owner_id
        WHERE action_owners.action_id = $1)
    ORDER BY agent.id
    FOR NO KEY UPDATE
)
UPDATE agent_status AS agent SET
    total_actions_completed = greatest(0, total_actions_completed + $2),
    total_hours_worked = greatest(0, total_hours_worked + $3),
    updated_at = now()
FROM credited WHERE agent.id = credited.id
