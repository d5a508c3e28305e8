SELECT json_build_object(
    'week', (
        SELECT json_build_object('code', week.code, 'title', week.title, 'startDate', week.week_start_date, 'endDate', week.week_end_date,
            'status', week.status, 'completionRate', week.completion_rate, 'results', (
                SELECT json_agg(json_build_object('code', result.result_code, 'text', result.result_text, 'purpose', result.purpose,
                    'status', result.status, 'actions', (
                        SELECT coalesce(json_agg(json_build_object('code', action.action_code, 'text', action.action_text,
                            'status', action.status, 'funnelStage', action.funnel_stage, 'ownerText', action.owner,
                            'dueDate', action.due_date, 'completionDate', action.completion_date,
                            'estimatedHours', action.estimated_hours) ORDER BY action.position, action.id), '[]')
                        FROM rpm_action_items AS action WHERE action.result_id = result.id
                    )) ORDER BY result.position, result.id)
                FROM rpm_results AS result WHERE result.weekly_plan_id = week.id
            ))
        FROM rpm_weekly_plans AS week WHERE week.id = $1::text::uuid
    ),
    'agents', (
        SELECT json_agg(json_build_object('name', agent.agent_name, 'status', agent.status, 'healthScore', agent.health_score,
            'currentAction', CASE WHEN action.id IS NOT NULL THEN
                json_build_object('code', action.action_code, 'text', action.action_text, 'status', action.status) END)
            ORDER BY agent.agent_name)
        FROM agent_status AS agent LEFT JOIN rpm_action_items AS action ON action.id = agent.current_action_id
    ))::text
