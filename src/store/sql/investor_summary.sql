-- The company in sums.
SELECT
    (SELECT count(*) FROM rpm_weekly_plans) AS weeks,
    action.total AS actions,
    action.completed AS completed_actions,
    made.published AS published_deliverables, made.revenue AS deliverable_revenue, made.target AS deliverable_target,
    song.total AS songs, song.released AS released_songs, song.revenue AS song_revenue, song.target AS song_target,
    (SELECT count(*) FROM (
        SELECT FROM suno_songs WHERE album_assignment IS NOT NULL GROUP BY album_assignment HAVING bool_and(status = 'released')
    ) AS album) AS released_albums
FROM (SELECT count(*) AS total, count(*) FILTER (WHERE status = 'completed') AS completed
      FROM rpm_action_items WHERE status <> 'cancelled') AS action,
     (SELECT count(*) FILTER (WHERE status = 'published') AS published,
             COALESCE(sum(revenue_actual), 0) AS revenue, sum(revenue_target) AS target FROM deliverables) AS made,
     (SELECT count(*) AS total, count(*) FILTER (WHERE status = 'released') AS released,
             COALESCE(sum(revenue_actual), 0) AS revenue, sum(revenue_target) AS target FROM suno_songs) AS song
