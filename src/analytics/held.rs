//! Metrics out of the warehouse's tables: what these hold is enough for the same numbers, by the same formulas.

use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::Span;
use super::revenue::Revenue;
use super::rows::Row;
use super::sums::{DaySums, Sum};
use super::tables::Table;
use super::trends::{Point, Standing, points};
use super::warehouse::{Result, Warehouse, WarehouseError};
use super::week::Completion;
use crate::store::Summary;

/// The trend of the plans that begin in some days, up to the last of them.
pub(super) async fn trend(warehouse: &dyn Warehouse, span: Span) -> Result<Vec<Point>> {
    let rows = warehouse.rows(Table::PlanEffectiveness, span).await?;
    let plans: Vec<Standing> = rows.iter().map(standing).collect::<Result<_>>()?;
    Ok(points(&plans, span.through))
}

fn standing(row: &Row) -> Result<Standing> {
    let count = |name: &str| row.get(name).and_then(Value::as_i64).ok_or_else(|| missing(name));
    let day = |name: &str| text(row, name)?.ok_or_else(|| missing(name));
    Ok(Standing {
        days: (day("week_start")?, day("week_end")?),
        all: Completion { total: count("total_actions")?, completed: count("actions_completed")? },
        principal: Completion { total: count("principal_actions")?, completed: count("principal_completed")? },
        revenue: Revenue {
            target_low: text(row, "revenue_target_low")?,
            target_high: text(row, "revenue_target_high")?,
            actual: text(row, "revenue_actual")?,
        },
    })
}

/// A value that is written as text; none where it is absent.
fn text<T: FromStr>(row: &Row, name: &str) -> Result<Option<T>> {
    let text = row.get(name).and_then(Value::as_str);
    text.map(|text| text.parse().map_err(|_| WarehouseError::Refused(format!("{name} is {text}")))).transpose()
}

fn missing(name: &str) -> WarehouseError {
    WarehouseError::Refused(format!("a row without {name}, written by an older version: see `rpm-api export --from`"))
}

/// The company in sums: over all days, and of albums as of the last one.
pub(super) async fn summary(warehouse: &dyn Warehouse) -> Result<Summary> {
    let (plans, made, albums) = futures_util::try_join!(
        warehouse.sums(Table::PlanEffectiveness, None),
        warehouse.sums(Table::DeliverableMetrics, None),
        warehouse.sums(Table::AlbumAnalytics, None),
    )?;
    let last = albums.last_key_value();
    let albums: Vec<Row> = match last {
        Some((day, _)) => warehouse.rows(Table::AlbumAnalytics, Span { from: *day, through: *day }).await?,
        None => Vec::new(),
    };
    let (plans, made): (Vec<&DaySums>, Vec<&DaySums>) = (plans.values().collect(), made.values().collect());
    let songs: Vec<&DaySums> = last.map(|(_, sums)| sums).into_iter().collect();
    let released = |album: &&Row| album["album_name"].is_string() && album["songs_released"] == album["songs_generated"];
    Ok(Summary {
        weeks: plans.iter().filter_map(|day| i64::try_from(day.rows).ok()).sum(),
        actions: number(&plans, "total_actions"),
        completed_actions: number(&plans, "actions_completed"),
        published_deliverables: number(&made, "deliverables_published"),
        deliverable_revenue: money(&made, "revenue_actual").unwrap_or_default(),
        deliverable_target: money(&made, "revenue_target"),
        songs: number(&songs, "songs_generated"),
        released_songs: number(&songs, "songs_released"),
        song_revenue: money(&songs, "revenue_actual").unwrap_or_default(),
        song_target: money(&songs, "revenue_target"),
        released_albums: i64::try_from(albums.iter().filter(released).count()).unwrap_or(i64::MAX),
    })
}

/// The sum of a column over days, US dollars; none where no row has a value. With cents, as the database gives it: the warehouse's numbers
/// have nine decimals.
fn money(days: &[&DaySums], column: &str) -> Option<Decimal> {
    let mut sum = total(days, column)?;
    sum.rescale(2);
    Some(sum)
}

fn total(days: &[&DaySums], column: &str) -> Option<Decimal> {
    let exact = |sum: &Sum| match sum {
        Sum::Exact(sum) => Some(*sum),
        Sum::Float(_) => None,
    };
    super::formulas::sum(days.iter().map(|day| day.sums.get(column).and_then(exact)))
}

fn number(days: &[&DaySums], column: &str) -> i64 {
    total(days, column).and_then(|sum| sum.to_i64()).unwrap_or_default()
}
