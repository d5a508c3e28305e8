SELECT json_build_object('actions', json_agg(json_build_object('code', page.action_code, 'text', page.action_text, 'status', page.status,
    'dueDate', page.due_date, 'estimatedHours', page.estimated_hours, 'result', json_build_object('code', result.result_code,
        'week', json_build_object('code', week.code, 'startDate', week.week_start_date))) ORDER BY page.due_date, page.id))::text
FROM (
    SELECT action.* FROM rpm_action_items AS action
    WHERE action.status = $1 AND EXISTS (
        SELECT FROM action_owners WHERE action_id = action.id AND owner_id = (SELECT id FROM owners WHERE lower(name) = lower($2)))
    ORDER BY action.due_date, action.id LIMIT 50
) AS page
JOIN rpm_results AS result ON result.id = page.result_id
JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id
