DELETE FROM events;
DELETE FROM agent_status;
DELETE FROM deliverables;
DELETE FROM suno_songs;
DELETE FROM rpm_dna_periods;
DELETE FROM rpm_weekly_plans;
