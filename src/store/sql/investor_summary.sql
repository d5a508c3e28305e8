-- The company in sums: those that triggers keep, and what has changed since they were put together. Songs are some hundred.
SELECT
    held.weeks + since.weeks AS weeks,
    held.actions + since.actions AS actions,
    held.completed_actions + since.completed_actions AS completed_actions,
    held.published_deliverables + since.published_deliverables AS published_deliverables,
    held.deliverable_revenue + since.deliverable_revenue AS deliverable_revenue,
    CASE WHEN held.targeted_deliverables + since.targeted_deliverables > 0 THEN held.deliverable_target + since.deliverable_target END
        AS deliverable_target,
    song.total AS songs, song.released AS released_songs, song.revenue AS song_revenue, song.target AS song_target,
    (SELECT count(*) FROM (
        SELECT FROM suno_songs WHERE album_assignment IS NOT NULL GROUP BY album_assignment HAVING bool_and(status = 'released')
    ) AS album) AS released_albums
FROM company_totals AS held,
     (SELECT COALESCE(sum(weeks), 0) AS weeks, COALESCE(sum(actions), 0) AS actions,
             COALESCE(sum(completed_actions), 0) AS completed_actions,
             COALESCE(sum(published_deliverables), 0) AS published_deliverables,
             COALESCE(sum(deliverable_revenue), 0) AS deliverable_revenue,
             COALESCE(sum(targeted_deliverables), 0) AS targeted_deliverables,
             COALESCE(sum(deliverable_target), 0) AS deliverable_target
      FROM company_changes) AS since,
     (SELECT count(*) AS total, count(*) FILTER (WHERE status = 'released') AS released,
             COALESCE(sum(revenue_actual), 0) AS revenue, sum(revenue_target) AS target FROM suno_songs) AS song
