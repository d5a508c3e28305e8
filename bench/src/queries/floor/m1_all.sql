SELECT action.action_code, 'completed' AS status, $2::text AS actual_hours, change_action(
    to_jsonb(action) || jsonb_build_object('status', 'completed', 'completion_date', now(), 'updated_at', now(), 'actual_hours', $2::text),
    result.weekly_plan_id, action.xmin::text, 1, $2::text::numeric,
    jsonb_build_array(jsonb_build_object(
        'event_type', 'ACTION_COMPLETED', 'week_id', result.weekly_plan_id, 'result_id', result.id, 'action_id', action.id,
        'owner_ids', ARRAY(SELECT owner_id FROM action_owners WHERE action_id = action.id ORDER BY position),
        'payload', jsonb_build_object('change', 'COMPLETED', 'code', action.action_code, 'status', 'completed', 'previousStatus', action.status))),
    'floor', TRUE)
FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
WHERE action.action_code = $1 AND action.status <> 'completed'
