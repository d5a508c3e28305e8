//! Where the actions stand that owners had before triggers told them, and the index that finds what somebody has to do next.

crate::sql_migration! {
    up: "
UPDATE action_owners AS owned SET action_status = action.status, action_due_date = action.due_date
FROM rpm_action_items AS action WHERE action.id = owned.action_id AND owned.action_status IS NULL;
CREATE INDEX idx_action_owners_due ON action_owners (owner_id, action_status, action_due_date, action_id);
",
    down: "
DROP INDEX idx_action_owners_due;
",
}
