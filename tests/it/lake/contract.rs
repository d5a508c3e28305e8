//! What every lake promises. Each test runs on a folder and on Cloud Storage.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use rpm_api::lake::{Created, DirectoryLake, Lake, LakeError, Lifecycle, Link, LinkSigner, Source, StorageClass, Version};
use tempfile::TempDir;

use super::{content, contents, name, noise, put, sha256, source};
use crate::support::{CloudStorage, http};

/// A lake of one kind, empty.
struct Scene {
    lake: Arc<dyn Lake>,
    kind: Kind,
    files: TempDir,
}

/// What stands behind it.
enum Kind {
    Directory(DirectoryLake),
    Cloud(#[expect(dead_code, reason = "it lives as long as its lake")] CloudStorage),
}

fn signer() -> LinkSigner {
    LinkSigner::new(&[7; 32], "/lake").unwrap()
}

impl Scene {
    async fn directory() -> Self {
        let files = tempfile::tempdir().unwrap();
        let lake = DirectoryLake::open(files.path().join("lake"), Some(signer())).unwrap();
        lake.provision(&Lifecycle::standard()).await.unwrap();
        Self { lake: Arc::new(lake.clone()), kind: Kind::Directory(lake), files }
    }

    async fn cloud() -> Self {
        let cloud = CloudStorage::start().await;
        Self { lake: cloud.new_lake().await, kind: Kind::Cloud(cloud), files: tempfile::tempdir().unwrap() }
    }

    fn lake(&self) -> &dyn Lake {
        &*self.lake
    }

    /// A local file.
    fn file(&self, content: &[u8]) -> Source {
        let file = self.files.path().join("file");
        std::fs::write(&file, content).unwrap();
        Source::File(file)
    }
}

macro_rules! on_both {
    ($($promise:ident),* $(,)?) => {
        mod directory {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Scene::directory().await).await; })*
        }
        mod cloud {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Scene::cloud().await).await; })*
        }
    };
}

on_both!(
    what_is_put_comes_back,
    the_same_again_changes_nothing,
    another_content_is_a_new_version,
    names_of_any_characters_hold,
    a_large_file_streams_through,
    of_many_at_once_none_is_lost,
    the_same_at_once_is_stored_once,
    lists_are_in_order_and_paged,
    what_is_not_there_is_not_found,
    a_link_opens_what_was_there,
    to_provision_again_is_harmless,
    what_cannot_be_read_is_not_put,
);

async fn what_is_put_comes_back(scene: Scene) {
    let lake = scene.lake();
    let before = Utc::now() - Duration::from_secs(5);
    for (path, from) in [("a/bytes.md", source("# Plan\n")), ("a/file.md", scene.file(b"# Plan\n")), ("a/empty", source(""))] {
        let stored = lake.put(&name(path), from, "text/markdown").await.unwrap();
        let whole: &[u8] = if path == "a/empty" { b"" } else { b"# Plan\n" };
        assert_eq!(stored.created, Created::Created);
        assert_eq!((stored.path.as_str(), stored.size, stored.sha256.0), (path, whole.len() as u64, sha256(whole)));
        let stat = lake.stat(&name(path), None).await.unwrap().unwrap();
        assert_eq!((stat.version, stat.sha256, stat.size), (stored.version, Some(stored.sha256), stored.size));
        assert_eq!((stat.content_type.as_str(), stat.class), ("text/markdown", StorageClass::Standard));
        assert!(stat.created > before && stat.created < Utc::now() + Duration::from_secs(5), "{stat:?}");
        assert_eq!(lake.get(&name(path), None).await.unwrap().stat, stat);
        assert_eq!(lake.read(&name(path), 100).await.unwrap(), whole);
    }
    assert!(matches!(lake.read(&name("a/bytes.md"), 3).await, Err(LakeError::Invalid(_))));
}

async fn the_same_again_changes_nothing(scene: Scene) {
    let lake = scene.lake();
    let first = put(lake, "a", "one").await;
    let again = lake.put(&name("a"), scene.file(b"one"), "text/plain").await.unwrap();
    assert_eq!((again.created, again.version, again.sha256), (Created::Unchanged, first.version, first.sha256));
    assert_eq!(lake.versions(&name("a")).await.unwrap().len(), 1);
}

async fn another_content_is_a_new_version(scene: Scene) {
    let lake = scene.lake();
    let mut versions = Vec::new();
    for (content, created) in [("one", Created::Created), ("two", Created::NewVersion), ("one", Created::NewVersion)] {
        let stored = put(lake, "a", content).await;
        assert_eq!(stored.created, created);
        versions.push(stored.version);
    }
    put(lake, "a/b", "another's").await;
    assert!(versions.is_sorted());
    let listed: Vec<Version> = lake.versions(&name("a")).await.unwrap().iter().rev().map(|stat| stat.version).collect();
    assert_eq!(listed, versions);
    assert_eq!(contents(lake, &name("a")).await, [b"one", b"two", b"one"]);
    let second = lake.stat(&name("a"), Some(versions[1])).await.unwrap().unwrap();
    assert_eq!((second.version, second.sha256.unwrap().0), (versions[1], sha256(b"two")));
}

async fn names_of_any_characters_hold(scene: Scene) {
    let lake = scene.lake();
    let names = ["ü/東京 ☂.md", "a b/c&d=e?f#g%2Fh+i.md", "100%", "a\\b", "q\"'<>|*", "~.-_/…", "%41", &"x".repeat(255)];
    for path in names {
        put(lake, path, path).await;
    }
    for path in names {
        assert_eq!(lake.read(&name(path), 1000).await.unwrap(), path);
        assert_eq!(lake.versions(&name(path)).await.unwrap().len(), 1, "{path}");
    }
    let listed = lake.list("", None, 100).await.unwrap().objects;
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(listed.iter().map(|stat| stat.path.as_str()).collect::<Vec<_>>(), sorted);
}

/// Above what Cloud Storage takes in one request.
async fn a_large_file_streams_through(scene: Scene) {
    let lake = scene.lake();
    let whole = noise(1, 20_000_000);
    let stored = lake.put(&name("large"), scene.file(&whole), "audio/mpeg").await.unwrap();
    assert_eq!((stored.size, stored.sha256.0), (20_000_000, sha256(&whole)));
    assert!(content(lake, &name("large"), None).await == whole, "the contents differ");
}

async fn of_many_at_once_none_is_lost(scene: Scene) {
    let lake = scene.lake();
    let given: Vec<String> = (0..8).map(|number| format!("content {number}")).collect();
    let stored = join_all(given.iter().map(|content| put(lake, "a", content))).await;
    assert_eq!(stored.iter().filter(|stored| stored.created == Created::Created).count(), 1);
    assert!(stored.iter().all(|stored| stored.created != Created::Unchanged));
    let mut kept: Vec<String> =
        contents(lake, &name("a")).await.into_iter().map(|content| String::from_utf8(content).unwrap()).collect();
    kept.sort_unstable();
    assert_eq!(kept, given);
}

async fn the_same_at_once_is_stored_once(scene: Scene) {
    let lake = scene.lake();
    let stored = join_all((0..8).map(|_| put(lake, "a", "one"))).await;
    assert_eq!(stored.iter().filter(|stored| stored.created == Created::Created).count(), 1);
    assert_eq!(stored.iter().filter(|stored| stored.created == Created::Unchanged).count(), 7);
    assert_eq!(lake.versions(&name("a")).await.unwrap().len(), 1);
}

async fn lists_are_in_order_and_paged(scene: Scene) {
    let lake = scene.lake();
    for path in ["b/2", "a", "b/10", "b-", "b/2/x", "c", "b/1"] {
        put(lake, path, "old").await;
        put(lake, path, "new").await;
    }
    for (prefix, wanted) in [
        ("", &["a", "b-", "b/1", "b/10", "b/2", "b/2/x", "c"][..]),
        ("b/", &["b/1", "b/10", "b/2", "b/2/x"]),
        ("b/1", &["b/1", "b/10"]),
        ("b/2/", &["b/2/x"]),
        ("d", &[]),
    ] {
        for limit in [1, 2, 100] {
            let (mut found, mut next) = (Vec::new(), None);
            loop {
                let page = lake.list(prefix, next.as_deref(), limit).await.unwrap();
                assert!(page.objects.len() <= limit as usize);
                found.extend(page.objects);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(found.iter().map(|stat| stat.path.as_str()).collect::<Vec<_>>(), wanted, "{prefix:?} {limit}");
            assert!(found.iter().all(|stat| stat.sha256.unwrap().0 == sha256(b"new")));
        }
    }
}

async fn what_is_not_there_is_not_found(scene: Scene) {
    let lake = scene.lake();
    let stored = put(lake, "a/b", "one").await;
    for path in ["a", "a/b/c", "b"] {
        assert!(lake.stat(&name(path), None).await.unwrap().is_none(), "{path}");
        assert!(lake.versions(&name(path)).await.unwrap().is_empty(), "{path}");
        assert!(matches!(lake.get(&name(path), None).await, Err(LakeError::NotFound(_))), "{path}");
        let link = lake.signed_url(&name(path), Duration::from_secs(60), Utc::now()).await;
        assert!(matches!(link, Err(LakeError::NotFound(_))), "{path}");
    }
    let never = Some(Version(stored.version.0 + 1));
    assert!(lake.stat(&name("a/b"), never).await.unwrap().is_none());
    assert!(matches!(lake.get(&name("a/b"), never).await, Err(LakeError::NotFound(_))));
}

/// The emulator's links are plain: what it shows is that they lead to the version.
async fn a_link_opens_what_was_there(scene: Scene) {
    let lake = scene.lake();
    let path = name("songs/a & b.mp3");
    put(lake, path.as_str(), "old").await;
    let now = Utc::now();
    let url = lake.signed_url(&path, Duration::from_secs(60), now).await.unwrap();
    put(lake, path.as_str(), "new").await;
    match &scene.kind {
        Kind::Cloud(_) => assert_eq!(http().get(url).send().await.unwrap().text().await.unwrap(), "old"),
        Kind::Directory(lake) => {
            let url = reqwest::Url::parse(&format!("http://host{url}")).unwrap();
            assert_eq!(url.path(), "/lake/songs/a%20%26%20b.mp3");
            let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
            let link = Link {
                version: Version(query["version"].parse().unwrap()),
                expires: query["expires"].parse().unwrap(),
                signature: query["signature"].clone(),
            };
            let signer = signer();
            signer.verify("GET", &path, &link, now).unwrap();
            assert!(signer.verify("GET", &path, &link, now + Duration::from_secs(60)).is_err());
            assert!(signer.verify("GET", &name("another"), &link, now).is_err());
            let opened = lake.open_file(&path, Some(link.version)).await.unwrap();
            assert_eq!((opened.stat.size, std::io::read_to_string(opened.file).unwrap().as_str()), (3, "old"));
        }
    }
    for seconds in [0, 8 * 24 * 60 * 60] {
        let link = lake.signed_url(&path, Duration::from_secs(seconds), now).await;
        assert!(matches!(link, Err(LakeError::Invalid(_))), "{seconds}");
    }
}

/// The emulator forgets the rules (`docs/lake.md`), so that they come back is shown by a folder only.
async fn to_provision_again_is_harmless(scene: Scene) {
    let lake = scene.lake();
    put(lake, "a", "one").await;
    lake.provision(&Lifecycle::standard()).await.unwrap();
    put(lake, "a", "two").await;
    assert_eq!(contents(lake, &name("a")).await, [b"one", b"two"]);
    let rules = lake.lifecycle().await.unwrap();
    if matches!(scene.kind, Kind::Directory(_)) {
        assert_eq!(rules, Lifecycle::standard().acting());
        lake.provision(&Lifecycle::default()).await.unwrap();
        assert_eq!(lake.lifecycle().await.unwrap(), Lifecycle::default());
    }
}

async fn what_cannot_be_read_is_not_put(scene: Scene) {
    let lake = scene.lake();
    let missing = Source::File(scene.files.path().join("missing"));
    assert!(matches!(lake.put(&name("a"), missing, "text/plain").await, Err(LakeError::Io { .. })));
    let folder = Source::File(scene.files.path().to_owned());
    assert!(matches!(lake.put(&name("a"), folder, "text/plain").await, Err(LakeError::Io { .. })));
    assert!(lake.stat(&name("a"), None).await.unwrap().is_none());
}
