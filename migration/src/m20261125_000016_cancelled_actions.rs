//! Actions that their plan cancels: a status of its own, so that they are neither open nor completed.

crate::sql_migration! {
    up: "
ALTER TABLE rpm_action_items DROP CONSTRAINT rpm_action_items_status_check;
ALTER TABLE rpm_action_items ADD CONSTRAINT rpm_action_items_status_check
    CHECK (status IN ('pending', 'in_progress', 'blocked', 'completed', 'cancelled'));
",
    down: "
UPDATE rpm_action_items SET status = 'pending' WHERE status = 'cancelled';
ALTER TABLE rpm_action_items DROP CONSTRAINT rpm_action_items_status_check;
ALTER TABLE rpm_action_items ADD CONSTRAINT rpm_action_items_status_check
    CHECK (status IN ('pending', 'in_progress', 'blocked', 'completed'));
",
}
