use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;
use crate::lake::{Content, DirectoryLake, Lifecycle, Page, Stat, Stored, Swept, Version};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A real lake behind a line that is down for some names.
#[derive(Debug)]
struct Line {
    lake: DirectoryLake,
    down: Mutex<Vec<&'static str>>,
}

#[async_trait]
impl Lake for Line {
    async fn put(&self, path: &LakePath, source: Source, content_type: &str) -> Result<Stored> {
        if self.down.lock().expect("a lock").contains(&path.as_str()) {
            return Err(LakeError::Unavailable("the line is down".to_owned()));
        }
        self.lake.put(path, source, content_type).await
    }
    fn location(&self) -> String {
        self.lake.location()
    }
    async fn get(&self, path: &LakePath, version: Option<Version>) -> Result<Content> {
        self.lake.get(path, version).await
    }
    async fn stat(&self, path: &LakePath, version: Option<Version>) -> Result<Option<Stat>> {
        self.lake.stat(path, version).await
    }
    async fn versions(&self, path: &LakePath) -> Result<Vec<Stat>> {
        self.lake.versions(path).await
    }
    async fn list(&self, prefix: &str, next: Option<&str>, limit: u32) -> Result<Page> {
        self.lake.list(prefix, next, limit).await
    }
    async fn signed_url(&self, path: &LakePath, ttl: Duration, now: DateTime<Utc>) -> Result<String> {
        self.lake.signed_url(path, ttl, now).await
    }
    async fn provision(&self, lifecycle: &Lifecycle) -> Result<()> {
        self.lake.provision(lifecycle).await
    }
    async fn lifecycle(&self) -> Result<Lifecycle> {
        self.lake.lifecycle().await
    }
    async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept> {
        self.lake.sweep(now).await
    }
}

struct Scene {
    folder: TempDir,
    outbox: Outbox,
    line: Line,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::open(folder.path().join("outbox")).expect("an outbox");
        let lake = DirectoryLake::open(folder.path().join("lake"), None).expect("a lake");
        Self { folder, outbox, line: Line { lake, down: Mutex::default() } }
    }

    fn down(&self, names: &[&'static str]) {
        *self.line.down.lock().expect("a lock") = names.to_vec();
    }

    async fn enqueue(&self, path: &str, content: &str) -> Entry {
        self.outbox.enqueue(&name(path), Source::from(content.as_bytes().to_vec()), "text/plain", NOW).await.expect("taken over")
    }

    async fn drain(&self, limit: usize, at: TimeDelta) -> Drained {
        self.outbox.drain(&self.line, limit, NOW + at).await.expect("drained")
    }

    /// All contents of a name, the oldest first.
    async fn contents(&self, path: &str) -> Vec<String> {
        let mut contents = Vec::new();
        for stat in self.line.versions(&name(path)).await.expect("versions").iter().rev() {
            let file = self.line.lake.open_file(&stat.path, Some(stat.version)).await.expect("a version").file;
            contents.push(std::io::read_to_string(file).expect("text"));
        }
        contents
    }

    fn files(&self, part: &str) -> usize {
        std::fs::read_dir(self.folder.path().join("outbox").join(part)).expect("a folder").count()
    }
}

fn name(text: &str) -> LakePath {
    LakePath::new(text).expect("a name")
}

#[tokio::test]
async fn what_waits_is_sent_in_order_and_forgotten() {
    let scene = Scene::new();
    for (path, content) in [("a", "one"), ("b", "one"), ("a", "two"), ("a", "one")] {
        scene.enqueue(path, content).await;
    }
    assert_eq!((scene.files("entries"), scene.files("contents")), (4, 2));
    let drained = scene.drain(3, TimeDelta::zero()).await;
    assert_eq!((drained.sent, drained.left, drained.failed.len()), (3, 1, 0));
    // Another process goes on.
    let outbox = Outbox::open(scene.folder.path().join("outbox")).expect("an outbox");
    let drained = outbox.drain(&scene.line, 10, NOW).await.expect("drained");
    assert_eq!((drained.sent, drained.left), (1, 0));
    assert_eq!(scene.contents("a").await, ["one", "two", "one"]);
    assert_eq!((scene.files("entries"), scene.files("contents"), scene.files("tmp")), (0, 0, 0));
}

#[tokio::test]
async fn a_failure_holds_up_its_own_name_only() {
    let scene = Scene::new();
    for (path, content) in [("a", "one"), ("b", "one"), ("a", "two")] {
        scene.enqueue(path, content).await;
    }
    scene.down(&["a"]);
    let drained = scene.drain(10, TimeDelta::zero()).await;
    assert_eq!((drained.sent, drained.left), (1, 2));
    let [failed] = &drained.failed[..] else { panic!("{drained:?}") };
    assert!(failed.error.is_transient() && failed.entry.attempts == 1, "{failed:?}");
    assert_eq!(scene.outbox.pending().await.expect("pending")[0], failed.entry);

    scene.down(&[]);
    // Its time has not come, and the later one waits for it.
    assert_eq!(scene.drain(10, TimeDelta::milliseconds(900)).await.left, 2);
    assert_eq!(scene.drain(10, TimeDelta::seconds(2)).await.sent, 2);
    assert_eq!(scene.contents("a").await, ["one", "two"]);
}

#[tokio::test]
async fn it_is_tried_less_and_less_often_and_never_given_up() {
    let scene = Scene::new();
    scene.enqueue("a", "one").await;
    scene.down(&["a"]);
    let mut at = TimeDelta::zero();
    for attempt in 1..=30 {
        let drained = scene.drain(10, at).await;
        let [failed] = &drained.failed[..] else { panic!("{attempt}: {drained:?}") };
        let wait = failed.entry.next_attempt - (NOW + at);
        assert!(failed.entry.attempts == attempt && wait <= backoff::LONGEST, "{failed:?}");
        at += wait;
    }
    scene.down(&[]);
    assert_eq!(scene.drain(10, at).await.sent, 1);
}

#[tokio::test]
async fn a_content_that_was_damaged_is_not_sent() {
    let scene = Scene::new();
    let entry = scene.enqueue("a", "one").await;
    let content = scene.outbox.spool.content(&entry.sha256);
    std::fs::remove_file(&content).expect("removed");
    std::fs::write(&content, "two").expect("written");
    let drained = scene.drain(10, TimeDelta::zero()).await;
    assert!(matches!(drained.failed[0].error, LakeError::Corrupt { .. }), "{drained:?}");
    // The right content is given again: it heals the spool.
    scene.enqueue("a", "one").await;
    assert_eq!(scene.drain(10, TimeDelta::minutes(1)).await.sent, 2);
    assert_eq!(scene.contents("a").await, ["one"]);
}

#[tokio::test]
async fn what_a_crash_left_stops_nothing_and_goes_away() {
    let scene = Scene::new();
    scene.enqueue("a", "one").await;
    let spool = scene.folder.path().join("outbox");
    std::fs::write(spool.join("tmp/.tmpX"), "{\"pa").expect("written");
    std::fs::write(spool.join("contents").join("00".repeat(32)), "nobody's").expect("written");
    let drained = scene.drain(10, TimeDelta::zero()).await;
    assert_eq!((drained.sent, drained.left, scene.files("contents"), scene.files("tmp")), (1, 0, 0, 1));
    let later = Utc::now() + TimeDelta::days(2);
    scene.outbox.drain(&scene.line, 1, later).await.expect("drained");
    assert_eq!(scene.files("tmp"), 0);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_nothing_and_loses_no_content() {
    let scene = Scene::new();
    let spoilt = scene.enqueue("a", "one").await;
    scene.enqueue("b", "two").await;
    std::fs::write(scene.outbox.spool.folder.join(format!("entries/{:020}.json", spoilt.number)), "{").expect("written");
    let drained = scene.drain(10, TimeDelta::zero()).await;
    assert_eq!((drained.sent, drained.left), (1, 0));
    assert!(scene.outbox.spool.content(&spoilt.sha256).exists());
}

#[tokio::test]
async fn one_at_a_time_drains() {
    let scene = Scene::new();
    scene.enqueue("a", "one").await;
    let held = scene.outbox.spool.try_drain_lock().expect("a lock");
    let drained = scene.drain(10, TimeDelta::zero()).await;
    assert_eq!((drained.busy, drained.sent, drained.left), (true, 0, 1));
    drop(held);
    assert_eq!(scene.drain(10, TimeDelta::zero()).await.sent, 1);
}

#[tokio::test]
async fn many_at_once_enqueue() {
    let scene = Scene::new();
    let names: Vec<String> = (0..20).map(|number| format!("n/{number}")).collect();
    futures_util::future::join_all(names.iter().map(|path| scene.enqueue(path, path))).await;
    assert_eq!(scene.drain(100, TimeDelta::zero()).await.sent, 20);
    for path in &names {
        assert_eq!(scene.contents(path).await, [path.as_str()]);
    }
}
