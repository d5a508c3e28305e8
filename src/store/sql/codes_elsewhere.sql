-- $1 the codes, $2 the week whose own actions do not count (null: none).
SELECT action.action_code, week.week_start_date
FROM rpm_action_items AS action
JOIN rpm_results AS result ON result.id = action.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
WHERE action.action_code = ANY ($1) AND week.id IS DISTINCT FROM $2
