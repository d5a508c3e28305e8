//! What a task is at: the request or the job that its log lines are about.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::task_local;
use uuid::Uuid;

use super::Parent;

task_local! {
    static WORK: Arc<Work>;
}

/// A request, an operation of a connection, or a run of a job.
#[derive(Debug)]
pub struct Work {
    pub(super) what: What,
    pub(super) parent: Option<Parent>,
    pub(super) member: OnceLock<(Uuid, &'static str)>,
    pub(super) operation: OnceLock<Operation>,
    failed: AtomicBool,
}

#[derive(Debug)]
pub(super) enum What {
    /// By its id.
    Request(Arc<str>),
    /// By its name.
    Job(&'static str),
}

/// A GraphQL operation, as far as it is told.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name; one of few.
    pub name: Arc<str>,
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
}

impl Work {
    fn new(what: What, parent: Option<Parent>) -> Arc<Self> {
        let (member, operation, failed) = (OnceLock::new(), OnceLock::new(), AtomicBool::new(false));
        Arc::new(Self { what, parent, member, operation, failed })
    }

    /// A request, or an operation of a connection that was one; `parent` is where its caller is in a trace.
    #[must_use]
    pub fn request(id: Arc<str>, parent: Option<Parent>) -> Arc<Self> {
        Self::new(What::Request(id), parent)
    }

    pub(super) fn job(name: &'static str) -> Arc<Self> {
        Self::new(What::Job(name), None)
    }

    /// Runs something as this.
    pub fn scope<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        WORK.scope(Arc::clone(self), work)
    }

    /// The same, of what does not wait.
    pub fn scope_sync<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        WORK.sync_scope(Arc::clone(self), work)
    }

    /// Whether something went wrong that should not.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Takes in for whom it is done: the member's id, and its role.
    pub fn note_member(&self, id: Uuid, role: &'static str) {
        // The first word counts: nobody is somebody else later.
        let _ = self.member.set((id, role));
    }
}

/// What this task is at, where it is known.
pub(super) fn with<T>(read: impl FnOnce(&Work) -> T) -> Option<T> {
    WORK.try_with(|work| read(work)).ok()
}

/// The id of the request that this task is at.
#[must_use]
pub fn request_id() -> Option<Arc<str>> {
    with(|work| match &work.what {
        What::Request(id) => Some(Arc::clone(id)),
        What::Job(_) => None,
    })
    .flatten()
}

/// Takes in for whom this task works: the member's id, and its role.
pub fn note_member(id: Uuid, role: &'static str) {
    with(|work| work.note_member(id, role));
}

/// Takes in which operation this task runs.
pub fn note_operation(operation: Operation) {
    with(|work| work.operation.set(operation).is_ok());
}

/// Takes in that something went wrong that should not.
pub fn note_failure() {
    with(|work| work.failed.store(true, Ordering::Relaxed));
}
