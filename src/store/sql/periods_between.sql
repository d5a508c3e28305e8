-- $1 the length, $2 and $3 days in the zone $4, both included: the periods that begin between them.
SELECT * FROM rpm_dna_periods
WHERE period_type = $1
  AND period_start >= $2::date::timestamp AT TIME ZONE $4 AND period_start < ($3::date + 1)::timestamp AT TIME ZONE $4
ORDER BY period_start
