//! What alerts are decided from, and what was decided.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::entities::enums::{ActionStatus, AgentState, AlertKind};
use crate::entities::{actions, agents, alert_deliveries, alert_subscriptions, members};
use crate::error::Result;
use crate::ids::AlertSubscriptionId;
use crate::store::scope::{Scope, Scoped};
use crate::store::{Store, Tx};

/// Who decides, as transactions are named.
pub(super) const ACTOR: &str = "alerts";

/// A subscription and whose it is.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// The subscription.
    pub subscription: alert_subscriptions::Model,
    /// Its member.
    pub member: members::Model,
}

impl Watcher {
    /// What its member may see.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope::of(self.member.role, self.member.owner_id)
    }

    /// Whether it is to be told of a kind.
    #[must_use]
    pub fn wants(&self, kind: AlertKind) -> bool {
        self.subscription.kinds.iter().any(|own| own == kind.as_str())
    }

    /// Whether it is told of anything: its member may sign in, and it is not put aside.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.subscription.is_active && self.member.revoked_at.is_none()
    }
}

/// An alert that was decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlertDelivery {
    /// Whom it is for.
    pub subscription_id: AlertSubscriptionId,
    /// What its member may see: should that be something else when its turn comes, it is not sent.
    pub scope: Scope,
    /// What kind of thing it tells of.
    pub kind: AlertKind,
    /// What it is about, and which occurrence of it.
    pub subject: String,
    /// What it says.
    pub payload: Json,
    /// When it is to be sent.
    pub send_at: DateTime<Utc>,
}

impl Store {
    /// The subscriptions of those who may sign in, all but those put aside.
    pub async fn alert_watchers(&self) -> Result<Vec<Watcher>> {
        let on = alert_subscriptions::Entity::find().filter(alert_subscriptions::Column::IsActive.eq(true));
        let subscriptions = on.order_by_asc(alert_subscriptions::Column::Id).all(&self.db).await?;
        let mut watchers = self.watchers(subscriptions).await?;
        watchers.retain(Watcher::is_on);
        Ok(watchers)
    }

    /// Subscriptions with their members.
    pub(super) async fn watchers(&self, subscriptions: Vec<alert_subscriptions::Model>) -> Result<Vec<Watcher>> {
        if subscriptions.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = subscriptions.iter().map(|subscription| subscription.member_id).collect();
        let members = self.members_by_id(&ids).await?;
        let of = |id| members.iter().find(|member| member.id == id).cloned();
        let watched = subscriptions.into_iter().filter_map(|subscription| {
            let member = of(subscription.member_id)?;
            Some(Watcher { subscription, member })
        });
        Ok(watched.collect())
    }

    /// How far the event log has been looked at; what has been removed counts as looked at.
    pub async fn alerts_looked_through(&self) -> Result<i64> {
        self.number("SELECT GREATEST(events_through, pruned_through) AS number FROM alert_watch, event_log").await
    }

    /// Open actions that were due at `from` or later and before `now`, the latest first: at most `limit`.
    pub async fn overdue_actions(
        &self,
        scope: Scope,
        (from, now): (DateTime<Utc>, DateTime<Utc>),
        limit: u64,
    ) -> Result<Vec<actions::Model>> {
        use actions::Column as C;
        let open = [ActionStatus::Pending, ActionStatus::InProgress, ActionStatus::Blocked];
        let overdue = actions::Entity::visible(scope)
            .filter(C::Status.is_in(open))
            .filter(C::DueDate.gte(from))
            .filter(C::DueDate.lt(now))
            .order_by_desc(C::DueDate)
            .order_by_asc(C::Id);
        Ok(overdue.limit(limit).all(&self.db).await?)
    }

    /// Agents that have not reported since `stale_before`, but for those whose last word was that they stop.
    pub async fn silent_agents(&self, scope: Scope, stale_before: DateTime<Utc>) -> Result<Vec<agents::Model>> {
        use agents::Column as C;
        let silent = agents::Entity::visible(scope).filter(C::LastHeartbeat.lt(stale_before));
        Ok(silent.filter(C::Status.ne(AgentState::Offline)).order_by_asc(C::AgentName).all(&self.db).await?)
    }

    /// Of some deliveries, those that have not been decided on.
    pub async fn undecided(&self, mut new: Vec<NewAlertDelivery>) -> Result<Vec<NewAlertDelivery>> {
        if new.is_empty() {
            return Ok(new);
        }
        use alert_deliveries::Column as C;
        let subscriptions: HashSet<_> = new.iter().map(|delivery| delivery.subscription_id).collect();
        let subjects: HashSet<_> = new.iter().map(|delivery| delivery.subject.clone()).collect();
        let known: HashSet<(AlertSubscriptionId, AlertKind, String)> = alert_deliveries::Entity::find()
            .select_only()
            .columns([C::SubscriptionId, C::Kind, C::Subject])
            .filter(C::SubscriptionId.is_in(subscriptions))
            .filter(C::Subject.is_in(subjects))
            .into_tuple()
            .all(&self.db)
            .await?
            .into_iter()
            .collect();
        new.retain(|delivery| !known.contains(&(delivery.subscription_id, delivery.kind, delivery.subject.clone())));
        Ok(new)
    }

    /// Writes down what was decided, and how far the event log was looked at for it. What was decided before, by whomever, stays as it
    /// is. How many are new.
    ///
    /// # Errors
    /// The database's own.
    pub async fn decide_alerts(&self, new: &[NewAlertDelivery], looked_through: Option<i64>) -> Result<u64> {
        let written =
            self.transaction(ACTOR, &new, move |new, tx| async move { tx.decide_alerts(new, looked_through).await }.boxed());
        let written = written.await?;
        if written > 0 {
            self.alert_bells.decided.notify_one();
        }
        Ok(written)
    }
}

const DECIDE: &str = "INSERT INTO alert_deliveries (subscription_id, kind, subject, seen_by, payload, next_attempt_at) \
    SELECT subscription.id, subject.kind, subject.subject, subject.seen_by, subject.payload, subject.send_at \
    FROM jsonb_to_recordset($1) \
        AS subject(id UUID, kind TEXT, subject TEXT, seen_by TEXT, payload JSONB, send_at TIMESTAMPTZ) \
    JOIN alert_subscriptions AS subscription ON subscription.id = subject.id \
    ON CONFLICT (subscription_id, kind, subject) DO NOTHING";

const LOOKED: &str = "UPDATE alert_watch SET events_through = GREATEST(events_through, $1)";

impl Tx {
    async fn decide_alerts(&self, new: &[NewAlertDelivery], looked_through: Option<i64>) -> Result<u64> {
        let mut written = 0;
        if !new.is_empty() {
            let rows: Json = new.iter().map(row).collect();
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, DECIDE, [rows.into()]);
            written = self.db.execute_raw(statement).await?.rows_affected();
        }
        if let Some(position) = looked_through {
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, LOOKED, [position.into()]);
            self.db.execute_raw(statement).await?;
        }
        Ok(written)
    }
}

fn row(new: &NewAlertDelivery) -> Json {
    let NewAlertDelivery { subscription_id, scope, kind, subject, payload, send_at } = new;
    let (id, seen_by): (Uuid, String) = (subscription_id.0, scope.name());
    json!({ "id": id, "kind": kind.as_str(), "subject": subject, "seen_by": seen_by, "payload": payload, "send_at": send_at })
}
