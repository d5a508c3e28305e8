-- The company in sums.
SELECT
    (SELECT count(*) FROM rpm_weekly_plans) AS weeks,
    (SELECT count(*) FROM rpm_action_items) AS actions,
    (SELECT count(*) FROM rpm_action_items WHERE status = 'completed') AS completed_actions,
    (SELECT count(*) FROM deliverables WHERE status = 'published') AS published_deliverables,
    (SELECT COALESCE(sum(revenue_actual), 0) FROM deliverables) AS deliverable_revenue,
    (SELECT count(*) FROM suno_songs) AS songs,
    (SELECT count(*) FROM suno_songs WHERE status = 'released') AS released_songs,
    (SELECT COALESCE(sum(revenue_actual), 0) FROM suno_songs) AS song_revenue
