//! The log keeps its promises by itself, whoever writes to it, and knows how far its head has been removed.
//!
//! Order: the lock is taken before an INSERT computes its rows, which is when `id` is drawn, and is held until the commit.
//! Hint: given in the transaction, so that no crash comes between the two. NOTIFY makes commits wait for each other, but
//! these do already.

crate::sql_migration! {
    up: "
-- Quick, and then the moment of each row: a default that is constant for a statement does not rewrite the table.
ALTER TABLE events ADD COLUMN recorded_at TIMESTAMPTZ NOT NULL DEFAULT now();
ALTER TABLE events ALTER COLUMN recorded_at SET DEFAULT clock_timestamp();

CREATE TABLE event_log (
    is_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only_row),
    pruned_through BIGINT NOT NULL DEFAULT 0 CHECK (pruned_through >= 0)
);
-- Where this was undone after a pruning: what is missing before the oldest event counts as removed.
INSERT INTO event_log (pruned_through)
SELECT COALESCE(min(id) - 1, pg_sequence_last_value(pg_get_serial_sequence('events', 'id')), 0) FROM events;

CREATE FUNCTION events_take_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'72706d2d65766e74'::bigint); -- 'rpm-evnt' in ASCII
    RETURN NULL;
END $$;
CREATE TRIGGER take_turn BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION events_take_turn();

CREATE FUNCTION events_give_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rpm_events', max(id)::text) FROM appended HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER give_hint AFTER INSERT ON events REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION events_give_hint();

CREATE FUNCTION members_give_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rpm_members', OLD.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER give_hint_of_change AFTER UPDATE ON members FOR EACH ROW
    WHEN ((OLD.id, OLD.role, OLD.owner_id, OLD.revoked_at) IS DISTINCT FROM (NEW.id, NEW.role, NEW.owner_id, NEW.revoked_at))
    EXECUTE FUNCTION members_give_hint();
CREATE TRIGGER give_hint_of_loss AFTER DELETE ON members FOR EACH ROW EXECUTE FUNCTION members_give_hint();
",
    down: "
DROP TRIGGER give_hint_of_loss ON members;
DROP TRIGGER give_hint_of_change ON members;
DROP FUNCTION members_give_hint();
DROP TRIGGER give_hint ON events;
DROP FUNCTION events_give_hint();
DROP TRIGGER take_turn ON events;
DROP FUNCTION events_take_turn();
DROP TABLE event_log;
ALTER TABLE events DROP COLUMN recorded_at;
",
}
