//! Canonical owners, the spellings they are written under, and who owns which action.
//!
//! Aliases are data: `(Execution Monitor → ExecMon)` is a row here, and a new spelling needs no release.

crate::sql_migration! {
    up: "
CREATE TABLE owners (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL,
    kind VARCHAR(20) NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'agent')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX idx_owners_name ON owners (lower(name));

-- The alias is held in lower case, without parentheses, single-spaced: see store::owners::normalise.
CREATE TABLE owner_aliases (
    alias VARCHAR(255) PRIMARY KEY CHECK (alias = lower(alias)),
    owner_id UUID NOT NULL REFERENCES owners(id) ON DELETE CASCADE
);
CREATE INDEX idx_owner_aliases_owner ON owner_aliases (owner_id);

CREATE TABLE action_owners (
    action_id UUID NOT NULL REFERENCES rpm_action_items(id) ON DELETE CASCADE,
    owner_id UUID NOT NULL REFERENCES owners(id) ON DELETE RESTRICT,
    position INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (action_id, owner_id)
);
CREATE INDEX idx_action_owners_owner ON action_owners (owner_id, action_id);

INSERT INTO owners (name, kind) VALUES
    ('Jesse', 'person'), ('Andrew', 'person'), ('Christopher', 'person'), ('Charlie', 'person'),
    ('Liv Hana', 'agent'), ('Planning', 'agent'), ('Research', 'agent'), ('Artifacts', 'agent'),
    ('ExecMon', 'agent'), ('QA', 'agent');
INSERT INTO owner_aliases (alias, owner_id)
SELECT alias, owners.id FROM owners JOIN (VALUES
    ('jesse', 'Jesse'), ('jesse ceo', 'Jesse'), ('jesse niesen', 'Jesse'), ('ceo', 'Jesse'),
    ('andrew', 'Andrew'), ('andrew aparicio', 'Andrew'), ('christopher', 'Christopher'), ('charlie', 'Charlie'),
    ('liv hana', 'Liv Hana'), ('liv', 'Liv Hana'),
    ('planning', 'Planning'), ('planning agent', 'Planning'), ('rpm planning agent', 'Planning'), ('rpm planning', 'Planning'),
    ('research', 'Research'), ('research agent', 'Research'),
    ('artifacts', 'Artifacts'), ('artifacts agent', 'Artifacts'), ('artifact', 'Artifacts'), ('artifact agent', 'Artifacts'),
    ('execmon', 'ExecMon'), ('execution monitor', 'ExecMon'), ('execution', 'ExecMon'), ('exec', 'ExecMon'),
    ('execution monitor agent', 'ExecMon'), ('execmon agent', 'ExecMon'), ('execution agent', 'ExecMon'),
    ('qa', 'QA'), ('qa agent', 'QA')
) AS alias(alias, name) ON alias.name = owners.name;
",
    down: "
DROP TABLE action_owners;
DROP TABLE owner_aliases;
DROP TABLE owners;
",
}
