//! The audit log: who changed what, signed in, or changed who may. Append-only, and kept for good.
//!
//! Every event is copied here when it is appended, so that no change can leave the one without the other; the event log forgets
//! after some weeks. The table refuses to be changed; who owns the database can still do so, by taking the trigger away.

crate::sql_migration! {
    up: "
CREATE TABLE audit_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    kind VARCHAR(50) NOT NULL,
    actor VARCHAR(320) NOT NULL,
    subject VARCHAR(500),
    action_id UUID,
    details JSONB NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_audit_log_actor ON audit_log (actor, id);
CREATE INDEX idx_audit_log_kind ON audit_log (kind, id);
CREATE INDEX idx_audit_log_action ON audit_log (action_id, id) WHERE action_id IS NOT NULL;

CREATE FUNCTION events_leave_a_trace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_log (recorded_at, kind, actor, action_id, details)
    SELECT recorded_at, event_type, actor, action_id, payload || jsonb_strip_nulls(jsonb_build_object('event_id', id,
        'week_id', week_id, 'result_id', result_id, 'agent_id', agent_id, 'deliverable_id', deliverable_id, 'song_id', song_id))
    FROM appended ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER leave_a_trace AFTER INSERT ON events REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION events_leave_a_trace();

CREATE FUNCTION audit_log_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stands BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stands();
",
    down: "
DROP TRIGGER leave_a_trace ON events;
DROP FUNCTION events_leave_a_trace();
DROP TABLE audit_log;
DROP FUNCTION audit_log_stands();
",
}
