//! DNA periods: the actions due in a day, week (from Monday), month or quarter of `RPM_TIMEZONE`, as they stand now.
//!
//! The database notes on which instants something is due that changed (`period_touches`, by triggers, in the change's own
//! transaction). [`refresh`] sums up the periods around these anew, and those that we are in, whose velocity moves with the days. The
//! notes go in the transaction that writes the sums, so nothing is forgotten and nothing counted from memory. A period that
//! we were never in and in which nothing was ever due has no row.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::Basis;
use super::formulas::shown;
use super::week::{Completion, velocity};
use crate::entities::enums::PeriodType;
use crate::entities::periods;
use crate::error::{Error, Result};
use crate::ids::{OwnerId, PeriodId};
use crate::store::{PeriodSums, Store, Tx};

/// The lengths.
pub const TYPES: [PeriodType; 4] = [PeriodType::Daily, PeriodType::Weekly, PeriodType::Monthly, PeriodType::Quarterly];

/// Days of the periods that are summed up by one statement: however much has changed at once, none takes long.
const BATCH: i64 = 400;

/// A period by its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// How long it is.
    pub kind: PeriodType,
    /// Its first day.
    pub first: NaiveDate,
    /// The day after its last.
    pub past: NaiveDate,
}

impl Frame {
    /// The period of a length that holds a day; none at the end of the calendar.
    #[must_use]
    pub fn holding(kind: PeriodType, day: NaiveDate) -> Option<Self> {
        let (first, past) = match kind {
            PeriodType::Daily => (day, day.checked_add_days(Days::new(1))?),
            PeriodType::Weekly => {
                let monday = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?;
                (monday, monday.checked_add_days(Days::new(7))?)
            }
            PeriodType::Monthly => {
                let first = day.with_day(1)?;
                (first, first.checked_add_months(Months::new(1))?)
            }
            PeriodType::Quarterly => {
                let first = day.with_day(1)?.with_month(day.month0() / 3 * 3 + 1)?;
                (first, first.checked_add_months(Months::new(3))?)
            }
        };
        Some(Self { kind, first, past })
    }

    fn days(self) -> i64 {
        (self.past - self.first).num_days()
    }

    fn last(self) -> NaiveDate {
        self.past.pred_opt().unwrap_or(self.first)
    }
}

/// Sums up what changed and what we are in, in a transaction of its own, and takes changes into the company's sums. Returns how many
/// periods were written.
///
/// # Errors
/// The database's own.
pub async fn keep_up(store: &Store, basis: &Basis, now: DateTime<Utc>) -> Result<usize> {
    let principal = basis.principal(store).await?;
    let input = (basis.clone(), principal, now);
    let actor = "periods".to_owned();
    store.transaction(&actor, &input, |(basis, principal, now), tx| refresh(tx, basis, *principal, *now).boxed()).await
}

async fn refresh(tx: &mut Tx, basis: &Basis, principal: Option<OwnerId>, now: DateTime<Utc>) -> Result<usize> {
    tx.take_company_changes().await?;
    let today = basis.day(now);
    let touched: BTreeSet<NaiveDate> = tx.take_touched_days(basis.zone).await?.into_iter().chain([today]).collect();
    let frames: BTreeSet<Frame> =
        touched.into_iter().flat_map(|day| TYPES.into_iter().filter_map(move |kind| Frame::holding(kind, day))).collect();
    let frames: Vec<Frame> = frames.into_iter().collect();
    let mut written = 0;
    while written < frames.len() {
        let mut days = 0;
        let fits = |frame: &&Frame| {
            days += frame.days();
            days <= BATCH
        };
        let count = frames[written..].iter().take_while(fits).count().max(1);
        let frames = &frames[written..written + count];
        let days = (frames.iter().map(|frame| frame.first).collect(), frames.iter().map(|frame| frame.past).collect());
        let sums = tx.period_sums(days, basis.zone, principal).await?;
        if sums.len() != frames.len() {
            return Err(Error::internal("sums of other periods than were asked for"));
        }
        let rows = frames.iter().zip(&sums).map(|(frame, sums)| row(*frame, sums, today)).collect();
        tx.write_periods(rows).await?;
        written += frames.len();
    }
    Ok(written)
}

fn row(frame: Frame, sums: &PeriodSums, today: NaiveDate) -> periods::ActiveModel {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let rate = |total, completed| Completion { total, completed }.rate().map(shown);
    // The columns hold ten digits before the point.
    let money = |sum: Option<Decimal>| sum.map(|sum| sum.min(Decimal::new(999_999_999_999, 2)));
    periods::ActiveModel {
        id: Set(PeriodId(Uuid::new_v4())),
        period_type: Set(frame.kind),
        period_start: Set(sums.begins),
        period_end: Set(sums.ends),
        total_actions: Set(count(sums.total)),
        completed_actions: Set(count(sums.completed)),
        completion_rate: Set(rate(sums.total, sums.completed)),
        velocity_score: Set(velocity(sums.completed, (frame.first, frame.last()), today).map(shown)),
        revenue_target: Set(money(sums.target)),
        revenue_actual: Set(money(sums.actual)),
        jesse_completion_rate: Set(rate(sums.principal_total, sums.principal_completed)),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn periods_begin_on_their_first_day() {
        let day: NaiveDate = "2025-11-27".parse().expect("a day");
        let firsts = TYPES.map(|kind| Frame::holding(kind, day).map(|frame| (frame.first.to_string(), frame.past.to_string())));
        let expected = [
            ("2025-11-27", "2025-11-28"),
            ("2025-11-24", "2025-12-01"),
            ("2025-11-01", "2025-12-01"),
            ("2025-10-01", "2026-01-01"),
        ];
        assert_eq!(firsts, expected.map(|(first, past)| Some((first.to_owned(), past.to_owned()))));
    }

    proptest! {
        #[test]
        fn every_day_is_in_one_period_of_each_length_and_the_next_begins_where_it_ends(number in 700_000_i32..760_000) {
            let day = NaiveDate::from_num_days_from_ce_opt(number).expect("a day");
            for kind in TYPES {
                let frame = Frame::holding(kind, day).expect("a period");
                prop_assert!(frame.first <= day && day < frame.past);
                prop_assert_eq!(Frame::holding(kind, frame.first), Some(frame));
                prop_assert_eq!(Frame::holding(kind, frame.last()), Some(frame));
                prop_assert_eq!(Frame::holding(kind, frame.past).map(|next| next.first), Some(frame.past));
            }
        }
    }
}
