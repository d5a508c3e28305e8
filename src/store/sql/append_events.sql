-- $1 the log's advisory lock, $2 the events as a JSON array, $3 the actor.
-- The CTE is joined, so that the lock is held before the first number is drawn.
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1) AS held),
added AS (
INSERT INTO events (event_type, actor, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids, occurred_at, payload)
SELECT event.event_type, $3, event.week_id, event.result_id, event.action_id, event.agent_id, event.deliverable_id,
       event.song_id, COALESCE(event.owner_ids, '{}'), COALESCE(event.occurred_at, clock_timestamp()), event.payload
FROM turn, ROWS FROM (jsonb_to_recordset($2) AS (event_type text, week_id uuid, result_id uuid, action_id uuid,
    agent_id uuid, deliverable_id uuid, song_id uuid, owner_ids uuid[], occurred_at timestamptz, payload jsonb))
    WITH ORDINALITY AS event(event_type, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                             occurred_at, payload, ordinal)
ORDER BY event.ordinal
RETURNING id)
SELECT max(id) AS newest FROM added
