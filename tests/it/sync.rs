//! Files into the database and the lake: by the command, by the server's clock, by several at once, and by one that is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::{Server, TestDatabase, fixture, rpm_api};

const PLAN: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";
const PLAN_COPY: &str = "rpm-plans/raw/2026/W10/RPM-WORKS-001-Warehouse-Labels-20260301.md";

/// A database, files, and the folder of a lake.
struct House {
    database: TestDatabase,
    folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("files")).unwrap();
        Self { database: TestDatabase::new().await, folder }
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    /// Puts a file where files are looked for.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn put_plan(&self) -> PathBuf {
        self.put(&format!("plans/{}", Path::new(PLAN).file_name().unwrap().to_str().unwrap()), fs::read(fixture(PLAN)).unwrap())
    }

    fn ingest(&self, more: &[&str]) -> Output {
        let mut command = rpm_api();
        command.env("DATABASE_URL", &self.database.url).arg("ingest").arg(self.files()).arg("--json");
        command.arg("--outbox").arg(self.outbox());
        if !more.contains(&"--lake") {
            command.arg("--lake").arg(self.lake());
        }
        command.args(more).output().unwrap()
    }

    /// The reports of an ingest by the files' names.
    fn reports(&self, more: &[&str]) -> BTreeMap<String, Value> {
        let output = self.ingest(more);
        let text = String::from_utf8(output.stdout).unwrap();
        let reports = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        reports.map(|report| (name_of(report["path"].as_str().unwrap()), report)).collect()
    }

    fn server(&self, flags: &[&str]) -> Server {
        let (lake, outbox) = (self.lake(), self.outbox());
        let mut all = vec!["--lake", lake.to_str().unwrap(), "--outbox", outbox.to_str().unwrap()];
        all.extend(flags);
        Server::with(TestDatabase { url: self.database.url.clone() }, &all)
    }

    /// The objects of the lake with their contents' hashes.
    fn objects(&self) -> BTreeMap<String, String> {
        let mut objects = BTreeMap::new();
        collect(&self.lake(), &self.lake(), &mut objects);
        objects
    }
}

fn name_of(path: &str) -> String {
    Path::new(path).file_name().unwrap().to_str().unwrap().to_owned()
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn collect(root: &Path, folder: &Path, objects: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, objects);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            objects.insert(name, hash(&fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test]
async fn what_is_read_is_kept_as_it_was_and_what_was_made_of_it_beside() {
    let house = House::new().await;
    let plan = fs::read(house.put_plan()).unwrap();
    house.put("logs/SESSION_PROGRESS_20260302.md", "# Week of: 2026-03-01\n- [ ] no action of anybody\n");
    house.put("evidence/labels.png", [1, 2, 3]);
    house.put("notes.bin", "nothing that anybody knows");
    // What these are is said by their words alone.
    house.put("state.json", json!({ "agent": "qa", "status": "running" }).to_string());
    house.put("catalogue.csv", "Title,BPM,Key\nGlue,92,G\n");
    house.put("second/song-001.mp3", "other music");
    house.put("song-001.mp3", "music");
    let reports = house.reports(&[]);
    let plan_report = &reports["RPM-WORKS-001-Warehouse-Labels-20260301.md"];
    assert_eq!((&plan_report["created"], &plan_report["raw"]), (&json!(11), &json!(PLAN_COPY)));
    assert_eq!(reports["SESSION_PROGRESS_20260302.md"]["kept"], true, "a log is no plan");
    assert_eq!(reports["labels.png"]["kept"], true);
    assert!(!reports.contains_key("notes.bin"), "what nothing is known of is left alone");

    let objects = house.objects();
    assert_eq!(objects[PLAN_COPY], hash(&plan));
    assert!(objects.contains_key("session-logs/2026/03/SESSION_PROGRESS_20260302.md"), "{objects:?}");
    assert!(objects.keys().any(|name| name.ends_with("/evidence/labels.png")), "{objects:?}");
    for (name, content) in
        [("second/song-001.mp3", "other music"), ("song-001.mp3", "music"), ("catalogue.csv", "Title,BPM,Key\nGlue,92,G\n")]
    {
        assert_eq!(
            objects.get(&format!("deliverables/songs/raw/suno-386-songs/{name}")),
            Some(&hash(content.as_bytes())),
            "{name}"
        );
    }
    assert!(
        objects.keys().any(|name| name.starts_with("agent-status/snapshots/") && name.ends_with("_state.json")),
        "{objects:?}"
    );
    let processed = "rpm-plans/processed/2026/W10/RPM-WORKS-001-Warehouse-Labels-20260301";
    let part =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(house.lake().join(processed).join(name)).unwrap()).unwrap() };
    assert_eq!(part("weekly_plan.json")["week_start"], "2026-03-01");
    assert_eq!(part("results.json").as_array().unwrap().len(), 2);
    assert_eq!(part("actions.json").as_array().unwrap().len(), 8);

    // Nothing changed: nothing is done. Then one file changes.
    let again = house.reports(&[]);
    assert!(again.values().all(|report| report["created"] == 0 && report["updated"] == 0), "{again:?}");
    assert_eq!(house.objects(), objects);
    let changed = String::from_utf8(plan).unwrap().replacen("WAREHOUSE", "STOREHOUSE", 1);
    house.put("plans/RPM-WORKS-001-Warehouse-Labels-20260301.md", &changed);
    assert_eq!(house.reports(&[])["RPM-WORKS-001-Warehouse-Labels-20260301.md"]["updated"], 1);
    assert_eq!(house.objects()[PLAN_COPY], hash(changed.as_bytes()));
}

#[tokio::test]
async fn a_recording_comes_with_its_song_and_is_read_by_a_link() {
    let house = House::new().await;
    house.put("song-001-metadata.json", json!({ "id": "suno-1", "title": "Labels at Dawn", "bpm": 78 }).to_string());
    house.ingest(&[]);
    // It comes after what is said of it.
    let recording = vec![7_u8; 3_000_000];
    house.put("song-001.mp3", &recording);
    assert_eq!(house.reports(&[])["song-001-metadata.json"]["updated"], 1);
    let server = house.server(&[]);
    let query = "{ song(songId: \"suno-1\") { title cloudStoragePath downloadUrl } }";
    let song = server.ask(&server.token(VIP), query, json!({})).await.data()["song"].clone();
    assert_eq!(song["cloudStoragePath"], "deliverables/songs/raw/suno-386-songs/song-001.mp3");
    let link = song["downloadUrl"].as_str().unwrap();
    let get = async |link: &str| server.http().get(server.url(link)).send().await.unwrap();
    let response = get(link).await;
    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert_eq!(response.headers()["content-disposition"], "attachment; filename*=UTF-8''song-001.mp3");
    assert_eq!(response.bytes().await.unwrap(), recording);
    // A link is for one content of one name, and for as long as it says.
    let (path, rest) = link.split_once('?').unwrap();
    let version = rest.split('&').next().unwrap();
    let forged = [
        path.to_owned(),
        format!("{path}?{version}&expires=9999999999&signature={}", "0".repeat(64)),
        link.replace("song-001.mp3", "song-001-metadata.json"),
        link.replace(version, "version=1"),
        format!("{}/../x?{rest}", path.rsplit_once('/').unwrap().0),
    ];
    for forged in forged {
        assert!(matches!(get(&forged).await.status().as_u16(), 403 | 404), "{forged}");
    }
    assert_eq!(get(&link.replace("song-001.mp3", "song-001-metadata.json")).await.status(), 403);
}

#[tokio::test]
async fn songs_in_tables_of_a_plan_join_the_catalogue() {
    let house = House::new().await;
    let plan = fs::read_to_string(fixture(PLAN)).unwrap();
    let table = "\n## SONGS\n\n| Day | Title | City | BPM | Key | Groove |\n| --- | --- | --- | --- | --- | --- |\n\
                 | 15 | Label Rag | Austin | 92 | G Major | Shuffle |\n| 16 | Last Roll | Waco | slow | D | Train beat |\n";
    house.put("RPM-WORKS-001-Warehouse-Labels-20260301.md", format!("{plan}{table}"));
    let report = &house.reports(&[])["RPM-WORKS-001-Warehouse-Labels-20260301.md"];
    assert_eq!((&report["songs"], &report["actions"], &report["created"]), (&json!(2), &json!(8), &json!(13)), "{report:#}");
    let server = house.server(&[]);
    let songs = server.ask(&server.token(VIP), "{ songs { nodes { title bpm key groove } } }", json!({})).await.data();
    let expected = json!([
        { "title": "Label Rag", "bpm": 92, "key": "G Major", "groove": "Shuffle" },
        { "title": "Last Roll", "bpm": null, "key": "D", "groove": "Train beat" },
    ]);
    assert_eq!(songs["songs"]["nodes"], expected);
    assert_eq!(house.reports(&[])["RPM-WORKS-001-Warehouse-Labels-20260301.md"]["created"], 0);
}

#[tokio::test]
async fn the_server_reads_by_its_clock_and_says_what_it_did() {
    let house = House::new().await;
    house.put_plan();
    house.put("qa.status.json", json!({ "agent": "qa", "status": "running", "updated_at": "2026-03-02T08:00:00Z" }).to_string());
    let bad = house.put("broken.status.json", "{ \"agent\": ");
    // Files are read when they have been left alone for two seconds.
    for file in
        [house.files().join("plans/RPM-WORKS-001-Warehouse-Labels-20260301.md"), house.files().join("qa.status.json"), bad]
    {
        let file = fs::File::options().append(true).open(file).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).unwrap();
    }
    let files = house.files();
    // It is asked as often as it answers.
    let budgets = ["--budgets", "admin=1000000/2000000000000"];
    let one = house.server(&["--ingest", files.to_str().unwrap(), "--ingest-every", "1", budgets[0], budgets[1]]);
    let other =
        one.another(&["--ingest", files.to_str().unwrap(), "--ingest-every", "1", "--outbox", house.outbox().to_str().unwrap()]);
    let admin = one.token(ADMIN);
    let runs = "{ ingestRuns { totalCount nodes { origin finishedAt filesRead filesRefused filesUnchanged rowsCreated failure
        files { path created raw coveragePercent unreadCount unread { line reason } } } } }";
    let runs = loop {
        let data = one.ask(&admin, runs, json!({})).await.data();
        let nodes = data["ingestRuns"]["nodes"].as_array().unwrap().clone();
        if nodes.iter().filter(|run| !run["finishedAt"].is_null()).count() >= 2 {
            break nodes;
        }
    };
    let week = "{ events(types: [WEEK_INGESTED]) { nodes { week { title } } } }";
    let week = one.ask(&admin, week, json!({})).await.data()["events"]["nodes"].clone();
    assert_eq!(week, json!([{ "week": { "title": "WAREHOUSE LABEL PRINTING" } }]));
    let first = runs.last().unwrap();
    assert_eq!((&first["origin"], &first["failure"]), (&json!("SCHEDULE"), &Value::Null), "{first:#}");
    assert_eq!((&first["filesRead"], &first["filesRefused"]), (&json!(2), &json!(1)), "{first:#}");
    let file = |name: &str| {
        first["files"].as_array().unwrap().iter().find(|file| name_of(file["path"].as_str().unwrap()) == name).unwrap().clone()
    };
    let broken = file("broken.status.json");
    assert_eq!(
        (&broken["unread"][0]["line"], &broken["unreadCount"], &broken["coveragePercent"]),
        (&json!(1), &json!(1), &Value::Null)
    );
    assert_eq!(file("RPM-WORKS-001-Warehouse-Labels-20260301.md")["coveragePercent"], 100);
    let created: i64 = runs.iter().map(|run| run["rowsCreated"].as_i64().unwrap()).sum();
    assert_eq!(created, first["rowsCreated"].as_i64().unwrap(), "whoever looks next has nothing to do");
    // A part of the team has no look at everybody's files.
    assert_eq!(one.ask(&one.token(TEAM), "{ ingestRuns { totalCount } }", json!({})).await.code(), "FORBIDDEN");
    drop((one, other));
}

#[tokio::test]
async fn what_the_lake_does_not_take_waits_for_it() {
    let house = House::new().await;
    house.put_plan();
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let reports = house.reports(&["--lake", "gs://test-lake", "--lake-endpoint", &endpoint]);
    assert_eq!(reports["RPM-WORKS-001-Warehouse-Labels-20260301.md"]["created"], 11, "the database does not wait");
    assert!(house.objects().is_empty());
    let server = house.server(&[]);
    let query = "{ ingestRuns(first: 1) { nodes { uploadsWaiting } } }";
    let waiting = server.ask(&server.token(ADMIN), query, json!({})).await.data();
    assert_eq!(waiting["ingestRuns"]["nodes"][0]["uploadsWaiting"], 4);
}

#[tokio::test]
async fn killed_at_any_moment_it_loses_nothing() {
    let house = House::new().await;
    let plan = fs::read_to_string(fixture(PLAN)).unwrap();
    let mut contents = BTreeMap::new();
    for number in 0..40 {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::Days::new(7 * number);
        let text = plan.replace("WORKS", &format!("W{number:02}")).replace("2026-03-01", &day.to_string());
        let name = format!("RPM-W{number:02}-001-Labels.md");
        house.put(&format!("plans/{name}"), &text);
        contents.insert(name, hash(text.as_bytes()));
    }
    for round in 0..6_u32 {
        let mut command = rpm_api();
        command.env("DATABASE_URL", &house.database.url).arg("ingest").arg(house.files()).arg("--json");
        command.arg("--outbox").arg(house.outbox()).arg("--lake").arg(house.lake());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // Killed while it reads the file after so many.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        for _ in 0..=(round * 5) {
            let _ = lines.next();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let reports = house.reports(&[]);
    assert_eq!(reports.len(), contents.len());
    let objects = house.objects();
    for (name, content) in &contents {
        assert!(objects.iter().any(|(path, hash)| path.ends_with(name) && hash == content), "{name} is not in the lake");
    }
    let files: Vec<(String, String)> = {
        use sqlx::Row;
        let mut connection = house.database.connection().await;
        let rows = sqlx::query("SELECT path, sha256 FROM ingested_files").fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| (name_of(row.get(0)), row.get::<String, _>(1).trim().to_owned())).collect()
    };
    assert_eq!(files.into_iter().collect::<BTreeMap<_, _>>(), contents, "the database and the lake agree");
    assert!(house.reports(&[]).values().all(|report| report["created"] == 0 && report["updated"] == 0));
    assert_eq!(fs::read_dir(house.outbox().join("entries")).unwrap().count(), 0, "nothing waits");
}

#[tokio::test]
async fn a_week_is_written_out_as_a_document_that_is_read_back_the_same() {
    let house = House::new().await;
    house.put_plan();
    house.ingest(&[]);
    let export = |database: &TestDatabase, more: &[&str]| {
        let mut command = rpm_api();
        command.env("DATABASE_URL", &database.url).args(["export-plan", "2026-03-03", "--project", "WORKS"]).args(more);
        command.output().unwrap()
    };
    let written = export(&house.database, &[]);
    assert!(written.status.success(), "{written:?}");
    let other = House::new().await;
    other.put("plans/RPM-WORKS-001-Written-Out.md", &written.stdout);
    let report = &other.reports(&[])["RPM-WORKS-001-Written-Out.md"];
    assert_eq!((&report["actions"], &report["unread"]), (&json!(8), &json!([])), "{report:#}");
    let again = export(&other.database, &[]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), String::from_utf8(written.stdout).unwrap());

    let table = export(&house.database, &["--format", "csv"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.starts_with("project,week_start,week_end,result_code,"), "{table}");
    assert_eq!(table.lines().filter(|line| line.starts_with("WORKS,2026-03-01,")).count(), 8, "{table}");
    let mut nowhere = rpm_api();
    let nowhere = nowhere.env("DATABASE_URL", &house.database.url).args(["export-plan", "2020-01-01"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no plan that holds 2020-01-01"), "{nowhere:?}");
}
