SELECT json_build_object('action', json_build_object('code', action_code, 'text', action_text, 'description', description, 'status', status,
    'funnelStage', funnel_stage, 'ownerText', owner, 'dueDate', due_date, 'startedAt', started_at, 'completionDate', completion_date,
    'estimatedHours', estimated_hours, 'actualHours', actual_hours, 'blockerDescription', blocker_description))::text
FROM rpm_action_items WHERE action_code = $1
