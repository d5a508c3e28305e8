//! Calls of BigQuery, each with a time limit, tried again after passing failures.

use std::time::Duration;

use chrono::NaiveDate;
use gcp_bigquery_client::Client;
use gcp_bigquery_client::error::BQError;
use gcp_bigquery_client::model::error_proto::ErrorProto;
use gcp_bigquery_client::model::get_query_results_parameters::GetQueryResultsParameters;
use gcp_bigquery_client::model::query_parameter::QueryParameter;
use gcp_bigquery_client::model::query_parameter_type::QueryParameterType;
use gcp_bigquery_client::model::query_parameter_value::QueryParameterValue;
use gcp_bigquery_client::model::query_request::QueryRequest;
use gcp_bigquery_client::model::query_response::QueryResponse;
use gcp_bigquery_client::model::table_row::TableRow;
use rand::RngExt;
use serde_json::Value;
use tokio::time::Instant;

use crate::analytics::warehouse::error::{Result, WarehouseError};

/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// For how long a statement may run.
const LONGEST_QUERY: Duration = Duration::from_secs(600);

/// Why BigQuery could not do something now: the reasons after which it says to try again.
const PASSING: &[&str] = &[
    "backendError",
    "internalError",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
    "rateLimitExceeded",
    "tableUnavailable",
];

/// What makes the calls.
pub(super) struct Caller {
    pub(super) client: Client,
    /// How long one call may take.
    pub(super) timeout: Duration,
    /// For how long a call is tried again.
    pub(super) patience: Duration,
}

/// A statement and its parameters.
#[derive(Clone, Debug)]
pub(super) struct Query(QueryRequest);

impl Query {
    pub(super) fn new(sql: String) -> Self {
        let mut request = QueryRequest::new(sql);
        request.parameter_mode = Some("NAMED".to_owned());
        request.query_parameters = Some(Vec::new());
        Self(request)
    }

    /// With a parameter of text.
    pub(super) fn text(self, name: &str, text: String) -> Self {
        let kind = QueryParameterType { r#type: "STRING".to_owned(), ..QueryParameterType::default() };
        self.with(name, kind, QueryParameterValue { value: Some(text), ..QueryParameterValue::default() })
    }

    /// With a parameter of several days.
    pub(super) fn days(self, name: &str, days: &[NaiveDate]) -> Self {
        let day = QueryParameterType { r#type: "DATE".to_owned(), ..QueryParameterType::default() };
        let kind =
            QueryParameterType { r#type: "ARRAY".to_owned(), array_type: Some(Box::new(day)), ..QueryParameterType::default() };
        let value = |day: &NaiveDate| QueryParameterValue { value: Some(day.to_string()), ..QueryParameterValue::default() };
        let values = days.iter().map(value).collect();
        self.with(name, kind, QueryParameterValue { array_values: Some(values), ..QueryParameterValue::default() })
    }

    fn with(mut self, name: &str, kind: QueryParameterType, value: QueryParameterValue) -> Self {
        self.0.query_parameters.get_or_insert_default().push(QueryParameter {
            name: Some(name.to_owned()),
            parameter_type: Some(kind),
            parameter_value: Some(value),
        });
        self
    }
}

impl Caller {
    /// Makes a call, and makes it again after passing failures until its time is over.
    pub(super) async fn call<T, F>(&self, make: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, BQError>>,
    {
        self.keep_trying(|| async {
            let call = tokio::time::timeout(self.timeout, make());
            call.await
                .map_err(|_| WarehouseError::Unavailable(format!("no answer in {} s", self.timeout.as_secs_f64())))?
                .map_err(of)
        })
        .await
    }

    /// The rows that a statement gives. It may be run more than once: its effect must be the same then.
    pub(super) async fn query(&self, project: &str, query: Query) -> Result<Vec<Vec<Option<String>>>> {
        let mut request = query.0;
        // BigQuery answers in time, whether the statement is done or not.
        request.timeout_ms = i32::try_from(self.timeout.as_millis() / 2).ok();
        self.keep_trying(|| self.run(project, request.clone())).await
    }

    async fn run(&self, project: &str, request: QueryRequest) -> Result<Vec<Vec<Option<String>>>> {
        let wait = request.timeout_ms;
        let overdue = || WarehouseError::Unavailable(format!("no answer in {} s", self.timeout.as_secs_f64()));
        let asked = tokio::time::timeout(self.timeout, self.client.job().query(project, request));
        let mut answer = asked.await.map_err(|_| overdue())?.map_err(of)?;
        let (begun, mut rows) = (Instant::now(), Vec::new());
        loop {
            refuse(answer.errors.as_deref().unwrap_or_default())?;
            let is_done = answer.job_complete.unwrap_or(false);
            if is_done {
                rows.extend(answer.rows.take().unwrap_or_default().into_iter().map(cells));
            }
            let page = answer.page_token.take().filter(|page| is_done && !page.is_empty());
            if is_done && page.is_none() {
                return Ok(rows);
            }
            if !is_done && begun.elapsed() > LONGEST_QUERY {
                return Err(WarehouseError::Unavailable(format!("a statement takes more than {} s", LONGEST_QUERY.as_secs())));
            }
            let job = answer.job_reference.clone().unwrap_or_default();
            let Some(id) = job.job_id.as_deref() else {
                return Err(WarehouseError::Unavailable("an answer without rows and without a job".to_owned()));
            };
            let parameters = GetQueryResultsParameters {
                location: job.location.clone(),
                page_token: page,
                timeout_ms: wait,
                ..Default::default()
            };
            let asked = tokio::time::timeout(self.timeout, self.client.job().get_query_results(project, id, parameters));
            answer = QueryResponse::from(asked.await.map_err(|_| overdue())?.map_err(of)?);
            answer.job_reference.get_or_insert(job);
        }
    }

    async fn keep_trying<T, F: Future<Output = Result<T>>>(&self, attempt: impl Fn() -> F) -> Result<T> {
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            match attempt().await {
                Err(error) if error.is_passing() && begun.elapsed() + wait < self.patience => {
                    let pause = wait.mul_f64(rand::rng().random_range(0.5..=1.0));
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "BigQuery is asked again");
                    metrics::counter!("rpm_warehouse_retries_total").increment(1);
                    tokio::time::sleep(pause).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                outcome => return outcome,
            }
        }
    }
}

fn cells(row: TableRow) -> Vec<Option<String>> {
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    row.columns.unwrap_or_default().into_iter().map(|cell| cell.value.and_then(text)).collect()
}

/// A statement that cannot be run is answered with errors, even by a good status.
fn refuse(errors: &[ErrorProto]) -> Result<()> {
    let Some(first) = errors.first() else { return Ok(()) };
    let text = first.message.clone().unwrap_or_else(|| first.to_string());
    let reason = first.reason.as_deref().unwrap_or_default();
    Err(of_reason(reason, text))
}

fn of_reason(reason: &str, text: String) -> WarehouseError {
    // Two that change a table at once, more often than BigQuery tries by itself.
    let is_passing = PASSING.contains(&reason) || text.contains("due to concurrent update");
    // A statement on a table that is not there is refused for various reasons.
    let names_nothing = ["Not found: Table", "Not found: Dataset"].iter().any(|what| text.contains(what))
        || (text.contains("Table with name") && text.contains("does not exist"));
    match reason {
        _ if is_passing => WarehouseError::Unavailable(text),
        _ if names_nothing => WarehouseError::Missing(text),
        "notFound" => WarehouseError::Missing(text),
        "duplicate" => WarehouseError::Exists(text),
        _ => WarehouseError::Refused(text),
    }
}

/// An error of the crate as one of ours.
pub(super) fn of(error: BQError) -> WarehouseError {
    match error {
        BQError::ResponseError { error } => {
            let error = error.error;
            let reason = error.errors.first().and_then(|first| first.get("reason")).map(String::as_str).unwrap_or_default();
            match error.code {
                408 | 429 | 500.. => WarehouseError::Unavailable(error.message),
                401 => WarehouseError::Denied(error.message),
                403 if reason == "accessDenied" || reason.is_empty() => WarehouseError::Denied(error.message),
                404 => WarehouseError::Missing(error.message),
                _ => of_reason(reason, error.message),
            }
        }
        // A line that broke, or an answer that is none: something stands between.
        BQError::RequestError(error) => WarehouseError::Unavailable(with_causes(&error)),
        error @ (BQError::AuthError(_) | BQError::YupAuthError(_) | BQError::NoToken) => WarehouseError::Denied(format!(
            "{error}; credentials are those of GOOGLE_APPLICATION_CREDENTIALS, of gcloud, or the machine's"
        )),
        error => WarehouseError::Refused(error.to_string()),
    }
}

/// An error and what led to it, which its own text leaves out.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let told = |reason: &str, text: &str| of_reason(reason, text.to_owned()).is_passing();
        assert!(told("backendError", "Try again") && told("rateLimitExceeded", "Too many"));
        assert!(told("invalidQuery", "Could not serialize access to table x due to concurrent update"));
        assert!(!told("invalidQuery", "Syntax error") && !told("accessDenied", "No"));
        for (reason, text) in [("notFound", "x"), ("invalidQuery", "Not found: Table acme:rpm.x was not found in location US")] {
            assert!(matches!(of_reason(reason, text.to_owned()), WarehouseError::Missing(_)), "{text}");
        }
        assert!(matches!(of_reason("notFound", String::new()), WarehouseError::Missing(_)));
        assert!(matches!(of(BQError::NoToken), WarehouseError::Denied(_)));
    }
}
