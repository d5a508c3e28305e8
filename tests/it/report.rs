//! The weekly report: by the command, and by the server into the lake when its week has ended.

use std::path::Path;
use std::process::{Command, Output};

use chrono::{Datelike, Days, Utc, Weekday};
use serde_json::Value;
use sqlx::Executor;

use crate::support::node::root;
use crate::support::{Server, TestDatabase, rpm_api};

async fn example() -> TestDatabase {
    let database = TestDatabase::new().await;
    database.connection().await.execute(include_str!("../fixtures/example_week.sql")).await.unwrap();
    database
}

fn report(database: &TestDatabase, arguments: &[&str]) -> Output {
    rpm_api().env("DATABASE_URL", &database.url).arg("report").args(arguments).output().unwrap()
}

/// What another program reads in a PDF.
fn read(path: &Path) -> Value {
    let python = root().join(".cache/python/bin/python");
    let output = Command::new(python).arg(root().join("tests/python/pdf_text.py")).arg(path).output();
    let output = output.expect("Python, which scripts/python.sh installs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_week_is_a_page_with_its_numbers_and_the_same_numbers_are_the_same_bytes() {
    let database = example().await;
    let mut connection = database.connection().await;
    let block =
        "UPDATE rpm_action_items SET status = 'blocked', blocker_description = 'Waits for Łukasz' WHERE action_code = 'EX-17'";
    connection.execute(block).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    let said = report(&database, &["2025-W43", "-o", path.to_str().unwrap()]);
    assert!(said.status.success(), "{said:?}");
    assert_eq!(String::from_utf8(said.stdout).unwrap().trim(), path.to_str().unwrap());
    let pdf = read(&path);
    assert_eq!((&pdf["title"], pdf["pages"].as_array().unwrap().len()), (&Value::from("Weekly report 2025-W43"), 1));
    let text = pdf["pages"][0].as_str().unwrap();
    for said in [
        "2025-W43",
        "Example week",
        "Tue 21 Oct – Mon 27 Oct 2025",
        "67.9%",
        "19 of 28 actions",
        "JESSE",
        "75%",
        "2.7",
        "$98,000",
        "of $125,000–175,000",
        "65.3% of the target",
        "1 of 4 reached",
        "Boot System Fixed",
        "Middle: execution",
        "Parallelize",
        "Jumio Integration",
        "$60,000",
        "EX-17 Action 17",
        "Waits for Łukasz · Artifacts · due Sun 26 Oct",
        "Carried over",
        "EX-28 Action 28",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let bytes = std::fs::read(&path).unwrap();
    let again = report(&database, &["2025-10-26", "-o", "-"]);
    assert!(again.stdout == bytes, "the same week by one of its days");
    assert!(bytes.len() < 60_000, "{} bytes: letters that are not used are left out", bytes.len());
    connection.execute("UPDATE deliverables SET revenue_actual = 61000 WHERE title = 'Jumio Integration'").await.unwrap();
    assert!(report(&database, &["2025-W43", "-o", "-"]).stdout != bytes);

    // Its own name where none is given; two plans are two pages.
    let sql = "INSERT INTO projects (code, title) VALUES ('SIDE', 'Side plan');
        INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner)
        SELECT id, repeat('A title that is much too long for a page ', 9), '2025-10-20', '2025-10-26', 'x' FROM projects WHERE code = 'SIDE'";
    connection.execute(sql).await.unwrap();
    let mut command = rpm_api();
    command.env("DATABASE_URL", &database.url).args(["report", "2025-W43"]).current_dir(folder.path());
    assert!(command.output().unwrap().status.success());
    let pdf = read(&folder.path().join("2025-W43-summary.pdf"));
    let pages = pdf["pages"].as_array().unwrap();
    assert!(
        pages.len() == 2 && pages.iter().any(|page| page.as_str().unwrap().contains("The plan has no results.")),
        "{pages:?}"
    );
}

#[tokio::test]
async fn a_week_without_a_plan_has_no_report_and_nonsense_is_no_week() {
    let database = example().await;
    let missing = report(&database, &["2025-W44"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("there is no plan of the week 2025-W44"), "{missing:?}");
    assert_eq!(report(&database, &["last"]).status.code(), Some(2));
}

#[tokio::test]
async fn the_server_puts_the_report_into_the_lake_when_the_week_has_ended() {
    let database = example().await;
    let mut connection = database.connection().await;
    // The example week, moved: it was last week, in the zone of the plans.
    let today = Utc::now().with_timezone(&chrono_tz::America::Chicago).date_naive();
    let monday = today.week(Weekday::Mon).first_day() - Days::new(7);
    let days = (monday - chrono::NaiveDate::from_ymd_opt(2025, 10, 21).unwrap()).num_days();
    let sql = format!(
        "UPDATE rpm_weekly_plans SET week_start_date = week_start_date + {days}, week_end_date = week_end_date + {days};
         INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner)
         SELECT id, 'This week', '{}', '{}', 'x' FROM projects WHERE is_default",
        monday + Days::new(7),
        monday + Days::new(13)
    );
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (lake, outbox) = (folder.path().join("lake"), folder.path().join("outbox"));
    let flags = ["--lake", lake.to_str().unwrap(), "--outbox", outbox.to_str().unwrap()];
    let week = monday.iso_week();
    let name = format!("analytics/reports/weekly/{:04}-W{:02}-summary.pdf", week.year(), week.week());
    let reports = lake.join("analytics/reports/weekly");
    let server = Server::with(TestDatabase { url: database.url.clone() }, &flags);
    while !lake.join(&name).exists() {
        tokio::task::yield_now().await;
    }
    assert!(read(&lake.join(&name))["pages"][0].as_str().unwrap().contains("19 of 28 actions"));
    drop(server);
    // Of the week that has not ended there is none, and a second server finds nothing to do.
    let again = Server::with(TestDatabase { url: database.url.clone() }, &flags);
    let own = |name: &str| name.ends_with(".pdf");
    let names: Vec<String> = std::fs::read_dir(&reports)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| own(name))
        .collect();
    assert_eq!(names, [name.rsplit('/').next().unwrap()]);
    drop(again);
}
