//! `rpm-api serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use chrono::{TimeDelta, Utc};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::sign_in::{auth_settings, firebase, provider};
use super::watch::{Stop, readiness, shown, watch_over};
use super::{Database, Use, alerts, bounds, lake, print, tokens, told_to_stop, warehouse};
use crate::answers::Answers;
use crate::auth::Authenticator;
use crate::config::{Common, Serve};
use crate::demo;
use crate::entities::enums::Role;
use crate::error::{Error, Result};
use crate::events::{self, Hub};
use crate::http::{self, HttpState, TrustedDocuments};
use crate::ingest::{Depot, Reader};
use crate::jobs;
use crate::jobs::export::{ExportJob, Exporter};
use crate::resolvers::{Api, Services};
use crate::store::Store;
use crate::telemetry::Metrics;

/// Serves until SIGTERM or SIGINT, then lets what is open come to its end.
///
/// # Errors
/// When the settings contradict each other, the database or the port cannot be had, or the private PostgreSQL dies.
pub async fn run(common: &Common, serve: Serve) -> Result<()> {
    refuse(&serve)?;
    let metrics = Metrics::install().map_err(Error::internal)?;
    let options = bounds::store_options(&serve);
    let database = Database::open(common, Use::Serve { migrate: serve.migrate, options }).await?;
    let outcome = tokio::select! {
        outcome = serve_from(common, &serve, &database, metrics.clone()) => outcome,
        () = watch_over(metrics, &database.store, serve.steady.pool_patience) => Ok(()),
        error = database.died() => Err(error),
    };
    database.close().await;
    outcome
}

/// Refuses settings that contradict each other, or name what is not there.
///
/// # Errors
/// What is wrong with them.
pub(super) fn refuse(serve: &Serve) -> Result<()> {
    if serve.demo && !serve.host.is_loopback() {
        return Err(Error::internal("--demo lets anybody sign in as admin: it needs a loopback address such as 127.0.0.1"));
    }
    serve.alerts.check().map_err(Error::internal)?;
    auth_settings(serve)?;
    provider(serve)?;
    firebase(serve)?;
    trusted(serve).map(drop)
}

async fn serve_from(common: &Common, serve: &Serve, database: &Database, metrics: Metrics) -> Result<()> {
    let store = &database.store;
    let basis = common.basis();
    let is_filled = serve.demo && fill(common, serve, store).await?;
    let hub = Hub::new(store.clone()).await.map_err(hint_at_migrate)?;
    let listen_url = serve.listen_url.clone().unwrap_or_else(|| database.url.clone());
    let hints = store.hints(listen_url);
    let mut tail = tokio::spawn(events::run(hub.clone(), hints.clone()));
    let authenticator = Authenticator::new(store.clone(), tokens(common)?, auth_settings(serve)?);
    let authenticator = Arc::new(authenticator.with_providers(provider(serve)?, firebase(serve)?));
    let mut watch = tokio::spawn({
        let authenticator = Arc::clone(&authenticator);
        let hints = hints.clone();
        async move { authenticator.watch(hints).await }
    });
    let links = lake::link_signer(common, serve.public_url.as_deref())?;
    let lake = lake::open(common, &serve.lake, Some(links.clone())).await?.map(|lake| bounds::guarded_lake(lake, &serve.steady));
    let guarded = bounds::guarded_warehouse(&serve.steady);
    if let (true, Some(lake)) = (is_filled, &lake) {
        demo::put_files(store, lake.as_ref()).await?;
    }
    let depot = match &lake {
        Some(lake) => Some(Depot::new(Arc::clone(lake), lake::outbox(common, &serve.lake)?)),
        None => None,
    };
    let ways = alerts::ways(common, &serve.alerts)?;
    let services = Services {
        store: store.clone(),
        basis: basis.clone(),
        lake: lake.clone(),
        warehouse: warehouse::open(&bounds::in_place_of_the_database(&serve.warehouse)).await?.map(&guarded),
        patience: serve.analytics_patience,
        alerts: ways.clone(),
        public_url: serve.public_url.clone(),
    };
    let api = Api::new(services, hub);
    let (drain, draining) = watch::channel(false);
    let state = HttpState {
        service: api,
        answers: Answers::new(store.changes(), serve.answer_cache * 1024 * 1024),
        authenticator,
        limits: bounds::http_limits(serve),
        public_url: serve.public_url.clone(),
        allowed_origins: serve.allowed_origins.clone(),
        trusted: trusted(serve)?,
        plans: http::PlansAt { time_zone: common.timezone.to_string(), principal: common.principal.clone() },
        calendar: alerts::calendar(common, serve, store),
        files: lake.filter(|lake| !lake.location().starts_with("gs://")).map(|lake| http::Files { lake, links }),
        ready: readiness(store.clone()),
        metrics: shown(metrics, store.clone()),
        metrics_token: serve.watched.metrics_token.clone(),
        drain: draining,
    };
    let listener = TcpListener::bind((serve.host, serve.port)).await.map_err(|error| {
        Error::internal(format!("port {} of {} cannot be listened on: {error}; set PORT to another", serve.port, serve.host))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let kept = jobs::retention::Kept {
        events: TimeDelta::days(serve.event_retention_days.into()),
        session_idle: TimeDelta::from_std(serve.session_idle).map_err(Error::internal)?,
    };
    run_job(&drain, |over| jobs::retention::run(store.clone(), kept, over));
    let periods = jobs::periods::Periods { store: store.clone(), basis: basis.clone(), every: serve.periods_every };
    periods.round(std::future::pending()).await;
    run_job(&drain, |over| periods.run(over));
    run_job(&drain, |over| sync(common, serve, store, depot.clone()).run(over));
    if let Some(depot) = depot.clone() {
        let reports = jobs::reports::Reports { store: store.clone(), basis: basis.clone(), depot };
        run_job(&drain, |over| reports.run(over));
    }
    if let Some(warehouse) = warehouse::open(&serve.warehouse).await?.map(&guarded) {
        let exporter = Exporter { store: store.clone(), basis, warehouse, depot };
        run_job(&drain, |over| ExportJob { exporter, every: serve.export_every }.run(over));
    }
    let alerts = alerts::job(common, serve, store, &ways)?;
    let looked = alerts.look().await;
    run_job(&drain, |over| alerts.run(looked, hints, over));
    if serve.simulate {
        let simulation = demo::Simulation::new(serve.demo_seed, common.timezone);
        run_job(&drain, |over| simulation.run(store.clone(), over));
    }
    announce(address, serve)?;

    let patience = serve.ping_interval.saturating_mul(3);
    let listener = listener.tap_io(move |connection| tune(connection, patience));
    let router = http::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(draining_begins(&drain));
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return ended.map_err(Error::internal)?.map_err(Error::internal),
        // Without these two, subscribers would hear nothing and revoked members everything: better none of it.
        _ = &mut tail => return Err(Error::internal("what follows the event log has ended")),
        _ = &mut watch => return Err(Error::internal("what watches over the members' access has ended")),
        signal = told_to_stop() => tracing::info!(signal = signal?, "stopping"),
    }
    drain.send_replace(true);
    let stop = Stop::begin(serve.drain_timeout);
    let drained = async {
        let _ = (&mut server).await;
        // Each open socket holds a receiver: this waits for the last of them.
        drain.closed().await;
    };
    if tokio::time::timeout_at(stop.connections(), drained).await.is_err() {
        tracing::warn!("some connections were still open when the drain time was over");
        server.abort();
    }
    tail.abort();
    watch.abort();
    stop.send_traces().await;
    Ok(())
}

/// Sends what is written at once, and leaves a peer that takes nothing for so long: one that is gone without a word, or an
/// event stream that nobody reads, which has no ping to tell. The default is a quarter of an hour, or never.
fn tune(connection: &TcpStream, patience: Duration) {
    let tuned = connection.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tuned = tuned.and_then(|()| {
        let patience = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        Ok(nix::sys::socket::setsockopt(connection, nix::sys::socket::sockopt::TcpUserTimeout, &patience)?)
    });
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection could not be tuned");
    }
}

/// Resolves when the server drains, or is gone.
fn draining_begins(drain: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + use<> {
    let mut draining = drain.subscribe();
    async move {
        let _ = draining.wait_for(|draining| *draining).await;
    }
}

/// Runs a job until the server drains. The drain waits for it: it holds a receiver.
fn run_job<F: Future<Output = ()> + Send + 'static>(drain: &watch::Sender<bool>, job: impl FnOnce(jobs::Over) -> F) {
    let held = drain.subscribe();
    let job = job(jobs::over(draining_begins(drain)));
    tokio::spawn(async move {
        job.await;
        drop(held);
    });
}

/// Puts the demo data into an empty database, and says whether it was empty.
async fn fill(common: &Common, serve: &Serve, store: &Store) -> Result<bool> {
    tracing::info!("looking whether the database wants demo data");
    let is_filled = demo::fill(store, serve.demo_seed, Utc::now(), common.timezone).await.map_err(hint_at_migrate)?;
    if is_filled {
        tracing::info!("filled the empty database with demo data");
    } else {
        tracing::info!("the database holds data already: it is left as it is, and the demo members can sign in");
    }
    Ok(is_filled)
}

fn hint_at_migrate(error: Error) -> Error {
    if error.to_string().contains("does not exist") {
        return Error::internal(format!(
            "the database has no schema yet; run `rpm-api migrate` or serve with --migrate ({error})"
        ));
    }
    error
}

/// The job that reads the folders.
fn sync(common: &Common, serve: &Serve, store: &Store, depot: Option<Depot>) -> jobs::sync::Sync {
    let reader = Reader { store: store.clone(), depot, zone: common.timezone, project: None, again: false };
    jobs::sync::Sync { reader, paths: serve.ingest.clone(), every: serve.ingest_every }
}

/// The registered documents.
fn trusted(serve: &Serve) -> Result<TrustedDocuments> {
    let Some(path) = &serve.trusted_documents else { return Ok(TrustedDocuments::default()) };
    let failed = |why: String| Error::internal(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let documents = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    TrustedDocuments::new(documents, serve.trusted_only.iter().copied().map(Role::from)).map_err(failed)
}

/// Says where the server is: the one line on standard output, for people and for scripts.
fn announce(address: SocketAddr, serve: &Serve) -> Result<()> {
    print(&format!("rpm-api serves on http://{address}\n"))?;
    if serve.demo {
        tracing::info!("open http://{address} and sign in as one of the demo members by a click");
    }
    Ok(())
}
