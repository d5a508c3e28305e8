-- $1 the keys, $2 the owner whose actions are visible (null: everybody's). {key} is action.result_id or result.weekly_plan_id.
SELECT {key} AS key,
       count(*) AS total,
       count(*) FILTER (WHERE action.status = 'pending') AS pending,
       count(*) FILTER (WHERE action.status = 'in_progress') AS in_progress,
       count(*) FILTER (WHERE action.status = 'blocked') AS blocked,
       count(*) FILTER (WHERE action.status = 'completed') AS completed
FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
WHERE {key} = ANY ($1) AND action.status <> 'cancelled'
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $2))
GROUP BY {key}
