-- $1 and $2 days in the zone $3, both included: the deliverables created on each, as they stand now. $4 how many rows.
SELECT (created_at AT TIME ZONE $3)::date AS day, deliverable_type AS kind,
       count(*) AS created,
       count(*) FILTER (WHERE status = 'published') AS published,
       sum(revenue_target) AS target, sum(revenue_actual) AS actual,
       count(*) FILTER (WHERE status = 'published' AND published_at >= created_at) AS timed,
       COALESCE(sum(EXTRACT(EPOCH FROM published_at - created_at))
           FILTER (WHERE status = 'published' AND published_at >= created_at), 0) AS seconds
FROM deliverables
WHERE created_at >= $1::date::timestamp AT TIME ZONE $3 AND created_at < ($2::date + 1)::timestamp AT TIME ZONE $3
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT $4
