//! Traces by OTLP (HTTP, protobuf): the spans of `tracing`, gathered and sent to a collector.
//!
//! What waits is bounded (2,048 spans, 512 a time); what does not fit is lost, and a collector that is away or slow holds nobody up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use super::{Collector, Parent};

/// Longest time for a batch of spans on its way.
const PATIENCE: Duration = Duration::from_secs(5);

static SENDING: OnceLock<(SdkTracerProvider, SdkTracer)> = OnceLock::new();

/// What makes traces of spans, and has them sent.
pub(super) fn layer<S>(collector: &Collector, runtime: &Handle) -> Result<Box<dyn Layer<S> + Send + Sync>, String>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let unusable = |error: &dyn std::fmt::Display| format!("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: {error}");
    let http = crate::tls::http_client().timeout(PATIENCE).build().map_err(|error| unusable(&error))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client { http, runtime: runtime.clone(), is_away: AtomicBool::new(false) })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", collector.endpoint.trim_end_matches('/')))
        .build()
        .map_err(|error| unusable(&error))?;
    let mut resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("rpm-api");
    }
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.with_attribute(KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string())).build())
        .with_sampler(Share(Sampler::TraceIdRatioBased(collector.ratio)))
        .with_batch_exporter(exporter)
        .build();
    let tracer = provider.tracer("rpm-api");
    let (_, tracer) = SENDING.get_or_init(|| (provider, tracer));
    // Ours only: what sends the traces makes spans as well.
    let ours = filter_fn(|what| what.is_span() && what.target().starts_with("rpm_api")).with_max_level_hint(LevelFilter::DEBUG);
    let spans = tracing_opentelemetry::layer().with_tracer(tracer.clone()).with_location(false).with_threads(false);
    Ok(spans.with_tracked_inactivity(false).with_level(false).with_target(false).with_filter(ours).boxed())
}

/// Puts a span below its caller's.
pub(super) fn adopt(span: &Span, parent: &Parent) {
    let flags = if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, caller) = (TraceId::from(parent.trace), SpanId::from(parent.span));
    let place = SpanContext::new(trace, caller, flags, true, TraceState::NONE);
    // An error says that there is nothing to adopt.
    let _ = span.set_parent(Context::new().with_remote_span_context(place));
}

/// Where this task is in a trace.
pub(super) fn current() -> Option<Parent> {
    Context::map_current(|context| {
        let span = context.span();
        let place = span.span_context();
        place.is_valid().then(|| Parent {
            trace: u128::from_be_bytes(place.trace_id().to_bytes()),
            span: u64::from_be_bytes(place.span_id().to_bytes()),
            sampled: place.is_sampled(),
        })
    })
}

/// A statement that has just run, below the span that it ran in.
pub(super) fn statement<'a>(took: Duration, failed: bool, named: impl FnOnce() -> (&'static str, &'a str)) {
    let Some((_, tracer)) = SENDING.get() else { return };
    let context = Context::current();
    if !context.span().span_context().is_sampled() {
        return;
    }
    let ((verb, table), ended) = (named(), SystemTime::now());
    let mut span = tracer
        .span_builder(format!("{verb} {table}"))
        .with_kind(SpanKind::Client)
        .with_start_time(ended.checked_sub(took).unwrap_or(ended))
        .with_attributes([
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("db.operation.name", verb),
            KeyValue::new("db.collection.name", table.to_owned()),
        ])
        .start_with_context(tracer, &context);
    if failed {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(ended);
}

/// Sends what waits, and nothing from then on.
pub(super) fn flush(within: Duration) {
    if let Some((provider, _)) = SENDING.get() {
        // What could not be sent is lost; the client has said so.
        let _ = provider.shutdown_with_timeout(within);
    }
}

/// Keeps a share of the traces, chosen by their ids, so that all servers choose the same ones; and those that a caller keeps who is
/// believed. What belongs to a trace goes with it.
#[derive(Clone, Debug)]
struct Share(Sampler);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let place = parent.map(|parent| parent.span().span_context().clone()).filter(SpanContext::is_valid);
        let decision = match place {
            Some(place) if place.is_sampled() => SamplingDecision::RecordAndSample,
            Some(place) if !place.is_remote() => SamplingDecision::Drop,
            _ => return self.0.should_sample(None, trace, name, kind, attributes, links),
        };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// Our own HTTP client, for a thread that has no runtime.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
    /// Whether the last batch did not arrive: a collector that is away for long is told of once.
    is_away: AtomicBool,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move { send(&http, request).await }).await.map_err(HttpError::from).flatten();
        let why = match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answers {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        metrics::counter!("rpm_trace_batches_total", "outcome" => if why.is_none() { "sent" } else { "lost" }).increment(1);
        let was_away = self.is_away.swap(why.is_some(), Ordering::Relaxed);
        match why {
            Some(why) if !was_away => tracing::warn!(why, "the collector takes no traces; they are lost until it does"),
            None if was_away => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        sent
    }
}

async fn send(http: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = http.execute(reqwest::Request::try_from(request)?).await?;
    let status = answer.status();
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    Ok(response)
}
