UPDATE rpm_action_items SET status = 'completed', completion_date = now(), updated_at = now(), actual_hours = $2::text::numeric
WHERE action_code = $1 AND status <> 'completed'
RETURNING json_build_object('completeAction', json_build_object('action', json_build_object('code', action_code, 'status', status,
    'actualHours', actual_hours)))::text
