//! Alerts that people read go together in one message: which one a delivery is in, from the first try on.

crate::sql_migration! {
    up: "
-- Those of one message are tried together until they are finished. NULL: not tried yet, or by webhook, where each is its own.
ALTER TABLE alert_deliveries ADD COLUMN message_id UUID;
CREATE INDEX idx_alert_deliveries_message ON alert_deliveries (subscription_id, finished_at) WHERE message_id IS NOT NULL;
",
    down: "
ALTER TABLE alert_deliveries DROP COLUMN message_id;
",
}
