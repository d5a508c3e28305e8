//! `rpm-api ingest` of songs: the catalogue in line with its files, without undoing what people did.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::postgres::ADMIN;
use crate::support::{Server, fixture};

fn ingest(server: &Server, path: &Path) -> Vec<Value> {
    let output = server.command(&["ingest", "--json", path.to_str().unwrap()]);
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn changes(reports: &[Value]) -> (u64, u64) {
    let sum = |key: &str| reports.iter().map(|report| report[key].as_u64().unwrap()).sum();
    (sum("created"), sum("updated"))
}

async fn songs(server: &Server) -> Vec<Value> {
    let query = "{ songs(first: 100, orderBy: { field: TITLE }) { nodes {
        id songId title genre bpm durationSeconds album lyrics status revenueActual releasedAt } } }";
    server.ask(&server.token(ADMIN), query, json!({})).await.data()["songs"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_folder_of_songs_is_read_and_reading_it_again_changes_nothing() {
    let server = Server::start().await;
    let first = ingest(&server, &fixture("songs"));
    assert_eq!(first.len(), 5, "lyrics come with their songs: {first:#?}");
    assert_eq!(changes(&first), (8, 0), "{first:#?}");
    let held = songs(&server).await;
    let song = |title: &str| held.iter().find(|song| song["title"] == title).unwrap();
    assert_eq!(song("Red Ink")["lyrics"], "Red ink on the margin,\nred ink on my mind");
    assert_eq!(
        (&song("Red Ink")["status"], &song("Red Ink")["releasedAt"]),
        (&json!("RELEASED"), &json!("2026-02-14T00:00:00.000000Z"))
    );
    assert_eq!((&song("Night Press")["album"], &song("Night Press")["releasedAt"]), (&json!("album-01"), &Value::Null));
    assert_eq!(
        (&song("The Long Way to the Bindery")["bpm"], &song("The Long Way to the Bindery")["revenueActual"]),
        (&Value::Null, &json!("1200.00"))
    );
    assert_eq!(changes(&ingest(&server, &fixture("songs"))), (0, 0));
    assert_eq!(songs(&server).await, held);
}

#[tokio::test]
async fn what_people_did_stands_until_the_file_changes_its_word() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song-001-metadata.json");
    let write = |bpm: i32, status: &str, actual: &str| {
        let text = json!({ "title": "Glue", "bpm": bpm, "status": status, "revenue_actual": actual, "genre": "Folk" });
        std::fs::write(&path, text.to_string()).unwrap();
    };
    write(90, "mastered", "$1K");
    assert_eq!(changes(&ingest(&server, &path)), (1, 0));
    let id = songs(&server).await[0]["id"].clone();
    let earn = "mutation($id: ID!) { recordRevenue(input: { songId: $id, revenueActual: \"1500\" }) { __typename } }";
    server.ask(&token, earn, json!({ "id": id })).await.data();
    write(92, "mastered", "$1K");
    assert_eq!(changes(&ingest(&server, &path)), (0, 1));
    let song = songs(&server).await.remove(0);
    assert_eq!((&song["bpm"], &song["revenueActual"]), (&json!(92), &json!("1500.00")), "only the tempo is new");
    write(92, "released", "$1.8K");
    ingest(&server, &path);
    let song = songs(&server).await.remove(0);
    assert_eq!((&song["status"], &song["revenueActual"]), (&json!("RELEASED"), &json!("1800.00")));
    assert_ne!(song["releasedAt"], Value::Null);
    let events =
        server.ask(&token, "{ events(types: [REVENUE_UPDATE], first: 10) { nodes { __typename } } }", json!({})).await.data();
    assert_eq!(events["events"]["nodes"].as_array().unwrap().len(), 2, "a person's and the file's");

    // Another file about the same song, never read before, never takes it back.
    let other = folder.path().join("songs.json");
    std::fs::write(&other, json!([{ "id": song["songId"], "title": "Glue", "status": "generated" }]).to_string()).unwrap();
    ingest(&server, &other);
    assert_eq!(songs(&server).await[0]["status"], "RELEASED");
}

#[tokio::test]
async fn a_song_keeps_its_row_when_its_file_comes_to_know_its_id() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song-001-metadata.json");
    std::fs::write(&path, r#"{"title": "Glue"}"#).unwrap();
    ingest(&server, &path);
    let before = songs(&server).await.remove(0);
    assert_eq!(before["songId"], "file:song-001");
    std::fs::write(&path, r#"{"title": "Glue and Thread", "suno_id": "s-1"}"#).unwrap();
    assert_eq!(changes(&ingest(&server, &path)), (0, 1));
    let after = songs(&server).await;
    assert_eq!((after.len(), &after[0]["id"], &after[0]["songId"]), (1, &before["id"], &json!("s-1")));
    std::fs::write(&path, "{\"title\": \"Glue and Thread\"}").unwrap();
    assert_eq!(changes(&ingest(&server, &path)), (0, 0), "and does not lose it again");
}

#[tokio::test]
async fn lyrics_that_change_beside_a_song_are_its_lyrics() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track-01-metadata.json");
    std::fs::write(&path, r#"{"title": "Glue"}"#).unwrap();
    for words in ["first words", "other words"] {
        std::fs::write(folder.path().join("track-01-lyrics.txt"), words).unwrap();
        ingest(&server, folder.path());
        assert_eq!(songs(&server).await[0]["lyrics"], words);
    }
}

#[tokio::test]
async fn two_loads_of_the_same_songs_at_once_make_them_once() {
    let server = Server::start().await;
    let spawn = || {
        let mut command = crate::support::rpm_api();
        command.env("DATABASE_URL", &server.database.url).args(["ingest", "--json", fixture("songs").to_str().unwrap()]);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    for mut child in [spawn(), spawn()] {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(songs(&server).await.len(), 8);
}
