-- Cursors of before expire: what they had still to show is gone.
WITH removed AS (DELETE FROM events RETURNING id)
UPDATE event_log SET pruned_through = GREATEST(pruned_through, (SELECT max(id) FROM removed));
DELETE FROM agent_status;
DELETE FROM deliverables;
DELETE FROM suno_songs;
DELETE FROM rpm_dna_periods;
DELETE FROM rpm_weekly_plans;
