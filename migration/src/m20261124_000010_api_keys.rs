//! API keys: how machines sign in. A key acts as its member, within budgets of its own.

crate::sql_migration! {
    up: "
CREATE TABLE api_keys (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members(id) ON DELETE CASCADE,
    name VARCHAR(100) NOT NULL CHECK (name <> ''),
    hint VARCHAR(20) NOT NULL,
    hash BYTEA NOT NULL UNIQUE CHECK (length(hash) = 32),
    requests_per_minute INTEGER CHECK (requests_per_minute > 0),
    cost_per_minute INTEGER CHECK (cost_per_minute > 0),
    created_by VARCHAR(320) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX idx_api_keys_member ON api_keys (member_id, created_at);
CREATE TRIGGER give_hint_of_change AFTER UPDATE ON api_keys FOR EACH ROW
    WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION credentials_give_hint();
CREATE TRIGGER give_hint_of_loss AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION credentials_give_hint();
",
    down: "DROP TABLE api_keys;",
}
