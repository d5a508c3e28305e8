SELECT week.code, week.title, week.week_start_date::text, week.week_end_date::text, week.status, week.completion_rate::text,
    result.result_code, result.result_text, result.purpose, result.status,
    action.action_code, action.action_text, action.status, action.funnel_stage, action.owner, action.due_date, action.completion_date,
    action.estimated_hours::text
FROM rpm_weekly_plans AS week
JOIN rpm_results AS result ON result.weekly_plan_id = week.id
LEFT JOIN rpm_action_items AS action ON action.result_id = result.id
WHERE week.id = $1::text::uuid
ORDER BY result.position, result.id, action.position, action.id
