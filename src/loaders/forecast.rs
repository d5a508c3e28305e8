//! Lookups of forecasts: two statements, whatever the number of weeks.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};

use super::{Batch, BatchResult, by_query};
use crate::analytics::forecast::{HISTORY, History, MAX_HISTORY, Moment, WeekForecast, forecast};
use crate::error::Error;
use crate::ids::WeekId;
use crate::store::{Follow, PlannedAction};

/// The forecast of a week and of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForecastOfWeek(pub WeekId, pub Arc<ForecastQuery>);

/// As of when, and with what knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForecastQuery {
    /// The instant as of which is forecast, in the zone whose days count.
    pub moment: Moment,
    /// How far the history goes.
    pub known: DateTime<Utc>,
}

impl Loader<ForecastOfWeek> for Batch {
    type Value = Arc<WeekForecast>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ForecastOfWeek]) -> BatchResult<ForecastOfWeek, Arc<WeekForecast>> {
        let mut values = HashMap::new();
        for (query, weeks) in by_query(keys.iter().map(|key| (&key.1, key.0.0))) {
            let weeks: Vec<WeekId> = weeks.into_iter().map(WeekId).collect();
            let ForecastQuery { moment, known } = *query;
            let rows = self.store.planned_actions(self.scope, &weeks, moment.zone, Follow::Open).await?;
            let past = self.store.past_actions(self.scope, (known - HISTORY, known), moment.zone, MAX_HISTORY).await?;
            // Thousands of draws for each action: nothing for the thread that serves others.
            let drawn = move || {
                let history = History::new(&past, known);
                let weeks = rows.chunk_by(|one, next| one.week_id == next.week_id);
                let forecasts = weeks.map(|rows: &[PlannedAction]| (rows[0].week_id, forecast(rows, &history, moment)));
                forecasts.collect::<Vec<_>>()
            };
            let forecasts = tokio::task::spawn_blocking(drawn).await.map_err(Error::internal)?;
            let key = |week| ForecastOfWeek(week, Arc::clone(&query));
            values.extend(forecasts.into_iter().map(|(week, forecast)| (key(week), Arc::new(forecast))));
        }
        Ok(values)
    }
}
