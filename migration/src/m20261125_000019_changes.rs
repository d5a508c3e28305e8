//! Each change of a table is announced with the commit that makes it, whoever makes it: what has been remembered of it is old.
//!
//! The announcements of one transaction that say the same are one. They come before the hint of its events, which are written last:
//! whoever is told of an event finds what it tells of. A statement that finds no row is announced too; that costs a question.

crate::sql_migration! {
    up: "
CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rpm_changes', TG_TABLE_NAME);
    RETURN NULL;
END $$;

DO $$
DECLARE changing TEXT;
BEGIN
    FOREACH changing IN ARRAY ARRAY[
        'action_owners', 'action_stages', 'agent_heartbeats', 'agent_status', 'api_keys', 'audit_log',
        'company_changes', 'company_totals', 'deliverables', 'event_log', 'events', 'ingest_runs', 'members',
        'owner_aliases', 'owners', 'projects', 'rpm_action_items', 'rpm_dna_periods', 'rpm_results', 'rpm_weekly_plans',
        'suno_songs'
    ] LOOP
        EXECUTE format('CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION announce_change()', changing);
    END LOOP;
END $$;
",
    // The triggers go with it.
    down: "
DROP FUNCTION announce_change() CASCADE;
",
}
