//! Sessions: a member signed in on one device, and the refresh tokens that it has had.
//!
//! All tokens of a session are kept until it is forgotten, each as its hash: one that comes back long after it was replaced
//! has been copied, and ends the session. That a session has ended is hinted at as a change of its member is.

crate::sql_migration! {
    up: "
-- Access tokens without a session that were issued before this moment hold no longer.
ALTER TABLE members ADD COLUMN tokens_from TIMESTAMPTZ;

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members(id) ON DELETE CASCADE,
    issuer VARCHAR(500) NOT NULL,
    user_agent VARCHAR(300) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    end_reason VARCHAR(20) CHECK (end_reason IN ('signed_out', 'everywhere', 'idle', 'reused')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX idx_sessions_member ON sessions (member_id, last_used_at DESC);
CREATE INDEX idx_sessions_last_used ON sessions (last_used_at);

CREATE TABLE refresh_tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    session_id UUID NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    issued_at TIMESTAMPTZ NOT NULL,
    replaced_at TIMESTAMPTZ
);
CREATE INDEX idx_refresh_tokens_session ON refresh_tokens (session_id);

CREATE FUNCTION credentials_give_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rpm_members', OLD.member_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER give_hint_of_end AFTER UPDATE ON sessions FOR EACH ROW
    WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION credentials_give_hint();
CREATE TRIGGER give_hint_of_loss AFTER DELETE ON sessions FOR EACH ROW
    WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION credentials_give_hint();

DROP TRIGGER give_hint_of_change ON members;
CREATE TRIGGER give_hint_of_change AFTER UPDATE ON members FOR EACH ROW
    WHEN ((OLD.id, OLD.role, OLD.owner_id, OLD.revoked_at, OLD.tokens_from)
        IS DISTINCT FROM (NEW.id, NEW.role, NEW.owner_id, NEW.revoked_at, NEW.tokens_from))
    EXECUTE FUNCTION members_give_hint();
",
    down: "
DROP TRIGGER give_hint_of_change ON members;
CREATE TRIGGER give_hint_of_change AFTER UPDATE ON members FOR EACH ROW
    WHEN ((OLD.id, OLD.role, OLD.owner_id, OLD.revoked_at) IS DISTINCT FROM (NEW.id, NEW.role, NEW.owner_id, NEW.revoked_at))
    EXECUTE FUNCTION members_give_hint();
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP FUNCTION credentials_give_hint();
ALTER TABLE members DROP COLUMN tokens_from;
",
}
