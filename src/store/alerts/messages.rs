//! Messages on their way: what is due is claimed, put together and begun.
//!
//! By webhook each alert is a message of its own. What people read goes together: all that waits for a subscription, but for tests and
//! digests. Such a message is put together once, when it begins, and keeps its alerts until they are finished; what comes meanwhile
//! waits for it and is the next message. So one that comes twice is known by its id and holds nothing new; what was suppressed
//! meanwhile it leaves out.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement, Value};
use uuid::Uuid;

use super::deliveries::{claimed, claims};
use super::watch::{ACTOR, Watcher};
use crate::entities::{alert_deliveries, alert_subscriptions};
use crate::error::Result;
use crate::ids::{AlertMessageId, AlertSubscriptionId};
use crate::store::{Store, Tx};

/// The most alerts in a message.
const MAX_TOGETHER: i64 = 50;
/// How long the limit of an hour looks back.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// How soon it is looked again when everything that is allowed is still on its way.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// A message that is this process's to send, and whose it is.
#[derive(Clone, Debug)]
pub struct AlertClaim {
    /// What it is to tell, the first decided first; `attempts` counts the one that begins. By webhook it is one.
    pub deliveries: Vec<alert_deliveries::Model>,
    /// Their subscription and member.
    pub watcher: Watcher,
}

/// Whether a message may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It may, under this id.
    As(AlertMessageId),
    /// Not before this instant.
    NotBefore(DateTime<Utc>),
    /// It is somebody else's meanwhile.
    Lost,
}

/// How many SMS the subscriptions to a number send it.
#[derive(Clone, Debug)]
pub struct SmsLimit {
    /// The number.
    pub number: String,
    /// How many in any hour.
    pub per_hour: u32,
}

/// The kinds that go alone.
macro_rules! alone {
    () => {
        "('TEST', 'WEEKLY_DIGEST')"
    };
}

/// What waits for the message before it. One that goes alone waits for none, and none for it.
macro_rules! is_behind {
    () => {
        concat!(
            "delivery.message_id IS NULL AND delivery.kind NOT IN ",
            alone!(),
            " AND delivery.kind <> ALL (subscription.urgent_kinds) AND EXISTS (SELECT FROM alert_deliveries AS earlier \
                WHERE earlier.subscription_id = subscription.id AND earlier.message_id IS NOT NULL AND earlier.finished_at IS NULL \
                    AND earlier.kind NOT IN ",
            alone!(),
            ")"
        )
    };
}

/// Claims what is due: until $2 nobody else sends it. Of each subscription but those in $4 the first $5 messages: whoever takes long
/// holds up nobody else. A subscription is one claimer's at a time, or two would put together a half each; and a message is claimed
/// whole. Each subscription has a message at least, so no more of them are locked than messages are wanted; one that is locked
/// already takes nobody's place.
const CLAIM: &str = concat!(
    "WITH waiting AS MATERIALIZED ( \
        SELECT delivery.id, subscription_id, next_attempt_at, delivery.created_at, \
            CASE WHEN channel = 'webhook' OR kind IN ",
    alone!(),
    " THEN delivery.id ELSE COALESCE(message_id, subscription_id) END AS message \
        FROM alert_deliveries AS delivery JOIN alert_subscriptions AS subscription ON subscription.id = subscription_id \
        WHERE state = 'pending' AND next_attempt_at <= $1 AND subscription_id <> ALL ($4::UUID[]) AND NOT (",
    is_behind!(),
    ")), \
    mine AS MATERIALIZED ( \
        SELECT subscription.id AS subscription_id FROM alert_subscriptions AS subscription JOIN ( \
            SELECT subscription_id, min(next_attempt_at) AS since FROM waiting GROUP BY subscription_id \
        ) AS longest ON longest.subscription_id = subscription.id \
        ORDER BY since, subscription.id LIMIT $3 FOR NO KEY UPDATE OF subscription SKIP LOCKED), \
    messages AS ( \
        SELECT message, min(next_attempt_at) AS since, row_number() OVER ( \
            PARTITION BY subscription_id ORDER BY min(next_attempt_at), min(created_at), message) AS place \
        FROM waiting JOIN mine USING (subscription_id) GROUP BY subscription_id, message), \
    first AS (SELECT message FROM messages WHERE place <= $5 ORDER BY since, message LIMIT $3), \
    together AS ( \
        SELECT id, message, row_number() OVER (PARTITION BY message ORDER BY next_attempt_at, created_at, id) AS place \
        FROM waiting JOIN first USING (message)), \
    due AS MATERIALIZED ( \
        SELECT delivery.id, message FROM alert_deliveries AS delivery JOIN together ON together.id = delivery.id \
        WHERE place <= $6 AND state = 'pending' AND next_attempt_at <= $1 ORDER BY delivery.id FOR UPDATE OF delivery) \
    UPDATE alert_deliveries AS delivery SET attempts = attempts + 1, next_attempt_at = $2 \
    FROM due WHERE delivery.id = due.id RETURNING delivery.*, message"
);

const NEXT: &str = concat!(
    "SELECT min(next_attempt_at) AS next \
    FROM alert_deliveries AS delivery JOIN alert_subscriptions AS subscription ON subscription.id = subscription_id \
    WHERE state = 'pending' AND subscription_id <> ALL ($1::UUID[]) AND NOT (",
    is_behind!(),
    ")"
);

/// All of them, or none where one is somebody else's meanwhile.
const BEGIN: &str = concat!(
    claimed!(),
    "UPDATE alert_deliveries AS delivery SET message_id = $3 \
    FROM claimed WHERE delivery.id = claimed.id AND (SELECT count(*) FROM claimed) = cardinality($1::UUID[])"
);

/// One message at a time begins for a number.
const LOCK_NUMBER: &str =
    "SELECT id FROM alert_subscriptions WHERE channel = 'sms' AND address = $1 ORDER BY id FOR NO KEY UPDATE";

/// What the subscriptions to a number have sent since $2, the first first, and what is on its way or to be tried again.
const COUNTED: &str = "SELECT max(finished_at) AS sent_at \
    FROM alert_deliveries AS delivery JOIN alert_subscriptions AS subscription ON subscription.id = subscription_id \
    WHERE channel = 'sms' AND address = $1 AND message_id IS NOT NULL \
        AND (finished_at IS NULL OR finished_at > $2 AND state = 'sent') \
    GROUP BY message_id ORDER BY sent_at NULLS LAST";

#[derive(FromQueryResult)]
struct Claimed {
    #[sea_orm(nested)]
    delivery: alert_deliveries::Model,
    message: Uuid,
}

fn uuids(ids: &[AlertSubscriptionId]) -> Value {
    ids.iter().map(|id| id.0).collect::<Vec<_>>().into()
}

impl Store {
    /// Claims messages of what is due at `now`, the longest due first, at most `limit`, and of each subscription at most `of_each`; none
    /// of those that are `busy`. Until `until` nobody else gets them.
    pub async fn claim_alerts(
        &self,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
        (limit, of_each): (u32, u32),
        busy: &[AlertSubscriptionId],
    ) -> Result<Vec<AlertClaim>> {
        let (limit, of_each) = (i64::from(limit), i64::from(of_each));
        let values = [now.into(), until.into(), limit.into(), uuids(busy), of_each.into(), MAX_TOGETHER.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, CLAIM, values);
        let mut messages: BTreeMap<Uuid, Vec<alert_deliveries::Model>> = BTreeMap::new();
        for Claimed { delivery, message } in Claimed::find_by_statement(statement).all(&self.db).await? {
            messages.entry(message).or_default().push(delivery);
        }
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let ids = messages.values().flatten().map(|delivery| delivery.subscription_id);
        let subscriptions = alert_subscriptions::Entity::find().filter(alert_subscriptions::Column::Id.is_in(ids));
        let watchers = self.watchers(subscriptions.all(&self.db).await?).await?;
        let claims = messages.into_values().filter_map(|mut deliveries| {
            deliveries.sort_by_key(|delivery| (delivery.created_at, delivery.id));
            let of = deliveries.first()?.subscription_id;
            // One whose subscription has just been deleted is gone with it.
            let watcher = watchers.iter().find(|watcher| watcher.subscription.id == of)?.clone();
            Some(AlertClaim { deliveries, watcher })
        });
        Ok(claims.collect())
    }

    /// When the next message is due, but for those of subscriptions that are `busy`; none while nothing waits, or all of it for a
    /// message before it.
    pub async fn next_alert_at(&self, busy: &[AlertSubscriptionId]) -> Result<Option<DateTime<Utc>>> {
        let row = self.db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, NEXT, [uuids(busy)])).await?;
        Ok(row.map(|row| row.try_get("", "next")).transpose()?.flatten())
    }

    /// Begins a message of claimed deliveries that are in none: from now on they go together. `limit` is for SMS: one that was begun
    /// counts until it is known that it was not sent.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin_message(
        &self,
        claimed: &[alert_deliveries::Model],
        limit: Option<&SmsLimit>,
        now: DateTime<Utc>,
    ) -> Result<Begun> {
        let input = (claimed, limit);
        self.transaction(ACTOR, &input, move |(claimed, limit), tx| {
            async move {
                if let Some(limit) = limit
                    && let Some(at) = tx.sms_not_before(limit, now).await?
                {
                    return Ok(Begun::NotBefore(at));
                }
                tx.begin_message(claimed).await
            }
            .boxed()
        })
        .await
    }
}

impl Tx {
    /// When a number may get another SMS; none: now.
    async fn sms_not_before(&self, limit: &SmsLimit, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let number = Value::from(limit.number.as_str());
        self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, LOCK_NUMBER, [number.clone()])).await?;
        let counted = Statement::from_sql_and_values(DbBackend::Postgres, COUNTED, [number, (now - HOUR).into()]);
        let counted = self.db.query_all_raw(counted).await?;
        // There is room when so many of them are longer ago than an hour.
        let Some(over) = counted.len().checked_sub(limit.per_hour as usize) else { return Ok(None) };
        let sent_at = counted.get(over).map(|row| row.try_get::<Option<DateTime<Utc>>>("", "sent_at")).transpose()?.flatten();
        Ok(Some(sent_at.map_or(now + SOON, |at| at + HOUR)))
    }

    async fn begin_message(&self, claimed: &[alert_deliveries::Model]) -> Result<Begun> {
        let id = Uuid::new_v4();
        let values = claims(claimed).into_iter().chain([id.into()]);
        let begun = self.db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, BEGIN, values)).await?;
        Ok(if begun.rows_affected() == claimed.len() as u64 { Begun::As(AlertMessageId(id)) } else { Begun::Lost })
    }
}
