-- OFFSET 0: see week_sums.sql.
-- $1 the first days and $2 the days after the last of some periods, in the zone $3; $4 the principal (null: nobody). The actions due in
-- each, as they stand now, and what their deliverables are to bring and have brought.
SELECT period.number,
       period.begins, period.ends,
       actions.total, actions.completed, actions.principal_total, actions.principal_completed,
       actions.target, actions.actual
FROM (
    SELECT number, first::date::timestamp AT TIME ZONE $3 AS begins, past::date::timestamp AT TIME ZONE $3 AS ends
    FROM unnest($1::date[], $2::date[]) WITH ORDINALITY AS period(first, past, number)
) AS period
CROSS JOIN LATERAL (
    SELECT count(*) AS total,
           count(*) FILTER (WHERE action.status = 'completed') AS completed,
           count(*) FILTER (WHERE principal.owns) AS principal_total,
           count(*) FILTER (WHERE principal.owns AND action.status = 'completed') AS principal_completed,
           sum(revenue.target) AS target, sum(revenue.actual) AS actual
    FROM rpm_action_items AS action
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM action_owners WHERE action_id = action.id AND owner_id = $4 OFFSET 0) AS owns OFFSET 0
    ) AS principal
    CROSS JOIN LATERAL (
        SELECT sum(revenue_target) AS target, sum(revenue_actual) AS actual FROM deliverables WHERE action_item_id = action.id
    ) AS revenue
    WHERE action.due_date >= period.begins AND action.due_date < period.ends AND action.status <> 'cancelled'
) AS actions
ORDER BY period.number
