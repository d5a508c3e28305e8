-- $1 the warehouse, $2 the table, $3 the run, $4 the days, $5 how many rows each has, $6 their hashes. Notes that the run has
-- written them. Where another run has begun with a day meanwhile, nobody knows which of the two wrote last: it stays unknown.
UPDATE warehouse_exports AS held SET
    content_hash = CASE WHEN held.run = $3 THEN written.content_hash END,
    row_count = written.row_count,
    exported_at = now()
FROM unnest($4::date[], $5::int[], $6::text[]) AS written (day, row_count, content_hash)
WHERE held.warehouse = $1 AND held.table_name = $2 AND held.day = written.day
