//! The metrics as Prometheus reads them: what each means, and the bounds of the histograms.

use std::sync::Arc;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::interval;

/// How often samples are put into their histograms: until then they are kept one by one.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bounds of what takes a request's time, in seconds.
const SHORT: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Bounds of what takes a job's time, in seconds.
const LONG: &[f64] = &[0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// Counters: each is there from the beginning where it has no labels, so that its first step is seen as one.
const COUNTERS: &[(&str, bool, &str)] = &[
    ("rpm_http_requests_total", true, "HTTP requests, by method, route and status."),
    (
        "rpm_operations_total",
        true,
        "GraphQL operations, by name (100 at most, else `other`), kind and outcome: ok, partial, refused, failed, cut_off.",
    ),
    ("rpm_errors_total", true, "Errors that callers were shown, by code."),
    ("rpm_operations_limited_total", false, "Operations refused because their caller's budget was spent."),
    ("rpm_sign_in_attempts_limited_total", false, "Sign-ins refused because too many from the same address had failed."),
    ("rpm_answers_total", true, "Answers to queries, by where from: memory, neighbour (asked at the same time), database."),
    ("rpm_direct_answers_total", false, "Answers that were made without the executor."),
    ("rpm_event_executions_total", false, "Executions of subscribed documents, one for an event, a document and a scope."),
    ("rpm_events_replayed_total", false, "Events executed again for subscribers who were behind."),
    ("rpm_events_pruned_total", false, "Events that retention removed."),
    ("rpm_changes_together_total", false, "Changes of actions that were made at once, with those that came at the same time."),
    ("rpm_change_commits_total", false, "Commits that made such changes."),
    ("rpm_sql_statements_total", true, "SQL statements that have run, by whether they went well."),
    ("rpm_ingest_files_total", true, "Files that were looked at, by outcome: read, unchanged, refused."),
    ("rpm_ingest_rows_total", true, "Rows that files changed, by how: created, updated."),
    ("rpm_sync_failed_total", false, "Looks at the files and the agents that failed."),
    ("rpm_lake_sent_total", false, "Copies that the lake took out of the outbox."),
    ("rpm_lake_failed_total", false, "Copies that the lake did not take; each is tried again."),
    ("rpm_export_rows_total", true, "Rows written into the warehouse, by table."),
    ("rpm_export_failed_total", false, "Exports that failed; what is missing is written by the next one."),
    ("rpm_warehouse_retries_total", false, "Calls of the warehouse that were made again."),
    ("rpm_analytics_from_warehouse_total", false, "Answers taken from the warehouse because the database was slow or away."),
    ("rpm_job_runs_total", true, "Runs of jobs, by job and outcome: done, failed, elsewhere (another server was at it)."),
    (
        "rpm_alerts_total",
        true,
        "Alerts on their way, by channel and what came of a try: sent, again (to be tried again), failed, held (quiet hours, or the SMS of an hour), suppressed.",
    ),
    ("rpm_operations_shed_total", false, "Operations refused because too many were under way."),
    (
        "rpm_breaker_refused_total",
        true,
        "Calls not made because what they were for had failed again and again, by of: lake, warehouse.",
    ),
    ("rpm_replica_requests_total", true, "Requests that read only, by what they read from: replica, primary."),
    ("rpm_replica_failures_total", false, "Reads that failed on the replica and were made again on the primary."),
    ("rpm_trace_batches_total", true, "Batches of spans, by whether the collector took them: sent, lost."),
];

const GAUGES: &[(&str, &str)] = &[
    ("rpm_answers_bytes", "Memory of the answers that are remembered, in bytes."),
    ("rpm_subscriptions", "Open subscriptions."),
    ("rpm_open_connections", "Open WebSockets and event streams."),
    ("rpm_event_followers", "Subscribers who follow the event log."),
    ("rpm_event_position", "Position of the newest event that this server has read."),
    (
        "rpm_event_newest_timestamp_seconds",
        "When the newest event that this server has read was recorded, in seconds since 1970.",
    ),
    ("rpm_event_behind", "Positions between the newest event that this server knows of and the newest that it has read."),
    ("rpm_db_connections", "Connections to the database, by state: busy, idle."),
    ("rpm_db_connections_max", "Most connections to the database that this server opens."),
    ("rpm_lake_waiting", "Copies in the outbox that wait for the lake."),
    ("rpm_job_last_success_timestamp_seconds", "When a job went well last on this server, in seconds since 1970."),
    ("rpm_operations_in_flight", "Operations under way."),
    ("rpm_breaker_open", "1 while something is left alone because it failed again and again, by of: lake, warehouse."),
    ("rpm_replica_fit", "1 while the replica has everything that is known to have changed."),
    ("rpm_build_info", "1, with the version of the program."),
];

const HISTOGRAMS: &[(&str, &[f64], &str)] = &[
    ("rpm_http_request_seconds", SHORT, "From a request's head to the head of its answer, by method and route."),
    (
        "rpm_operation_seconds",
        SHORT,
        "From a GraphQL operation's arrival to its answer (of a subscription: to its beginning), by name and kind.",
    ),
    ("rpm_sql_statement_seconds", SHORT, "How long SQL statements took."),
    ("rpm_db_wait_seconds", SHORT, "How long a connection to the database had to be waited for, tried every 15 seconds."),
    ("rpm_event_lag_seconds", SHORT, "From the recording of an event to its being read by this server, by the clocks of both."),
    ("rpm_job_seconds", LONG, "How long runs of jobs took, by job."),
];

/// The metrics of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    prometheus: PrometheusHandle,
    process: Arc<metrics_process::Collector>,
}

impl Metrics {
    /// Begins to count. Once for a process; what is counted before is lost.
    ///
    /// # Errors
    /// When something counts already.
    pub fn install() -> Result<Self, metrics_exporter_prometheus::BuildError> {
        let mut builder = PrometheusBuilder::new();
        for (name, bounds, _) in HISTOGRAMS {
            builder = builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), bounds)?;
        }
        let prometheus = builder.install_recorder()?;
        for (name, has_labels, help) in COUNTERS {
            describe_counter!(*name, *help);
            if !has_labels {
                metrics::counter!(*name).increment(0);
            }
        }
        for (name, help) in GAUGES {
            describe_gauge!(*name, *help);
        }
        for (name, _, help) in HISTOGRAMS {
            describe_histogram!(*name, *help);
        }
        metrics::gauge!("rpm_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let process = metrics_process::Collector::default();
        process.describe();
        Ok(Self { prometheus, process: Arc::new(process) })
    }

    /// All of them in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.process.collect();
        self.prometheus.render()
    }

    /// Puts samples where they belong, for as long as it is polled: whether anybody reads the metrics or not, they take no more memory.
    pub async fn keep_up(self) {
        let mut clock = interval(UPKEEP);
        loop {
            clock.tick().await;
            self.prometheus.run_upkeep();
        }
    }
}
