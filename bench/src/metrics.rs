//! The cockpit's metrics on few old weeks and on many: what they take, and what PostgreSQL reads for them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::time::sleep;

use crate::report::quantile;
use crate::stage::{self, Database, Stage, Way};

/// What is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// Weeks of the cases, the fewest first.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000])]
    weeks: Vec<u32>,
    /// Actions of a week, in twenty results.
    #[arg(long, default_value_t = 1000)]
    actions: u32,
    /// How often each is asked.
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// Print the plans of the statements.
    #[arg(long)]
    plans: bool,
    /// The server's binary; the one beside this where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// What is asked, as the cockpit does; the forecast is of all of the week.
const ASKED: [(&str, &str); 7] = [
    (
        "Week.metrics",
        "{ currentWeek { metrics { daysElapsed completionRate velocity onTimeRate cycleTimeDays actions { total completed }
           principal { total completed rate } team { rate } results { total achieved } revenue { actual achievementRate } } } }",
    ),
    ("completionTrends, 8 weeks", "{ completionTrends(period: WEEKLY, weeks: 8) { startDate velocity completionRate } }"),
    (
        "completionTrends, 52 weeks",
        "{ completionTrends(period: WEEKLY, weeks: 52) { startDate velocity completionRate principalCompletionRate revenue { actual } } }",
    ),
    ("funnelVelocity", "{ funnelVelocity { stages { stage entered averageDays bottleneckScore } bottleneck recommendation } }"),
    (
        "revenueSummary",
        "{ revenueSummary(top: 5) { revenue { target actual } results { result { code } revenue { actual } }
           topDeliverables { title revenueActual } } }",
    ),
    ("investorSummary", "{ investorSummary { weeks actions completionRate deliverableRevenue songs } }"),
    ("Week.forecast", "{ currentWeek { forecast { earliest expected latest openActions } } }"),
];

/// Statements whose plans are looked at: name, text, types of the parameters, and these.
const STATEMENTS: [(&str, &str, &str, &str); 7] = [
    ("week_sums", include_str!("../../src/store/sql/week_sums.sql"), "uuid[], uuid, uuid", "WEEK, NULL, JESSE"),
    ("week_sums of 52 weeks", include_str!("../../src/store/sql/week_sums.sql"), "uuid[], uuid, uuid", "YEAR, NULL, JESSE"),
    ("result_sums of 52 weeks", include_str!("../../src/store/sql/result_sums.sql"), "uuid[], uuid", "YEAR, NULL"),
    ("funnel_sums", include_str!("../../src/store/sql/funnel_sums.sql"), "uuid[], uuid", "WEEK, NULL"),
    ("top_deliverables", include_str!("../../src/store/sql/top_deliverables.sql"), "uuid, uuid, bigint", "ONE, NULL, 5"),
    ("investor_summary", include_str!("../../src/store/sql/investor_summary.sql"), "", ""),
    (
        "forecast_history",
        include_str!("../../src/store/sql/forecast_history.sql"),
        "uuid, timestamptz, timestamptz, bigint, text",
        "NULL, FROM, NOW, 5000, 'America/Chicago'",
    ),
];

/// Weeks, the newest of which is the one we are in: from `$1` to `$2` weeks ago, `$3` actions each. A fifth of a week's actions are
/// the principal's, a fifth of the old ones and half of the newest ones are open, and every fifth has a deliverable.
const WEEKS: [&str; 5] = [
    "INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner)
     SELECT id, 'Week', first, first + 6, 'x'
     FROM projects, generate_series($1, $2) AS ago,
          LATERAL (SELECT date_trunc('week', now() AT TIME ZONE 'America/Chicago')::date - 7 * ago AS first) AS day WHERE is_default",
    "INSERT INTO rpm_results (weekly_plan_id, position, result_code, result_text, purpose)
     SELECT id, number, 'R' || number, 'A result of the week', 'Why it matters' FROM new_weeks AS week, generate_series(1, 20) AS number",
    "INSERT INTO rpm_action_items (result_id, position, action_code, action_text, owner, funnel_stage, status, due_date, started_at,
                                   completion_date, estimated_hours, actual_hours, created_at, updated_at)
     SELECT result.id, number, 'W' || to_char(begins, 'YYYYMMDD') || '-' || result.position || '-' || number, 'Do one of the steps', 'Jesse',
            (ARRAY['top', 'middle', 'bottom'])[1 + number % 3], CASE WHEN is_done THEN 'completed' ELSE 'pending' END,
            begins + (1 + number % 6) * interval '1 day', CASE WHEN is_done THEN done - interval '5 hours' END,
            CASE WHEN is_done THEN done END, 1 + number % 8, CASE WHEN is_done THEN 1 + number % 9 END, begins, begins
     FROM new_weeks AS week JOIN rpm_results AS result ON result.weekly_plan_id = week.id, generate_series(1, $3 / 20) AS number,
          LATERAL (SELECT week_start_date::timestamp AT TIME ZONE 'America/Chicago' AS begins) AS moment,
          LATERAL (SELECT begins + (number * 37 % 160) * interval '1 hour' AS done) AS time,
          LATERAL (SELECT number % 5 > 0 AND done < now() - interval '1 hour' AS is_done) AS fate",
    "INSERT INTO action_owners (action_id, owner_id)
     SELECT action.id, owner.id FROM new_weeks AS week JOIN rpm_results AS result ON result.weekly_plan_id = week.id
     JOIN rpm_action_items AS action ON action.result_id = result.id
     JOIN owners AS owner ON owner.name = (ARRAY['Jesse', 'Artifacts', 'QA', 'Research', 'Planning'])[1 + action.position % 5]",
    "INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, status, revenue_target, revenue_actual, created_at,
                               updated_at)
     SELECT action.id, 'code', 'Made', 'deliverables/made', 'published', 100, action.position, action.created_at, action.created_at
     FROM new_weeks AS week JOIN rpm_results AS result ON result.weekly_plan_id = week.id
     JOIN rpm_action_items AS action ON action.result_id = result.id WHERE action.position % 5 = 1",
];

/// Tables that grow with the weeks.
const BIG: &str = "SELECT COALESCE(sum(seq_scan), 0)::bigint, COALESCE(string_agg(relname, ', ') FILTER (WHERE seq_scan > 0), '')
    FROM pg_stat_user_tables WHERE relname IN ('rpm_weekly_plans', 'rpm_results', 'rpm_action_items', 'action_owners', 'action_stages',
    'deliverables')";

/// So long it takes until an idle connection has told what it has read.
const TOLD: Duration = Duration::from_secs(12);

/// One size.
struct Case {
    actions: i64,
    /// For each of [`ASKED`]: how long it took, in microseconds, rising; how many statements.
    asked: Vec<(Vec<u32>, u64)>,
    /// For each of [`STATEMENTS`]: pages that it read.
    pages: Vec<i64>,
}

pub(crate) async fn run(options: &Options) {
    let binary = stage::binary(options.server.as_deref());
    let database = Database::start().await;
    assert!(
        Command::new(&binary)
            .arg("migrate")
            .env("DATABASE_URL", database.url())
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let mut admin = database.url().parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let (mut served, mut cases, mut loaded): (Option<Stage>, Vec<Case>, u32) = (None, Vec::new(), 0);
    for &weeks in &options.weeks {
        let begun = Instant::now();
        load(&mut admin, (loaded, weeks), options.actions).await;
        loaded = weeks;
        let took = begun.elapsed();
        let begun = Instant::now();
        let way = Way { settings: &[("RPM_ANSWER_CACHE", "0")], ..Way::default() };
        let stage = served.get_or_insert_with(|| Stage::set(&binary, &database, way));
        sums_are_there(&mut admin).await;
        println!(
            "{weeks} weeks: loaded in {:.0} s; their DNA periods summed up after {:.0} s more",
            took.as_secs_f64(),
            begun.elapsed().as_secs_f64()
        );
        cases.push(measure(options, stage, &mut admin).await);
    }
    admin.close().await.unwrap();
    print(&cases);
}

/// Adds the weeks from so many to so many ago.
async fn load(admin: &mut PgConnection, (from, to): (u32, u32), actions: u32) {
    let first = "SELECT COALESCE(min(week_start_date), 'infinity') FROM rpm_weekly_plans";
    let view = format!(
        "CREATE OR REPLACE TEMPORARY VIEW new_weeks AS SELECT * FROM rpm_weekly_plans WHERE week_start_date < '{}'",
        sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("SELECT ({first})::text"))).fetch_one(&mut *admin).await.unwrap()
    );
    admin.execute(AssertSqlSafe(view)).await.unwrap();
    for sql in WEEKS {
        let numbers = [("$1", from), ("$2", to - 1), ("$3", actions)];
        let sql = numbers.iter().fold(sql.to_owned(), |sql, (name, number)| sql.replace(name, &number.to_string()));
        admin.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    admin.execute("ANALYZE").await.unwrap();
}

/// Waits until the server has summed up the DNA periods of what was loaded, and taken it into the company's sums.
async fn sums_are_there(admin: &mut PgConnection) {
    const WAITING: &str = "SELECT EXISTS (SELECT FROM period_touches) OR EXISTS (SELECT FROM company_changes)";
    while sqlx::query_scalar(WAITING).fetch_one(&mut *admin).await.unwrap() {
        sleep(Duration::from_millis(200)).await;
    }
    admin.execute("VACUUM ANALYZE").await.unwrap();
}

async fn measure(options: &Options, stage: &Stage, admin: &mut PgConnection) -> Case {
    // Everything once, so that what is kept for the next time is there.
    for (_, document) in ASKED {
        stage.ask(document).await;
    }
    sleep(TOLD).await;
    admin.execute("SELECT pg_stat_reset()").await.unwrap();
    let mut asked = Vec::new();
    for (_, document) in ASKED {
        let before = stage.statements().await;
        let mut took = Vec::new();
        for _ in 0..options.times {
            let begun = Instant::now();
            stage.ask(document).await;
            took.push(u32::try_from(begun.elapsed().as_micros()).unwrap());
        }
        took.sort_unstable();
        asked.push((took, (stage.statements().await - before) / options.times as u64));
    }
    sleep(TOLD).await;
    let read = sqlx::query(BIG).fetch_one(&mut *admin).await.unwrap();
    let (scans, tables): (i64, String) = (read.get(0), read.get(1));
    println!(
        "Sequential scans of the tables that grow, by all of these questions: {scans}{}",
        if scans > 0 { tables } else { String::new() }
    );
    let actions = sqlx::query_scalar("SELECT count(*) FROM rpm_action_items").fetch_one(&mut *admin).await.unwrap();
    Case { actions, asked, pages: pages(options, admin).await }
}

/// How many pages each statement reads; its plan is printed where that is asked for.
async fn pages(options: &Options, admin: &mut PgConnection) -> Vec<i64> {
    let mut text = async |sql: &str| -> String {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT quote_literal(({sql})::text)"))).fetch_one(&mut *admin).await.unwrap()
    };
    let values = [
        ("WEEK", text("SELECT array_agg(id) FROM rpm_weekly_plans WHERE week_start_date >= (now() AT TIME ZONE 'America/Chicago')::date - 6").await),
        ("YEAR", text("SELECT array_agg(id) FROM rpm_weekly_plans WHERE week_start_date >= (now() AT TIME ZONE 'America/Chicago')::date - 363").await),
        ("ONE", text("SELECT id FROM rpm_weekly_plans ORDER BY week_start_date DESC LIMIT 1").await),
        ("JESSE", text("SELECT id FROM owners WHERE name = 'Jesse'").await),
        ("FROM", text("now() - interval '180 days'").await),
        ("NOW", text("now()").await),
    ];
    let mut pages = Vec::new();
    for (name, sql, types, parameters) in STATEMENTS {
        let filled = values.iter().fold(parameters.to_owned(), |text, (name, value)| text.replace(name, value));
        let [types, filled] = [types, &filled].map(|list| if list.is_empty() { String::new() } else { format!("({list})") });
        admin.execute(AssertSqlSafe(format!("PREPARE metric {types} AS {sql}"))).await.unwrap();
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE metric {filled}");
        let lines: Vec<String> = sqlx::raw_sql(AssertSqlSafe(explain))
            .fetch_all(&mut *admin)
            .await
            .unwrap()
            .iter()
            .map(|row| row.get::<String, _>(0))
            .collect();
        admin.execute("DEALLOCATE metric").await.unwrap();
        let buffers = lines.iter().find(|line| line.trim_start().starts_with("Buffers:")).unwrap();
        let number = |part: &str| part.split_once('=').and_then(|(_, number)| number.parse::<i64>().ok()).unwrap_or_default();
        pages.push(
            buffers.split_whitespace().filter(|part| part.starts_with("hit=") || part.starts_with("read=")).map(number).sum(),
        );
        if options.plans {
            println!("\n{name}\n{}", lines.join("\n"));
        }
    }
    pages
}

fn print(cases: &[Case]) {
    let (few, many) = (&cases[0], &cases[cases.len() - 1]);
    println!(
        "\n| on {} and {} actions | p50 ms | p50 ms | ratio | slowest ms | slowest ms | SQL | SQL |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |",
        few.actions, many.actions
    );
    for (at, (name, _)) in ASKED.iter().enumerate() {
        let [(few, few_sql), (many, many_sql)] = [&few.asked[at], &many.asked[at]];
        let [before, after] = [few, many].map(|took| quantile(took, 0.5));
        let [worst, worst_after] = [few, many].map(|took| quantile(took, 1.0));
        let ratio = after / before;
        println!("| {name} | {before:.1} | {after:.1} | {ratio:.2} | {worst:.1} | {worst_after:.1} | {few_sql} | {many_sql} |");
    }
    println!("\n| statement | pages | pages | ratio |\n| --- | --- | --- | --- |");
    for (at, (name, ..)) in STATEMENTS.iter().enumerate() {
        let (few, many) = (few.pages[at], many.pages[at]);
        println!("| {name} | {few} | {many} | {:.2} |", many as f64 / few as f64);
    }
}
