SELECT page.action_code, page.action_text, page.status, page.due_date, page.estimated_hours::text, result.result_code, week.code,
    week.week_start_date::text
FROM (
    SELECT action.* FROM action_owners AS owned JOIN rpm_action_items AS action ON action.id = owned.action_id
    WHERE owned.action_status = $1 AND owned.owner_id = (SELECT id FROM owners WHERE lower(name) = lower($2))
    ORDER BY owned.action_due_date, owned.action_id LIMIT 50
) AS page
JOIN rpm_results AS result ON result.id = page.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
ORDER BY page.due_date, page.id
