-- $1 the warehouse, $2 the table, $3 the run, $4 the days. Notes that a run is about to write them: until it has, nobody knows what
-- the warehouse holds of them.
INSERT INTO warehouse_exports (warehouse, table_name, run, day)
SELECT $1, $2, $3, unnest($4::date[])
ON CONFLICT (warehouse, table_name, day) DO UPDATE SET run = excluded.run, content_hash = NULL
