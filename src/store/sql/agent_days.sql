-- $1 and $2 days in the zone $3, both included. $4 the agents (null: all), $5 the owner whose actions are visible (null: everybody's),
-- $6 how long a heartbeat tells how its agent is, in seconds, $7 the present, $8 how many rows.
--
-- A heartbeat tells how the agent is until the next one, and no longer than $6; the time is cut at midnight. The last one's time
-- counts when it is known: when the next has come, or $6 is over.
-- OFFSET 0: see week_sums.sql.
WITH day AS (
    SELECT day::date AS day, day AT TIME ZONE $3 AS begins, (day + interval '1 day') AT TIME ZONE $3 AS ends
    FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') AS day
), span AS (
    SELECT min(begins) AS begins, max(ends) AS ends FROM day
), agent AS (
    SELECT id, agent_name FROM agent_status WHERE $4::uuid[] IS NULL OR id = ANY ($4)
), beat AS MATERIALIZED (
    SELECT agent.id AS agent_id, heartbeat.reported_at, heartbeat.status, heartbeat.health_score,
           CASE WHEN next.reported_at < heartbeat.reported_at + make_interval(secs => $6) THEN next.reported_at
                WHEN heartbeat.reported_at + make_interval(secs => $6) <= $7 THEN heartbeat.reported_at + make_interval(secs => $6)
                ELSE heartbeat.reported_at END AS until
    FROM span CROSS JOIN agent CROSS JOIN LATERAL (
        SELECT * FROM agent_heartbeats
        WHERE agent_id = agent.id AND reported_at >= span.begins - make_interval(secs => $6) AND reported_at < span.ends OFFSET 0
    ) AS heartbeat
    LEFT JOIN LATERAL (
        SELECT later.reported_at FROM agent_heartbeats AS later
        WHERE later.agent_id = agent.id AND later.reported_at > heartbeat.reported_at
        ORDER BY later.reported_at LIMIT 1
    ) AS next ON TRUE
), part AS (
    SELECT agent_id, day.day, status,
           EXTRACT(EPOCH FROM least(beat.until, day.ends) - greatest(beat.reported_at, day.begins)) AS seconds,
           CASE WHEN beat.reported_at >= day.begins THEN health_score END AS health_score,
           (beat.reported_at >= day.begins AND status = 'error')::int AS errors
    FROM beat JOIN day ON beat.reported_at < day.ends
        AND (beat.until > day.begins OR beat.reported_at >= day.begins)
), report AS (
    SELECT agent_id, day,
           count(health_score) AS beats, COALESCE(sum(health_score), 0) AS health_sum, min(health_score) AS health_least,
           sum(errors) AS errors,
           COALESCE(sum(greatest(seconds, 0)) FILTER (WHERE status = 'active'), 0) AS active_seconds,
           COALESCE(sum(greatest(seconds, 0)) FILTER (WHERE status = 'idle'), 0) AS idle_seconds,
           COALESCE(sum(greatest(seconds, 0)) FILTER (WHERE status = 'error'), 0) AS error_seconds
    FROM part GROUP BY agent_id, day
), done AS (
    SELECT agent.id AS agent_id, (action.completion_date AT TIME ZONE $3)::date AS day,
           count(*) AS completed, COALESCE(sum(action.actual_hours), 0) AS hours,
           count(*) FILTER (WHERE action.completion_date > action.created_at) AS cycles,
           COALESCE(sum(EXTRACT(EPOCH FROM action.completion_date - action.created_at))
               FILTER (WHERE action.completion_date > action.created_at), 0) AS cycle_seconds
    FROM span
    JOIN rpm_action_items AS action ON action.completion_date >= span.begins AND action.completion_date < span.ends
    CROSS JOIN LATERAL (SELECT * FROM action_owners WHERE action_id = action.id OFFSET 0) AS share
    JOIN owners AS owner ON owner.id = share.owner_id
    JOIN agent ON agent.agent_name = owner.name
    WHERE action.status = 'completed'
      AND ($5::uuid IS NULL OR EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $5 OFFSET 0))
    GROUP BY 1, 2
)
SELECT day, agent_id, agent.agent_name,
       COALESCE(done.completed, 0) AS completed, COALESCE(done.hours, 0) AS hours,
       COALESCE(done.cycles, 0) AS cycles, COALESCE(done.cycle_seconds, 0) AS cycle_seconds,
       COALESCE(report.beats, 0) AS beats, COALESCE(report.health_sum, 0)::bigint AS health_sum, report.health_least,
       COALESCE(report.errors, 0)::bigint AS errors,
       COALESCE(report.active_seconds, 0) AS active_seconds, COALESCE(report.idle_seconds, 0) AS idle_seconds,
       COALESCE(report.error_seconds, 0) AS error_seconds
FROM report FULL JOIN done USING (agent_id, day) JOIN agent ON agent.id = agent_id
ORDER BY day, agent.agent_name
LIMIT $8
