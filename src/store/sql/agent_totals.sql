-- $1 the agent's canonical name: what it has completed so far, alone or with others.
SELECT count(*)::int AS completed, COALESCE(sum(action.actual_hours), 0) AS hours
FROM rpm_action_items AS action
JOIN action_owners ON action_owners.action_id = action.id
JOIN owners AS owner ON owner.id = action_owners.owner_id
WHERE owner.name = $1 AND action.status = 'completed'
