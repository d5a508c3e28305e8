use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::lake::Created;

fn lake() -> (TempDir, DirectoryLake) {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = DirectoryLake::open(folder.path().join("deep/lake"), None).expect("a lake");
    (folder, lake)
}

fn name(text: &str) -> LakePath {
    LakePath::new(text).expect("a name")
}

async fn put(lake: &DirectoryLake, path: &str, content: &str) -> Stored {
    lake.put(&name(path), Source::from(content.as_bytes().to_vec()), "text/plain").await.expect("a put")
}

fn shown(lake: &DirectoryLake, path: &str) -> std::path::PathBuf {
    lake.store.root().join(path)
}

#[tokio::test]
async fn the_newest_content_is_shown_under_its_name() {
    let (_folder, lake) = lake();
    put(&lake, "a/plan.md", "one").await;
    put(&lake, "a/plan.md", "two").await;
    assert_eq!(std::fs::read_to_string(shown(&lake, "a/plan.md")).expect("a file"), "two");
    // A crash may have come before it was shown.
    std::fs::remove_file(shown(&lake, "a/plan.md")).expect("removed");
    assert_eq!(put(&lake, "a/plan.md", "two").await.created, Created::Unchanged);
    assert_eq!(std::fs::read_to_string(shown(&lake, "a/plan.md")).expect("a file"), "two");
    let mode = |path: &str| shown(&lake, path).metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode("a"), mode("a/plan.md"), mode(".lake"), mode(".lake/lock")), (0o700, 0o400, 0o700, 0o600));
}

#[tokio::test]
async fn an_object_may_have_others_inside() {
    let (_folder, lake) = lake();
    for path in ["a", "a/b", "a/b/c", "a-b", "a/1.json"] {
        put(&lake, path, path).await;
    }
    let listed = lake.list("", None, 10).await.expect("a listing");
    let names: Vec<_> = listed.objects.iter().map(|stat| stat.path.as_str()).collect();
    assert_eq!(names, ["a", "a-b", "a/1.json", "a/b", "a/b/c"]);
    for path in names {
        assert_eq!(lake.read(&name(path), 100).await.expect("a content"), path);
    }
}

#[tokio::test]
async fn damage_is_found_when_it_is_read() {
    let (_folder, lake) = lake();
    let stored = put(&lake, "a", "right").await;
    let file = shown(&lake, &format!(".lake/objects/a/.lake/{}.data", stored.version));
    std::fs::remove_file(&file).expect("removed");
    assert!(matches!(lake.read(&name("a"), 100).await, Err(LakeError::Corrupt { .. })));
    std::fs::write(&file, "wrong").expect("written");
    assert!(matches!(lake.read(&name("a"), 100).await, Err(LakeError::Corrupt { .. })));
}

#[tokio::test]
async fn what_a_crash_left_is_not_there_and_goes_away() {
    let (_folder, lake) = lake();
    put(&lake, "a", "one").await;
    // A crash between the content and the word that it is there; one while a content was written.
    let half = shown(&lake, ".lake/objects/a/.lake/99999999999999999.data");
    std::fs::write(&half, "half").expect("written");
    let never = shown(&lake, ".lake/objects/b/.lake");
    std::fs::create_dir_all(&never).expect("made");
    std::fs::write(never.join("7.data"), "half").expect("written");
    let written = shown(&lake, ".lake/tmp/.tmpX");
    std::fs::write(&written, "ha").expect("written");

    assert_eq!(lake.versions(&name("a")).await.expect("versions").len(), 1);
    assert_eq!(lake.list("", None, 10).await.expect("a listing").objects.len(), 1);
    lake.sweep(Utc::now()).await.expect("a sweep");
    assert!(!half.exists() && !never.exists() && written.exists());
    lake.sweep(Utc::now() + LEFT_OVER + TimeDelta::minutes(1)).await.expect("a sweep");
    assert!(!written.exists());
    assert_eq!(lake.read(&name("a"), 100).await.expect("a content"), "one");
}

#[tokio::test]
async fn the_rules_are_carried_out() {
    let (_folder, lake) = lake();
    lake.provision(&Lifecycle::standard()).await.expect("provisioned");
    let (output, snapshot, plan) =
        ("agent-outputs/qa/r.md", "agent-status/snapshots/2025/10/27/a.json", "rpm-plans/raw/2025/W43/p.md");
    for path in [output, snapshot, plan] {
        put(&lake, path, "one").await;
        put(&lake, path, "two").await;
    }
    let now = Utc::now();
    let days = |days| now + TimeDelta::days(days);
    let swept = async |days: i64| lake.sweep(now + TimeDelta::days(days) + TimeDelta::minutes(1)).await.expect("a sweep");

    assert_eq!(lake.sweep(days(29)).await.expect("a sweep"), Swept::default());
    assert_eq!(swept(30).await, Swept { archived: 2, deleted: 2 });
    assert_eq!(swept(30).await, Swept::default());
    let archived = lake.stat(&name(output), None).await.expect("known").expect("there");
    assert_eq!(archived.class, StorageClass::Coldline);
    assert_eq!(lake.read(&name(output), 100).await.expect("a content"), "two");
    assert!(lake.stat(&name(snapshot), None).await.expect("known").is_none());
    assert!(!shown(&lake, "agent-status").exists() && !shown(&lake, ".lake/objects/agent-status").exists());

    assert_eq!(swept(90).await, Swept { archived: 0, deleted: 2 });
    assert_eq!(swept(40_000).await, Swept::default());
    assert_eq!(lake.versions(&name(plan)).await.expect("versions").len(), 2);
}

#[tokio::test]
async fn a_version_that_is_swept_makes_room_for_the_next() {
    let (_folder, lake) = lake();
    lake.provision(&Lifecycle::standard()).await.expect("provisioned");
    let first = put(&lake, "agent-outputs/a", "one").await;
    lake.sweep(Utc::now() + TimeDelta::days(91)).await.expect("a sweep");
    let again = put(&lake, "agent-outputs/a", "one").await;
    assert_eq!(again.created, Created::Created);
    assert!(again.version > first.version);
}
