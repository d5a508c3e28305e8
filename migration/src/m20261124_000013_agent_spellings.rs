//! How the orchestrator is written in the logs of agents (`livhana-layer1.1`; the layer is taken off before one looks here).

crate::sql_migration! {
    up: "
INSERT INTO owner_aliases (alias, owner_id)
SELECT 'livhana', id FROM owners WHERE name = 'Liv Hana'
ON CONFLICT (alias) DO NOTHING;
",
    down: "
DELETE FROM owner_aliases USING owners WHERE owners.id = owner_id AND alias = 'livhana' AND name = 'Liv Hana';
",
}
