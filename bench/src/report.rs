//! Figures and how they are written.

use std::time::Duration;

/// What one server did in one round.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub what: &'static str,
    pub delivered: usize,
    pub expected: usize,
    /// Milliseconds from the event to its arrival.
    pub p50: f64,
    pub p99: f64,
    pub slowest: f64,
    /// Microseconds of the server's processor time for one delivery.
    pub cpu: f64,
    /// Resident KiB for one subscriber.
    pub memory: f64,
    /// The server's processor time while nothing happened, in milliseconds a second.
    pub idle_cpu: f64,
    /// Statements while nothing happened.
    pub idle_statements: u64,
    /// Share of its core that the load generator used while events came.
    pub client: f64,
}

pub(crate) const HEAD: &str = "| | delivered | p50 ms | p99 ms | slowest ms | CPU µs/delivery | KiB/subscriber | idle CPU ms/s | idle SQL | client's core |\n\
                        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

impl Figures {
    pub(crate) fn row(&self) -> String {
        format!(
            "| {} | {} of {} | {:.1} | {:.1} | {:.1} | {:.2} | {:.1} | {:.1} | {} | {:.0} % |",
            self.what,
            self.delivered,
            self.expected,
            self.p50,
            self.p99,
            self.slowest,
            self.cpu,
            self.memory,
            self.idle_cpu,
            self.idle_statements,
            self.client * 100.0
        )
    }
}

/// A figure in the middle of some rounds.
pub(crate) fn middle<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

/// The figures in the middle of some rounds, each for itself.
pub(crate) fn median(rounds: &[Figures]) -> Figures {
    let middle = |figure: fn(&Figures) -> f64| middle(rounds, figure);
    Figures {
        p50: middle(|round| round.p50),
        p99: middle(|round| round.p99),
        slowest: middle(|round| round.slowest),
        cpu: middle(|round| round.cpu),
        memory: middle(|round| round.memory),
        idle_cpu: middle(|round| round.idle_cpu),
        client: middle(|round| round.client),
        delivered: rounds.iter().map(|round| round.delivered).min().unwrap_or_default(),
        idle_statements: rounds.iter().map(|round| round.idle_statements).max().unwrap_or_default(),
        ..rounds[0]
    }
}

/// What the server costs in floors.
pub(crate) fn ratios(server: &Figures, floor: &Figures) -> String {
    format!(
        "rpm-api ÷ floor: CPU per delivery {:.2}, p50 {:.2}, p99 {:.2}, memory {:.2}",
        server.cpu / floor.cpu,
        server.p50 / floor.p50,
        server.p99 / floor.p99,
        server.memory / floor.memory
    )
}

/// A share of some sorted values, in milliseconds.
pub(crate) fn quantile(sorted: &[u32], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).map_or(f64::NAN, |microseconds| f64::from(*microseconds) / 1000.0)
}

/// Milliseconds with their fraction.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
