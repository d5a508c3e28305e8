-- Takes what has changed into the company's sums.
WITH taken AS (
    DELETE FROM company_changes RETURNING *
), since AS (
    SELECT sum(weeks) AS weeks, sum(actions) AS actions, sum(completed_actions) AS completed_actions,
           sum(published_deliverables) AS published_deliverables, sum(deliverable_revenue) AS deliverable_revenue,
           sum(targeted_deliverables) AS targeted_deliverables, sum(deliverable_target) AS deliverable_target
    FROM taken HAVING count(*) > 0
)
UPDATE company_totals AS held SET
    weeks = held.weeks + since.weeks,
    actions = held.actions + since.actions,
    completed_actions = held.completed_actions + since.completed_actions,
    published_deliverables = held.published_deliverables + since.published_deliverables,
    deliverable_revenue = held.deliverable_revenue + since.deliverable_revenue,
    targeted_deliverables = held.targeted_deliverables + since.targeted_deliverables,
    deliverable_target = held.deliverable_target + since.deliverable_target
FROM since
