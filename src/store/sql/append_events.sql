-- $1 the events as a JSON array, $2 the actor. The table's triggers see to the order and to the hint.
WITH added AS (
INSERT INTO events (event_type, actor, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids, occurred_at, payload)
SELECT event.event_type, $2, event.week_id, event.result_id, event.action_id, event.agent_id, event.deliverable_id,
       event.song_id, COALESCE(event.owner_ids, '{}'), COALESCE(event.occurred_at, clock_timestamp()), event.payload
FROM ROWS FROM (jsonb_to_recordset($1) AS (event_type text, week_id uuid, result_id uuid, action_id uuid,
    agent_id uuid, deliverable_id uuid, song_id uuid, owner_ids uuid[], occurred_at timestamptz, payload jsonb))
    WITH ORDINALITY AS event(event_type, week_id, result_id, action_id, agent_id, deliverable_id, song_id, owner_ids,
                             occurred_at, payload, ordinal)
ORDER BY event.ordinal
RETURNING id)
SELECT max(id) AS newest FROM added
