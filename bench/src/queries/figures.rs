//! What was measured, and how it is written.

use super::load::Load;
use crate::report::{middle, quantile};

/// One server, one workload, so many connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Microseconds of the server's processor time for a request.
    pub cpu: f64,
    /// The same of PostgreSQL's processes.
    pub database: f64,
    /// Requests a second.
    pub throughput: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// The server's resident MiB behind it.
    pub resident: f64,
}

impl Figures {
    pub(super) fn of(load: &Load, cpu: std::time::Duration, database: std::time::Duration, resident: u64) -> Self {
        let count = load.latencies.len() as f64;
        Self {
            cpu: cpu.as_secs_f64() * 1e6 / count,
            database: database.as_secs_f64() * 1e6 / count,
            throughput: count / load.lasted.as_secs_f64(),
            p50: quantile(&load.latencies, 0.5),
            p99: quantile(&load.latencies, 0.99),
            resident: resident as f64 / f64::from(1 << 20),
        }
    }

    /// The figures in the middle of some rounds, each for itself.
    pub(super) fn median(rounds: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| middle(rounds, figure);
        Self {
            cpu: middle(|round| round.cpu),
            database: middle(|round| round.database),
            throughput: middle(|round| round.throughput),
            p50: middle(|round| round.p50),
            p99: middle(|round| round.p99),
            resident: middle(|round| round.resident),
        }
    }
}

/// Who was asked, with many connections and with one.
pub(super) type Row = (&'static str, [Figures; 2]);

/// A table of one workload: for each server its figures with many connections and with one. Ratios are to the floors.
pub(super) fn table(title: &str, connections: [usize; 2], rows: &[Row]) -> String {
    let [many, one] = connections;
    let mut text = format!(
        "\n### {title}\n\n\
         | {many} connections | CPU µs | ÷ SQL→JSON | ÷ rows | database µs | ÷ SQL→JSON | ÷ rows | req/s | p50 ms | p99 ms | MiB | \
         {one} connection: CPU µs | p50 ms | p99 ms |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    let floor = |name: &str| rows.iter().find(|(floor, _)| floor.starts_with(name)).map(|(_, figures)| figures[0]);
    let (json, plain) = (floor("floor SQL"), floor("floor rows"));
    let ratio = |figure: fn(&Figures) -> f64, of: &Figures, to: Option<Figures>| {
        to.map_or_else(|| "–".to_owned(), |floor| format!("{:.2}", figure(of) / figure(&floor)))
    };
    for (name, [many, one]) in rows {
        let cells = [
            format!("{:.0}", many.cpu),
            ratio(|figures| figures.cpu, many, json),
            ratio(|figures| figures.cpu, many, plain),
            format!("{:.0}", many.database),
            ratio(|figures| figures.database, many, json),
            ratio(|figures| figures.database, many, plain),
            format!("{:.0}", many.throughput),
            format!("{:.2}", many.p50),
            format!("{:.2}", many.p99),
            format!("{:.0}", many.resident),
            format!("{:.0}", one.cpu),
            format!("{:.2}", one.p50),
            format!("{:.2}", one.p99),
        ];
        text += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    text
}
