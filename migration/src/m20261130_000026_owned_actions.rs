//! Whose an action is says, too, where it stands and when it is due: what somebody has to do next is found by one index, however many
//! actions there are.
//!
//! The columns have names of their own: statements that join both tables, those of the release before too, need not say which one they mean.
//!
//! Triggers keep it so. They wait for who changes the action at that moment, so that neither misses the other. What was there before is
//! filled in by the next migration, which holds up nobody who reads.

crate::sql_migration! {
    up: "
-- In the order in which changes take them.
LOCK TABLE rpm_action_items, action_owners IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE action_owners ADD COLUMN action_status VARCHAR(50), ADD COLUMN action_due_date TIMESTAMPTZ;

CREATE FUNCTION action_owners_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT status, due_date INTO NEW.action_status, NEW.action_due_date FROM rpm_action_items WHERE id = NEW.action_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE TRIGGER begin_as_action BEFORE INSERT OR UPDATE OF action_id ON action_owners
    FOR EACH ROW EXECUTE FUNCTION action_owners_begin();

CREATE FUNCTION action_owners_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE action_owners SET action_status = NEW.status, action_due_date = NEW.due_date WHERE action_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_owners AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.due_date IS DISTINCT FROM NEW.due_date)
    EXECUTE FUNCTION action_owners_follow();

-- That the action has changed is announced. A column that is added here later has to be added to the list.
DROP TRIGGER announce_change ON action_owners;
CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OF action_id, owner_id, position OR DELETE OR TRUNCATE ON action_owners
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
",
    down: "
DROP TRIGGER follow_owners ON rpm_action_items;
DROP FUNCTION action_owners_follow();
DROP TRIGGER begin_as_action ON action_owners;
DROP FUNCTION action_owners_begin();
DROP TRIGGER announce_change ON action_owners;
CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON action_owners
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
ALTER TABLE action_owners DROP COLUMN action_status, DROP COLUMN action_due_date;
",
}
