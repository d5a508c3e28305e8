//! The processor time of everybody for each workload, as a picture.

use super::figures::Row;
use super::workload::Workload;
use crate::svg::{Anchor, DARK, GREY, Picture};

const WIDTH: f64 = 860.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 220.0;
const LONGEST: f64 = 500.0;
const LINE: f64 = 20.0;

fn heading(workload: Workload) -> &'static str {
    match workload {
        Workload::Q1 => "Q1 · a week with 6 results, 28 actions and 5 agents",
        Workload::Q2 => "Q2 · the first 50 actions of a status and an owner",
        Workload::Q3 => "Q3 · one action",
        Workload::M1 => "M1 · an action is completed; rpm-api and the second floor do all that hangs on it",
    }
}

/// What a contender is called, and its colour. None for who is not shown: what costs no SQL is no comparison for the peers, and the rows of a
/// query are the floor's own business.
fn shown(name: &'static str, workload: Workload) -> Option<(&'static str, &'static str)> {
    let floor = "#8c959f";
    match (name, workload) {
        ("floor bytes", _) => None,
        ("floor rows→JSON", Workload::M1) => Some(("floor: one statement, all of it", floor)),
        ("floor rows→JSON", _) => None,
        ("floor SQL→JSON", Workload::M1) => Some(("floor: one UPDATE by hand", floor)),
        ("floor SQL→JSON", _) => Some(("floor: SQL → JSON by hand", floor)),
        (name, _) if name.starts_with("rpm-api") => Some((name, "#1f6feb")),
        (name, _) => Some((name, "#d0a215")),
    }
}

/// A picture of the first figures of each contender, many connections: rpm-api, the floors, then the others, the cheapest first.
pub(super) fn chart(connections: usize, tables: &[(Workload, Vec<Row>)]) -> String {
    let mut picture = Picture::new();
    let title =
        format!("Server CPU for one request, microseconds · {connections} connections, every answer made anew unless said");
    picture.text([16.0, 22.0], Anchor::Start, 13, 600, DARK, &title);
    let mut y = 56.0;
    for (workload, rows) in tables {
        picture.text([16.0, y], Anchor::Start, 12, 600, DARK, heading(*workload));
        let mut bars: Vec<_> = rows
            .iter()
            .filter_map(|(name, figures)| shown(name, *workload).map(|(label, colour)| (label, colour, figures[0].cpu)))
            .collect();
        bars.sort_by(|(one, _, least), (other, _, most)| {
            let rank = |name: &str| if name.starts_with("rpm-api") { 0 } else { 2 - i32::from(name.starts_with("floor")) };
            rank(one).cmp(&rank(other)).then(least.total_cmp(most))
        });
        let most = bars.iter().map(|(_, _, cpu)| *cpu).fold(1.0, f64::max);
        for (label, colour, cpu) in bars {
            y += LINE;
            let (weight, fill) = if label.starts_with("rpm-api") { (600, DARK) } else { (400, GREY) };
            picture.text([LEFT - 8.0, y + 1.0], Anchor::End, 12, weight, fill, label);
            let width = cpu / most * LONGEST;
            picture.rect([LEFT, y - 11.0, width, 15.0], colour, "");
            picture.text([LEFT + width + 6.0, y + 1.0], Anchor::Start, 12, weight, DARK, &grouped(cpu));
        }
        y += 33.0;
    }
    let label = "Server CPU microseconds for one request: rpm-api beside a floor by hand and other GraphQL servers";
    picture.finish(WIDTH, y - 16.0, label)
}

/// A whole number with commas.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let (head, rest) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() { rest.to_owned() } else { format!("{head},{rest}") }
}
