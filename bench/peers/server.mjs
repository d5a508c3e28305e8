// What every peer has: connections to the database, and a port of its own.
import pg from "pg";

// Dates as they are, not as an instant in the time zone of the process.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const size = Number(process.env.POOL);
export const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: size,
  min: size,
  idleTimeoutMillis: 0,
});

// Serves on a free port and says where.
export async function listen(name, server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  console.log(`${name} on http://127.0.0.1:${server.address().port}`);
}
