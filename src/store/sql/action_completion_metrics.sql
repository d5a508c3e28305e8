-- $1 the time zone, $2 the first day, $3 the last. The hourly query of the owner's document (appendix B), for any days: actions by the
-- day of their creation, their owner and their stage. Hours to complete are whole hours, as TIMESTAMP_DIFF counts them.
SELECT json_build_object(
    'date', day,
    'owner', owner,
    'funnel_stage', funnel_stage,
    'total_actions', count(*),
    'completed_actions', count(*) FILTER (WHERE status = 'completed'),
    'completion_rate', (count(*) FILTER (WHERE status = 'completed'))::float8 / count(*) * 100,
    'avg_hours_to_complete', (avg(trunc(extract(epoch FROM completion_date - created_at) / 3600)) FILTER (WHERE status = 'completed'))::float8,
    'blocked_actions', count(*) FILTER (WHERE status = 'blocked'),
    'avg_estimated_hours', avg(estimated_hours)::float8,
    'avg_actual_hours', avg(actual_hours)::float8,
    'estimation_accuracy', (avg(actual_hours) / nullif(avg(estimated_hours), 0))::float8
) AS line
FROM (SELECT *, (created_at AT TIME ZONE $1)::date AS day FROM rpm_action_items) AS action
WHERE day BETWEEN $2 AND $3
GROUP BY day, owner, funnel_stage
ORDER BY day, owner, funnel_stage
