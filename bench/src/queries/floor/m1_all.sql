SELECT action.action_code, 'completed' AS status, $2::text AS actual_hours, change_actions(jsonb_build_array(
    to_jsonb(action) || jsonb_build_object(
        'status', 'completed', 'completion_date', now(), 'updated_at', now(), 'actual_hours', $2::text,
        'week_id', result.weekly_plan_id, 'version', action.xmin::text, 'credit', 1, 'credited_hours', $2::text,
        'event', jsonb_build_object(
            'actor', 'floor', 'event_type', 'ACTION_COMPLETED', 'week_id', result.weekly_plan_id, 'result_id', result.id, 'action_id', action.id,
            'owner_ids', ARRAY(SELECT owner_id FROM action_owners WHERE action_id = action.id ORDER BY position),
            'payload', jsonb_build_object('change', 'COMPLETED', 'code', action.action_code, 'status', 'completed', 'previousStatus', action.status)))),
    TRUE)
FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = action.result_id
WHERE action.action_code = $1 AND action.status <> 'completed'
