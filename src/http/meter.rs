//! What is counted of requests and of GraphQL operations.
//!
//! Counters are looked up once and kept: counting is an addition. Labels are few, whatever callers send.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use metrics::{Counter, Histogram, counter, histogram};
use tracing::Span;

use crate::telemetry::{self, Operation, Told};

/// Names of operations that have counters of their own; those of registered documents come on top.
const NAMES: usize = 100;
/// Longest name of an operation that has.
const LONGEST: usize = 64;
/// What operations without a name count as, and those beyond the bounds.
const ANONYMOUS: &str = "anonymous";
const OTHER: &str = "other";

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// With all that was asked for.
    Ok,
    /// With errors in the place of some fields.
    Partial,
    /// Nothing was executed.
    Refused,
    /// Something went wrong that should not.
    Failed,
    /// Nobody waited for it any more, or it took too long.
    CutOff,
}

impl Verdict {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Ok, "ok"),
        (Self::Partial, "partial"),
        (Self::Refused, "refused"),
        (Self::Failed, "failed"),
        (Self::CutOff, "cut_off"),
    ];
}

/// The counters of operations with one name and kind.
pub(super) struct Meter {
    operation: Operation,
    outcomes: [Counter; Verdict::ALL.len()],
    seconds: Histogram,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.operation.fmt(formatter)
    }
}

impl Meter {
    fn new(name: &str, kind: &'static str) -> Self {
        let count = |(_, outcome): (Verdict, &'static str)| counter!("rpm_operations_total", "operation" => name.to_owned(), "kind" => kind, "outcome" => outcome);
        let seconds = histogram!("rpm_operation_seconds", "operation" => name.to_owned(), "kind" => kind);
        Self { operation: Operation { name: name.into(), kind }, outcomes: Verdict::ALL.map(count), seconds }
    }

    fn count(&self, verdict: Verdict, took: Duration) {
        if let Some(at) = Verdict::ALL.iter().position(|(own, _)| *own == verdict) {
            self.outcomes[at].increment(1);
        }
        self.seconds.record(took);
    }

    /// Counts an operation that was answered without being run, and has the task know what it is at.
    pub(super) fn answered(&self, begun: Instant) {
        telemetry::note_operation(self.operation.clone());
        self.count(Verdict::Ok, begun.elapsed());
    }
}

/// An operation under way: it is counted when it ends, however it does.
#[derive(Debug)]
pub(super) struct Measure {
    meter: Arc<Meter>,
    begun: Instant,
    span: Span,
    is_over: bool,
}

impl Measure {
    /// Begins; the task is at this operation from now on.
    pub(super) fn begin(meter: Arc<Meter>, begun: Instant) -> Self {
        telemetry::note_operation(meter.operation.clone());
        let span = telemetry::operation(&meter.operation);
        Self { meter, begun, span, is_over: false }
    }

    /// The counters.
    pub(super) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// What its execution is traced by.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Ends.
    pub(super) fn end(mut self, verdict: Verdict) {
        self.is_over = true;
        self.count(verdict);
    }

    fn count(&self, verdict: Verdict) {
        if matches!(verdict, Verdict::Failed | Verdict::CutOff) {
            self.span.failed();
        }
        self.meter.count(verdict, self.begun.elapsed());
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        if !self.is_over {
            self.count(Verdict::CutOff);
        }
    }
}

/// Counters by kind and name.
type Known = HashMap<&'static str, HashMap<Box<str>, Arc<Meter>>>;

/// The counters of all operations.
pub(super) struct Meters {
    most: usize,
    known: RwLock<Known>,
}

impl Meters {
    /// With places for the operations of registered documents.
    pub(super) fn new<'a>(registered: impl Iterator<Item = &'a str>) -> Self {
        let mut meters = Self { most: usize::MAX, known: RwLock::default() };
        // One that cannot be parsed is refused when it is asked.
        for document in registered.filter_map(|text| parse_query(text).ok()) {
            for (name, operation) in document.operations.iter() {
                meters.of(operation.node.ty, name.map(async_graphql::Name::as_str));
            }
        }
        meters.most = NAMES + meters.known.get_mut().map_or(0, |known| known.values().map(HashMap::len).sum::<usize>());
        meters
    }

    /// The counters of an operation.
    pub(super) fn of(&self, kind: OperationType, name: Option<&str>) -> Arc<Meter> {
        let kind = match kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        let name = name.unwrap_or(ANONYMOUS);
        let name = if name.len() > LONGEST { OTHER } else { name };
        let find = |known: &Known, name: &str| known.get(kind)?.get(name).cloned();
        if let Some(meter) = find(&self.known.read().unwrap_or_else(PoisonError::into_inner), name) {
            return meter;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let is_full = known.values().map(HashMap::len).sum::<usize>() >= self.most;
        let name = if is_full && name != ANONYMOUS { OTHER } else { name };
        if let Some(meter) = find(&known, name) {
            return meter;
        }
        let meter = Arc::new(Meter::new(name, kind));
        known.entry(kind).or_default().insert(name.into(), Arc::clone(&meter));
        meter
    }
}

/// Counts an error that a caller is shown. Codes are ours; a stranger's is none.
pub(super) fn count_error(code: &'static str) {
    counter!("rpm_errors_total", "code" => code).increment(1);
}

/// The counters of requests, by route. Routes are ours, and so are the labels of methods and statuses.
static REQUESTS: LazyLock<RwLock<HashMap<Box<str>, Vec<Answers>>>> = LazyLock::new(RwLock::default);

/// The counters of one method and status.
struct Answers {
    method: &'static str,
    status: u16,
    count: Counter,
    seconds: Histogram,
}

/// Counts a request.
pub(super) fn count_request(method: &'static str, route: &str, status: u16, took: Duration) {
    let count = |routes: &HashMap<Box<str>, Vec<Answers>>| {
        let known = routes.get(route)?.iter().find(|known| known.method == method && known.status == status)?;
        known.count.increment(1);
        known.seconds.record(took);
        Some(())
    };
    if count(&REQUESTS.read().unwrap_or_else(PoisonError::into_inner)).is_some() {
        return;
    }
    let new = Answers {
        method,
        status,
        count: counter!("rpm_http_requests_total", "method" => method, "path" => route.to_owned(), "status" => status.to_string()),
        seconds: histogram!("rpm_http_request_seconds", "method" => method, "path" => route.to_owned()),
    };
    let mut routes = REQUESTS.write().unwrap_or_else(PoisonError::into_inner);
    routes.entry(route.into()).or_default().push(new);
    let _ = count(&routes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(meters: &Meters, name: Option<&str>) -> String {
        meters.of(OperationType::Query, name).operation.name.to_string()
    }

    #[test]
    fn names_are_few_and_registered_ones_have_their_place() {
        let meters = Meters::new(["query Sums { a } mutation Add { a }", "nonsense"].into_iter());
        let count = |from: usize| (from..from + 2 * NAMES).filter(|n| name(&meters, Some(&format!("N{n}"))) != OTHER).count();
        assert_eq!((count(0), count(10_000)), (NAMES, 0));
        assert_eq!(name(&meters, Some("Sums")), "Sums");
        assert_eq!(name(&meters, Some("N0")), "N0");
        assert_eq!(name(&meters, None), ANONYMOUS);
        assert_eq!(name(&meters, Some(&"x".repeat(LONGEST + 1))), OTHER);
    }
}
