//! Who may sign in, and as what.

crate::sql_migration! {
    up: "
CREATE TABLE members (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email VARCHAR(320) NOT NULL UNIQUE CHECK (email = lower(email)),
    name VARCHAR(255) NOT NULL,
    role VARCHAR(20) NOT NULL CHECK (role IN ('admin', 'vip', 'team', 'agent', 'investor')),
    owner_id UUID REFERENCES owners(id) ON DELETE RESTRICT,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_members_owner ON members (owner_id);
",
    down: "DROP TABLE members;",
}
