SELECT page.action_code, page.action_text, page.status, page.due_date, page.estimated_hours::text, result.result_code, week.code,
    week.week_start_date::text
FROM (
    SELECT action.* FROM rpm_action_items AS action
    WHERE action.status = $1 AND EXISTS (
        SELECT FROM action_owners WHERE action_id = action.id AND owner_id = (SELECT id FROM owners WHERE lower(name) = lower($2)))
    ORDER BY action.due_date, action.id LIMIT 50
) AS page
JOIN rpm_results AS result ON result.id = page.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
ORDER BY page.due_date, page.id
