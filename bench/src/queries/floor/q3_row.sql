SELECT action_code, action_text, description, status, funnel_stage, owner, due_date, started_at, completion_date,
    estimated_hours::text, actual_hours::text, blocker_description
FROM rpm_action_items WHERE action_code = $1
