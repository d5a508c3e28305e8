use std::{
    path::Path,
    process::{Child, ExitStatus},
    sync::mpsc,
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::sync::watch;

use super::{error::ClusterError, lock::wait_for, plan::Plan};

/// How long PostgreSQL may take to stop in order (SIGINT), before it is told to leave everything (SIGQUIT).
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to leave everything, before it is killed.
const QUIT_WITHIN: Duration = Duration::from_secs(5);
/// How often the owner looks whether PostgreSQL still runs.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A running PostgreSQL of ours. It stops when this is dropped, or when our process ends in whatever way.
#[derive(Debug)]
pub(super) struct Postgres {
    /// Dropped to ask for the stop.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<Result<(), ClusterError>>>,
    died: watch::Receiver<Option<String>>,
}

impl Postgres {
    /// Makes the data where there is none, starts PostgreSQL and waits until it is ready.
    pub(super) fn start(plan: Plan) -> Result<Self, ClusterError> {
        let (stop, stopped) = mpsc::channel();
        let (ready, started) = mpsc::sync_channel(1);
        let (death, died) = watch::channel(None);
        // A thread of its own: the kernel sends the parent-death signal when the thread that started the child ends.
        let thread = thread::Builder::new()
            .name("postgres".into())
            .spawn(move || match plan.start() {
                Ok(child) => {
                    let _ = ready.send(Ok(()));
                    let outcome = watch_over(child, &stopped, &death, &plan.folder.log());
                    plan.folder.remove_socket_folder(&plan.socket_folder);
                    outcome
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                    Ok(())
                }
            })
            .map_err(|error| ClusterError::Thread(error.to_string()))?;
        started.recv().map_err(|_| ClusterError::Thread("the thread that starts PostgreSQL ended".into()))??;
        Ok(Self { stop: Some(stop), thread: Some(thread), died })
    }

    /// Stops PostgreSQL and waits until it has stopped.
    pub(super) fn stop(mut self) -> Result<(), ClusterError> {
        self.stop_and_wait()
    }

    fn stop_and_wait(&mut self) -> Result<(), ClusterError> {
        self.stop.take();
        match self.thread.take().map(thread::JoinHandle::join) {
            None => Ok(()),
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(ClusterError::Thread("the thread of PostgreSQL panicked".into())),
        }
    }

    /// Tells, with its exit status, when PostgreSQL has stopped unasked.
    pub(super) fn died(&self) -> watch::Receiver<Option<String>> {
        self.died.clone()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.stop_and_wait() {
            tracing::warn!("{error}");
        }
    }
}

/// Keeps the thread, and with it the child, until the owner asks for the stop.
fn watch_over(
    mut child: Child,
    stopped: &mpsc::Receiver<()>,
    death: &watch::Sender<Option<String>>,
    log: &Path,
) -> Result<(), ClusterError> {
    loop {
        match stopped.recv_timeout(LOOK_EVERY) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => return shut_down(&mut child),
        }
        if let Ok(Some(status)) = child.try_wait() {
            let outcome = status.to_string();
            tracing::error!(log = %log.display(), "PostgreSQL stopped by itself: {outcome}");
            let _ = death.send(Some(outcome.clone()));
            let _ = stopped.recv();
            return Err(ClusterError::Died { outcome, log: log.to_owned() });
        }
    }
}

/// Stops PostgreSQL, in order if it lets itself be stopped so.
pub(super) fn shut_down(child: &mut Child) -> Result<(), ClusterError> {
    for (signal, within) in [(Signal::SIGINT, STOP_WITHIN), (Signal::SIGQUIT, QUIT_WITHIN)] {
        // Fails only for a child that is gone, which the wait then finds.
        let _ = send(child, signal);
        if exit_of(child, within)?.is_some() {
            return match signal {
                Signal::SIGINT => Ok(()),
                _ => Err(ClusterError::Unclean { waited: STOP_WITHIN }),
            };
        }
    }
    let _ = child.kill().and_then(|()| child.wait());
    Err(ClusterError::Unclean { waited: STOP_WITHIN })
}

fn send(child: &Child, signal: Signal) -> nix::Result<()> {
    let pid = i32::try_from(child.id()).map_err(|_| nix::Error::ESRCH)?;
    kill(Pid::from_raw(pid), signal)
}

fn exit_of(child: &mut Child, within: Duration) -> Result<Option<ExitStatus>, ClusterError> {
    wait_for(within, || child.try_wait().map_err(|error| ClusterError::Thread(error.to_string())))
}
