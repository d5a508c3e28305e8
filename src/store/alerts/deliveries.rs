//! Deliveries on their way: claimed, sent, tried again, given up.

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Select, Statement, Value};

use super::subscriptions::Whose;
use super::watch::Watcher;
use crate::entities::enums::{AlertKind, DeliveryState};
use crate::entities::{alert_deliveries, alert_subscriptions};
use crate::error::Result;
use crate::ids::{AlertDeliveryId, AlertSubscriptionId};
use crate::store::page::{Key, Kind};
use crate::store::{Direction, Page, Scope, Slice, Store};

/// The longest reason of a failure that is kept, in characters.
const MAX_ERROR: usize = 500;

/// Which deliveries are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Any of these.
    pub states: Option<Vec<DeliveryState>>,
    /// Any of these.
    pub kinds: Option<Vec<AlertKind>>,
    /// Of this subscription.
    pub subscription_id: Option<AlertSubscriptionId>,
    /// Decided on at or after this instant.
    pub created_from: Option<DateTime<Utc>>,
    /// Decided on for who sees just this.
    pub seen_by: Option<Scope>,
}

/// A delivery that is this process's to send, and whose it is.
#[derive(Clone, Debug)]
pub struct AlertClaim {
    /// The delivery; `attempts` counts the one that begins.
    pub delivery: alert_deliveries::Model,
    /// Its subscription and member.
    pub watcher: Watcher,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertOutcome {
    /// The other side has taken it.
    Sent,
    /// It was not taken; another try at this time.
    Again(DateTime<Utc>, String),
    /// It was not taken and never will be.
    Failed(String),
    /// Nobody wants it any more; why.
    Suppressed(String),
    /// It was not its time: not a try.
    Held(DateTime<Utc>),
}

impl AlertFilter {
    fn select(&self, whose: Whose) -> Select<alert_deliveries::Entity> {
        use alert_deliveries::Column as C;
        let mut select = alert_deliveries::Entity::find();
        if let Whose::Of(member) = whose {
            let own = Query::select()
                .column(alert_subscriptions::Column::Id)
                .from(alert_subscriptions::Entity)
                .and_where(alert_subscriptions::Column::MemberId.eq(member))
                .take();
            select = select.filter(C::SubscriptionId.in_subquery(own));
        }
        if let Some(states) = &self.states {
            select = select.filter(C::State.is_in(states.iter().copied()));
        }
        if let Some(kinds) = &self.kinds {
            select = select.filter(C::Kind.is_in(kinds.iter().copied()));
        }
        if let Some(subscription) = self.subscription_id {
            select = select.filter(C::SubscriptionId.eq(subscription));
        }
        if let Some(instant) = self.created_from {
            select = select.filter(C::CreatedAt.gte(instant));
        }
        if let Some(scope) = self.seen_by {
            select = select.filter(C::SeenBy.eq(scope.name()));
        }
        select
    }
}

/// Claims what is due: until $2 nobody else sends it. Of each subscription but those in $4 the first $5: whoever takes long holds up
/// nobody else.
const CLAIM: &str = "WITH due AS MATERIALIZED ( \
        SELECT id FROM alert_deliveries WHERE state = 'pending' AND next_attempt_at <= $1 AND id IN ( \
            SELECT id FROM ( \
                SELECT id, row_number() OVER (PARTITION BY subscription_id ORDER BY next_attempt_at, created_at, id) AS place \
                FROM alert_deliveries \
                WHERE state = 'pending' AND next_attempt_at <= $1 AND subscription_id <> ALL ($4::UUID[])) AS waiting \
            WHERE place <= $5) \
        ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
    UPDATE alert_deliveries AS delivery SET attempts = attempts + 1, next_attempt_at = $2 \
    FROM due WHERE delivery.id = due.id RETURNING delivery.*";

/// Only for whose claim it still is.
const FINISH: &str = "UPDATE alert_deliveries SET state = $3, last_error = $4, finished_at = $5 \
    WHERE id = $1 AND attempts = $2 AND state = 'pending'";

const PUT_BACK: &str = "UPDATE alert_deliveries SET attempts = attempts - $3, last_error = COALESCE($4, last_error), \
    next_attempt_at = $5 WHERE id = $1 AND attempts = $2 AND state = 'pending'";

const NEXT: &str =
    "SELECT min(next_attempt_at) AS next FROM alert_deliveries WHERE state = 'pending' AND subscription_id <> ALL ($1::UUID[])";

const FORGET: &str = "DELETE FROM alert_deliveries WHERE state <> 'pending' AND finished_at < $1";

fn uuids(ids: &[AlertSubscriptionId]) -> Value {
    ids.iter().map(|id| id.0).collect::<Vec<_>>().into()
}

impl Store {
    /// A page of deliveries, the latest decided first.
    pub async fn alert_deliveries(
        &self,
        whose: Whose,
        filter: &AlertFilter,
        page: &Page,
    ) -> Result<Slice<alert_deliveries::Model>> {
        use alert_deliveries::Column as C;
        let key = Key {
            column: C::CreatedAt,
            id: C::Id,
            kind: Kind::Instant,
            nullable: false,
            direction: Direction::Desc,
            name: "alert.created",
        };
        self.slice(filter.select(whose), key, page).await
    }

    /// How many deliveries a filter lets through.
    pub async fn count_alert_deliveries(&self, whose: Whose, filter: &AlertFilter) -> Result<u64> {
        Ok(filter.select(whose).count(&self.db).await?)
    }

    /// The delivery of a subscription about a subject.
    pub async fn alert_delivery(
        &self,
        subscription: AlertSubscriptionId,
        kind: AlertKind,
        subject: &str,
    ) -> Result<Option<alert_deliveries::Model>> {
        use alert_deliveries::Column as C;
        let of = alert_deliveries::Entity::find().filter(C::SubscriptionId.eq(subscription));
        Ok(of.filter(C::Kind.eq(kind)).filter(C::Subject.eq(subject)).one(&self.db).await?)
    }

    /// Claims deliveries that are due at `now`, the longest due first, at most `limit`, and of each subscription at most
    /// `of_each`; none of those that are `busy`. Until `until` nobody else gets them.
    pub async fn claim_alerts(
        &self,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
        (limit, of_each): (u32, u32),
        busy: &[AlertSubscriptionId],
    ) -> Result<Vec<AlertClaim>> {
        let values = [now.into(), until.into(), i64::from(limit).into(), uuids(busy), i64::from(of_each).into()];
        let claimed = alert_deliveries::Entity::find()
            .from_raw_sql(Statement::from_sql_and_values(DbBackend::Postgres, CLAIM, values))
            .all(&self.db)
            .await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let ids = claimed.iter().map(|delivery| delivery.subscription_id);
        let subscriptions = alert_subscriptions::Entity::find().filter(alert_subscriptions::Column::Id.is_in(ids));
        let watchers = self.watchers(subscriptions.all(&self.db).await?).await?;
        let of = |id| watchers.iter().find(|watcher| watcher.subscription.id == id).cloned();
        // One whose subscription has just been deleted is gone with it.
        let claims = claimed.into_iter().filter_map(|delivery| {
            let watcher = of(delivery.subscription_id)?;
            Some(AlertClaim { delivery, watcher })
        });
        Ok(claims.collect())
    }

    /// Writes down what came of a claim, unless it has passed to somebody else meanwhile; whether it was so.
    pub async fn finish_alert(
        &self,
        claim: &alert_deliveries::Model,
        outcome: &AlertOutcome,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let short = |error: &String| Some(error.chars().take(MAX_ERROR).collect::<String>());
        let now = now.trunc_subsecs(6);
        let finished = |state: DeliveryState, error: Option<String>| -> (&str, Vec<Value>) {
            (FINISH, vec![state.as_str().into(), error.into(), now.into()])
        };
        let (sql, values): (&str, Vec<Value>) = match outcome {
            AlertOutcome::Sent => finished(DeliveryState::Sent, None),
            AlertOutcome::Failed(error) => finished(DeliveryState::Failed, short(error)),
            AlertOutcome::Suppressed(why) => finished(DeliveryState::Suppressed, short(why)),
            AlertOutcome::Again(at, error) => (PUT_BACK, vec![0.into(), short(error).into(), (*at).into()]),
            AlertOutcome::Held(at) => (PUT_BACK, vec![1.into(), None::<String>.into(), (*at).into()]),
        };
        let id: AlertDeliveryId = claim.id;
        let values = [Value::from(id.0), claim.attempts.into()].into_iter().chain(values);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(self.db.execute_raw(statement).await?.rows_affected() == 1)
    }

    /// When the next delivery is due, but for those of subscriptions that are `busy`; none while nothing waits.
    pub async fn next_alert_at(&self, busy: &[AlertSubscriptionId]) -> Result<Option<DateTime<Utc>>> {
        let row = self.db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, NEXT, [uuids(busy)])).await?;
        Ok(row.map(|row| row.try_get("", "next")).transpose()?.flatten())
    }

    /// Forgets deliveries that were finished before an instant; how many they were.
    pub async fn forget_alerts(&self, before: DateTime<Utc>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FORGET, [before.into()]);
        Ok(self.db.execute_raw(statement).await?.rows_affected())
    }
}
