SELECT agent.agent_name, agent.status, agent.health_score, action.action_code, action.action_text, action.status
FROM agent_status AS agent LEFT JOIN rpm_action_items AS action ON action.id = agent.current_action_id
ORDER BY agent.agent_name
