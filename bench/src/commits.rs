//! Ways to a cursor in commit order, and places for NOTIFY: what they cost the writers, and how long readers wait.
//!
//! A transaction changes a row of its own and leaves an event. A reader follows the log by hints and every 10 ms, as a server
//! would that has nothing else to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use sqlx::postgres::{PgConnectOptions, PgListener};
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::report::quantile;
use crate::stage::Database;

/// The reader looks again after so long without a hint.
const ROUND: Duration = Duration::from_millis(10);

/// How long a transaction that has nothing to do with the log is open, in another database.
const UNRELATED: Duration = Duration::from_secs(2);

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds for each case; the unrelated transaction is open for the first two.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(3..))]
    seconds: u64,
    /// Writers at once, one number for each case.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    writers: Vec<usize>,
}

/// How events get their order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// A lock from before the id is drawn to the commit.
    Lock,
    /// (transaction id, id), read below the oldest open transaction.
    Xid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    None,
    Inside,
    After,
}

const WAYS: [(&str, Order, Hint); 5] = [
    ("lock, no NOTIFY", Order::Lock, Hint::None),
    ("lock, NOTIFY inside", Order::Lock, Hint::Inside),
    ("lock, NOTIFY after", Order::Lock, Hint::After),
    ("xid, NOTIFY inside", Order::Xid, Hint::Inside),
    ("xid, NOTIFY after", Order::Xid, Hint::After),
];

const TABLES: &str = "
CREATE TABLE work (id INT PRIMARY KEY, n INT NOT NULL);
INSERT INTO work SELECT n, 0 FROM generate_series(0, 999) AS n;
CREATE TABLE log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    payload JSONB NOT NULL
);
CREATE INDEX ON log (xid, id);
CREATE FUNCTION take_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
CREATE FUNCTION give_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('log', ''); RETURN NULL; END $$;
";

const TAKE_TURN: &str = "CREATE TRIGGER take_turn BEFORE INSERT ON log FOR EACH STATEMENT EXECUTE FUNCTION take_turn()";
const GIVE_HINT: &str = "CREATE TRIGGER give_hint AFTER INSERT ON log FOR EACH STATEMENT EXECUTE FUNCTION give_hint()";

/// When each event was committed, and when it was read.
#[derive(Default)]
struct Moments {
    committed: HashMap<i64, Instant>,
    read: HashMap<i64, Instant>,
}

pub(crate) async fn run(options: &Options) {
    let database = Database::start().await;
    let bench: PgConnectOptions = database.url().parse().unwrap();
    let mut admin = bench.connect().await.unwrap();
    sqlx::raw_sql(TABLES).execute(&mut admin).await.unwrap();
    println!(
        "\n### Commit order: {} s a case, an unrelated transaction open for the first {} s\n\n\
         | | writers | commits/s | commit p50 ms | p99 ms | read after p50 ms | p99 ms | slowest ms |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |",
        options.seconds,
        UNRELATED.as_secs()
    );
    for &writers in &options.writers {
        for way in WAYS {
            println!("{}", measure(options, &bench, &mut admin, writers, way).await);
        }
    }
    admin.close().await.unwrap();
}

async fn measure(
    options: &Options,
    bench: &PgConnectOptions,
    admin: &mut PgConnection,
    writers: usize,
    (name, order, hint): (&str, Order, Hint),
) -> String {
    let mut setup = "DROP TRIGGER IF EXISTS take_turn ON log; DROP TRIGGER IF EXISTS give_hint ON log; TRUNCATE log;".to_owned();
    for (wanted, trigger) in [(order == Order::Lock, TAKE_TURN), (hint == Hint::Inside, GIVE_HINT)] {
        if wanted {
            setup = setup + trigger + ";";
        }
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(setup)).execute(&mut *admin).await.unwrap();

    let moments = Arc::new(Mutex::new(Moments::default()));
    let reader = tokio::spawn(read(bench.clone(), order, Arc::clone(&moments)));
    let unrelated = tokio::spawn(stand_around(bench.clone().database("postgres")));
    let began = Instant::now();
    let end = began + Duration::from_secs(options.seconds);
    let mut tasks = JoinSet::new();
    for number in 0..writers {
        tasks.spawn(write(bench.clone(), number, hint, end, Arc::clone(&moments)));
    }
    let mut commits: Vec<u32> = tasks.join_all().await.into_iter().flatten().collect();
    let lasted = began.elapsed();
    unrelated.await.unwrap();
    while moments.lock().unwrap().read.len() < commits.len() {
        tokio::time::sleep(ROUND).await;
    }
    reader.abort();

    commits.sort_unstable();
    let moments = moments.lock().unwrap();
    let delay = |(id, read): (&i64, &Instant)| microseconds(read.saturating_duration_since(moments.committed[id]));
    let mut delays: Vec<u32> = moments.read.iter().map(delay).collect();
    delays.sort_unstable();
    format!(
        "| {name} | {writers} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |",
        commits.len() as f64 / lasted.as_secs_f64(),
        quantile(&commits, 0.5),
        quantile(&commits, 0.99),
        quantile(&delays, 0.5),
        quantile(&delays, 0.99),
        quantile(&delays, 1.0),
    )
}

/// Transactions one after the other; how long each took, in microseconds.
async fn write(bench: PgConnectOptions, number: usize, hint: Hint, end: Instant, moments: Arc<Mutex<Moments>>) -> Vec<u32> {
    let mut connection = bench.connect().await.unwrap();
    let number = i32::try_from(number).unwrap();
    let payload = serde_json::json!({ "text": "x".repeat(300) });
    let mut took = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        let mut transaction = connection.begin().await.unwrap();
        sqlx::query("UPDATE work SET n = n + 1 WHERE id = $1").bind(number).execute(&mut *transaction).await.unwrap();
        let insert = sqlx::query("INSERT INTO log (payload) VALUES ($1) RETURNING id").bind(&payload);
        let id: i64 = insert.fetch_one(&mut *transaction).await.unwrap().get(0);
        transaction.commit().await.unwrap();
        let committed = Instant::now();
        took.push(microseconds(committed - began));
        moments.lock().unwrap().committed.insert(id, committed);
        if hint == Hint::After {
            sqlx::query("SELECT pg_notify('log', '')").execute(&mut connection).await.unwrap();
        }
    }
    took
}

/// Follows the log.
async fn read(bench: PgConnectOptions, order: Order, moments: Arc<Mutex<Moments>>) {
    let pool = sqlx::PgPool::connect_with(bench).await.unwrap();
    let mut hints = PgListener::connect_with(&pool).await.unwrap();
    hints.listen("log").await.unwrap();
    let sql = match order {
        Order::Lock => "SELECT id, '0' FROM log WHERE id > $2 AND $1 = '0' ORDER BY id LIMIT 1000",
        Order::Xid => {
            "SELECT id, xid::text FROM log WHERE (xid, id) > ($1::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY xid, id LIMIT 1000"
        }
    };
    let (mut xid, mut id) = ("0".to_owned(), 0_i64);
    loop {
        let _ = timeout(ROUND, hints.recv()).await;
        // One look serves for all the hints that are there.
        while let Ok(Ok(_)) = timeout(Duration::ZERO, hints.recv()).await {}
        let rows = sqlx::query(sql).bind(&xid).bind(id).fetch_all(&pool).await.unwrap();
        let now = Instant::now();
        let mut moments = moments.lock().unwrap();
        for row in rows {
            (id, xid) = (row.get(0), row.get(1));
            moments.read.insert(id, now);
        }
    }
}

/// A transaction with an id that does nothing, in a database that has nothing to do with the log.
async fn stand_around(elsewhere: PgConnectOptions) {
    let mut connection = elsewhere.connect().await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *transaction).await.unwrap();
    tokio::time::sleep(UNRELATED).await;
    transaction.rollback().await.unwrap();
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
