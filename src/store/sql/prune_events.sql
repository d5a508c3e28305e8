-- $1 the cutoff, $2 how many at most. Removes events from the log's head, up to the first that was recorded at the cutoff or
-- later, and says how many.
WITH head AS (
    SELECT id, bool_and(recorded_at < $1) OVER (ORDER BY id) AS all_old_so_far
    FROM (SELECT id, recorded_at FROM events
          WHERE id > (SELECT pruned_through FROM event_log) ORDER BY id LIMIT $2) AS first
), old AS MATERIALIZED (
    SELECT max(id) AS last FROM head WHERE all_old_so_far
), removed AS (
    DELETE FROM events
    WHERE id > (SELECT pruned_through FROM event_log) AND id <= (SELECT last FROM old)
    RETURNING id
), raised AS (
    UPDATE event_log SET pruned_through = GREATEST(pruned_through, old.last) FROM old WHERE old.last IS NOT NULL
)
SELECT count(*) AS removed FROM removed
