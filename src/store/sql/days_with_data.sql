-- $1 the time zone. The first and the last day that anything is known of; both absent when nothing is.
SELECT min(day) AS first, max(day) AS last FROM (
    SELECT unnest(ARRAY[min(week_start_date), max(week_start_date)]) AS day FROM rpm_weekly_plans
    UNION ALL
    SELECT (unnest(ARRAY[min(created_at), max(created_at), min(completion_date), max(completion_date)]) AT TIME ZONE $1)::date
    FROM rpm_action_items
    UNION ALL
    SELECT (unnest(ARRAY[min(beat.first), max(beat.last)]) AT TIME ZONE $1)::date
    FROM agent_status AS agent CROSS JOIN LATERAL (
        SELECT min(reported_at) AS first, max(reported_at) AS last FROM agent_heartbeats WHERE agent_id = agent.id
    ) AS beat
    UNION ALL
    SELECT (unnest(ARRAY[min(created_at), max(created_at), min(published_at), max(published_at)]) AT TIME ZONE $1)::date
    FROM deliverables
    UNION ALL
    SELECT (unnest(ARRAY[min(created_at), max(created_at), min(released_at), max(released_at)]) AT TIME ZONE $1)::date
    FROM suno_songs
) AS days
