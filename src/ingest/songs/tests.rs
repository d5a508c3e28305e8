//! Files of songs in, snapshots of what they say out; and files torn apart, which must not break anything.

use proptest::prelude::*;

use super::*;
use crate::entities::enums::SongStatus;

macro_rules! fixture {
    ($file:literal) => {
        include_str!(concat!("../../../tests/fixtures/songs/", $file))
    };
}

#[test]
fn song_with_a_bad_tempo() {
    let path = "raw/song-001-metadata.json";
    insta::assert_json_snapshot!("song", parse_songs(path, fixture!("raw/song-001-metadata.json"), None));
}

#[test]
fn song_without_an_id_and_with_lyrics_beside_it() {
    let path = "raw/song-002-metadata.json";
    let lyrics = Some(fixture!("raw/song-002-lyrics.txt"));
    insta::assert_json_snapshot!("beside", parse_songs(path, fixture!("raw/song-002-metadata.json"), lyrics));
}

#[test]
fn track_of_an_album_as_suno_describes_it() {
    let path = "songs/albums/3-album-release/album-01/track-01-metadata.json";
    let text = fixture!("albums/3-album-release/album-01/track-01-metadata.json");
    insta::assert_json_snapshot!("track", parse_songs(path, text, None));
}

#[test]
fn list_of_an_album() {
    insta::assert_json_snapshot!("list", parse_songs("songs.json", fixture!("songs.json"), None));
}

#[test]
fn table_with_semicolons() {
    insta::assert_json_snapshot!("csv", parse_song_csv("catalogue.csv", fixture!("catalogue.csv")));
}

fn cells(row: &str) -> Vec<String> {
    row.split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn table_of_a_plan() {
    let header = cells("Day | Episode Title | City Flavor | BPM | Key | Groove | Hat Max");
    let rows = [
        (12, cells("3 | \"The Stamp Awakens\" | Harbour | 95 | G Major | Hip-Hop | Open")),
        (13, cells("4 | \"Postage Due\" | Old Town | 105 | A Minor | Trap | Closed")),
        (14, cells("5 | \"Stay Posted — Supercut\" | Everywhere | Variable | Variable | Mashup | Variable")),
        (15, cells("— | — | — | — | — | — | —")),
    ];
    insta::assert_json_snapshot!("plan", song_table("RPM-POST-001", &header, &rows));
    assert_eq!(song_table("RPM-POST-001", &header, &rows), song_table("RPM-POST-001", &header, &rows));
}

#[test]
fn what_is_a_table_of_songs() {
    for (header, expected) in [
        ("Day|Episode Title|BPM|Key", true),
        ("Song|Genre", true),
        ("Title|Genre|Length", true),
        ("name;bpm", false),
        ("Name|Tempo", true),
        ("Task|Owner|Due", false),
        ("Name|Key|Value", false),
        ("Metric|Target|Actual", false),
        ("BPM|Key", false),
        ("", false),
    ] {
        assert_eq!(is_song_table(&cells(header)), expected, "{header}");
    }
}

#[test]
fn songs_by_their_ids_and_one_a_line() {
    let by_id = parse_songs("songs.json", r#"{"songs": {"s-1": {"title": "A"}, "s-2": {"name": "B", "id": "s-9"}}}"#, None);
    assert_eq!(by_id.songs.iter().map(|song| song.song_id.as_str()).collect::<Vec<_>>(), ["s-1", "s-9"]);
    assert!(by_id.songs.iter().all(|song| !song.is_derived));
    let lines = parse_songs("songs.jsonl", "{\"title\": \"A\", \"bpm\": 90}\nbroken\n{\"title\": \"B\"", None);
    assert_eq!((lines.songs.len(), lines.unread.len()), (1, 1));
}

#[test]
fn what_is_out_and_what_is_to_come_out() {
    for (text, status, has_day) in [
        (r#"{"title": "A", "released": true}"#, Some(SongStatus::Released), false),
        (r#"{"title": "A", "released": false}"#, None, false),
        (r#"{"title": "A", "released": "Oct 25, 2026"}"#, Some(SongStatus::Released), true),
        (r#"{"title": "A", "status": "mastered", "published_at": 1772447400}"#, Some(SongStatus::Mastered), true),
        (r#"{"title": "A", "release_date": "2027-01-01"}"#, None, true),
    ] {
        let song = parse_songs("a.json", text, None).songs.remove(0);
        assert_eq!((song.status, song.released_at.is_some()), (status, has_day), "{text}");
    }
}

#[test]
fn nothing_said_is_said() {
    for text in ["", "{}", "[]", "7", "{\"songs\": []}", "[1]", "{\"title\": [1]}", "\u{feff}"] {
        assert!(!parse_songs("", text, None).unread.is_empty(), "{text:?}");
    }
    for text in ["", "a,b\n1,2\n", "\"", "title,bpm\n"] {
        assert!(!parse_song_csv("a.csv", text).unread.is_empty(), "{text:?}");
    }
    assert_eq!(parse_songs("song-7.json", "{\"bpm\": 90}", None).songs[0].title, "song-7");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400), lyrics in any::<Option<String>>()) {
        let text = String::from_utf8_lossy(&bytes);
        parse_songs("a.json", &text, lyrics.as_deref());
        parse_songs("a.jsonl", &text, None);
        parse_song_csv("a.csv", &text);
        parse_song_csv("a.csv", &format!("Title;BPM;Key;Duration\n{text}"));
    }

    #[test]
    fn no_json_breaks_it(
        keys in proptest::collection::vec("songs|metadata|title|bpm|duration|duration_ms|revenue|status|released|lyrics|prompt|[a-zÀ-ſ_.-]{0,9}", 1..8),
        values in proptest::collection::vec(r#"null|true|-?[0-9]{1,18}|[0-9]e[0-9]{1,2}|"\PC{0,30}"|"[0-9:.$kmsh ]{0,12}"|\[1,"x"\]|\{"bpm":"blocked","a":\[\{\}\]\}"#, 1..8),
    ) {
        let members: Vec<String> = keys.iter().zip(&values).map(|(key, value)| format!("{key:?}: {value}")).collect();
        let text = format!("{{{}}}", members.join(", "));
        parse_songs("x/album-01/track-01-metadata.json", &text, None);
        parse_songs("songs.json", &format!("[{text}, {text}]"), None);
    }

    #[test]
    fn no_table_breaks_it(header in proptest::collection::vec("title|bpm|day|\\PC{0,8}", 0..6), row in proptest::collection::vec("\\PC{0,20}", 0..8)) {
        song_table("\u{0}", &header, &[(0, row.clone()), (usize::MAX, row)]);
    }
}
