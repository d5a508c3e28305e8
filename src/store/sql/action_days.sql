-- $1 and $2 days in the zone $3, both included: the actions created on each, as they stand now (SPEC, appendix B). $4 how many rows.
SELECT (created_at AT TIME ZONE $3)::date AS day, owner, funnel_stage AS stage,
       count(*) AS total,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'blocked') AS blocked,
       count(*) FILTER (WHERE status = 'completed' AND completion_date IS NOT NULL) AS timed,
       -- Whole hours, as BigQuery's TIMESTAMP_DIFF counts them.
       COALESCE(sum(trunc(EXTRACT(EPOCH FROM completion_date - created_at) / 3600)) FILTER (WHERE status = 'completed'), 0)
           AS whole_hours,
       count(estimated_hours) AS estimated, COALESCE(sum(estimated_hours), 0) AS estimated_hours,
       count(actual_hours) AS recorded, COALESCE(sum(actual_hours), 0) AS recorded_hours
FROM rpm_action_items
WHERE created_at >= $1::date::timestamp AT TIME ZONE $3 AND created_at < ($2::date + 1)::timestamp AT TIME ZONE $3
  AND status <> 'cancelled'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
LIMIT $4
