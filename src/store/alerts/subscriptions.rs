//! Who is told of what.

use chrono::{DateTime, NaiveTime, SubsecRound, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::entities::enums::{AlertChannel, AlertKind};
use crate::entities::{alert_subscriptions, members};
use crate::error::{ClientError, Result};
use crate::ids::{AlertSubscriptionId, MemberId};
use crate::store::Store;
use crate::store::audit::AccessChange;
use crate::store::transaction::{Actor, Tx};

/// How many subscriptions a member has at most.
const MAX_OF_ONE: u64 = 50;

/// How many are listed at most.
const MAX_LISTED: u64 = 1000;

/// Whose subscriptions, deliveries or links are meant: what is another's is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A member's own.
    Of(MemberId),
    /// Everybody's.
    Everybodys,
}

/// Hours of the day in which alerts wait, by the clocks of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// From this time of day.
    pub from: NaiveTime,
    /// Until this one: on the next day where it is earlier.
    pub until: NaiveTime,
}

/// A subscription to be made.
#[derive(Clone, Debug)]
pub struct NewAlertSubscription {
    /// E-mail of the member that it is for.
    pub member: String,
    /// What it is told of.
    pub kinds: Vec<AlertKind>,
    /// By which way.
    pub channel: AlertChannel,
    /// Where to.
    pub address: String,
    /// When it waits.
    pub quiet: Option<QuietHours>,
    /// Name of the zone of these hours; the plans' where absent.
    pub time_zone: Option<String>,
    /// Kinds that do not wait.
    pub urgent_kinds: Vec<AlertKind>,
}

/// What is changed about a subscription; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct AlertChange {
    /// What it is told of.
    pub kinds: Option<Vec<AlertKind>>,
    /// Where to.
    pub address: Option<String>,
    /// When it waits; `Some(None)`: never.
    pub quiet: Option<Option<QuietHours>>,
    /// The zone of these hours; `Some(None)`: the plans'.
    pub time_zone: Option<Option<String>>,
    /// Kinds that do not wait.
    pub urgent_kinds: Option<Vec<AlertKind>>,
    /// Whether it is told of anything.
    pub is_active: Option<bool>,
    /// Whether a webhook gets another secret.
    pub new_secret: bool,
}

fn texts(kinds: &[AlertKind]) -> Vec<String> {
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect()
}

impl Whose {
    fn select(self) -> Select<alert_subscriptions::Entity> {
        let select = alert_subscriptions::Entity::find();
        match self {
            Self::Of(member) => select.filter(alert_subscriptions::Column::MemberId.eq(member)),
            Self::Everybodys => select,
        }
    }
}

/// What the audit log says of a subscription: where data goes to, by whom it was wanted. What a URL has behind its host is left out: it
/// may be a secret, and the log forgets nothing.
fn described(row: &alert_subscriptions::Model) -> Json {
    let address = match row.channel {
        AlertChannel::Webhook => row.address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
        AlertChannel::Email | AlertChannel::Sms => row.address.clone(),
    };
    json!({ "subscription": row.id, "kinds": row.kinds.join(","), "channel": row.channel.as_str(), "address": address,
        "active": row.is_active, "secretNumber": row.secret_number })
}

impl Store {
    /// Subscriptions, the oldest first: at most 1,000.
    pub async fn alert_subscriptions(&self, whose: Whose) -> Result<Vec<alert_subscriptions::Model>> {
        use alert_subscriptions::Column as C;
        Ok(whose.select().order_by_asc(C::CreatedAt).order_by_asc(C::Id).limit(MAX_LISTED).all(&self.db).await?)
    }

    /// One subscription.
    pub async fn alert_subscription(&self, whose: Whose, id: AlertSubscriptionId) -> Result<Option<alert_subscriptions::Model>> {
        Ok(whose.select().filter(alert_subscriptions::Column::Id.eq(id)).one(&self.db).await?)
    }

    /// Makes a subscription; it is told of what happens from now on.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such member, `BAD_USER_INPUT` when it has 50 already.
    pub async fn create_alert_subscription(
        &self,
        actor: &Actor,
        new: &NewAlertSubscription,
        now: DateTime<Utc>,
    ) -> Result<alert_subscriptions::Model> {
        let made = self
            .transaction(actor, &(actor, new), move |(actor, new), tx| {
                async move {
                    let member = tx.lock_member(&new.member).await?;
                    let own = Whose::Of(member.id).select().count(&tx.db).await?;
                    if own >= MAX_OF_ONE {
                        let message = format!("A member has {MAX_OF_ONE} subscriptions at most; delete one that is not needed");
                        return Err(ClientError::input("input", message).into());
                    }
                    let now = now.trunc_subsecs(6);
                    let row = alert_subscriptions::ActiveModel {
                        id: Set(AlertSubscriptionId(Uuid::new_v4())),
                        member_id: Set(member.id),
                        kinds: Set(texts(&new.kinds)),
                        channel: Set(new.channel),
                        address: Set(new.address.clone()),
                        secret_number: Set(1),
                        quiet_from: Set(new.quiet.map(|quiet| quiet.from)),
                        quiet_until: Set(new.quiet.map(|quiet| quiet.until)),
                        time_zone: Set(new.time_zone.clone()),
                        urgent_kinds: Set(texts(&new.urgent_kinds)),
                        is_active: Set(true),
                        told_from: Set(now),
                        created_at: Set(now),
                        updated_at: Set(now),
                    };
                    let row = alert_subscriptions::Entity::insert(row).exec_with_returning(&tx.db).await?;
                    tx.audit(AccessChange::AlertSubscribed, actor, &member.email, described(&row)).await?;
                    Ok(row)
                }
                .boxed()
            })
            .await?;
        self.alert_bells.subscribed.notify_one();
        Ok(made)
    }

    /// Changes a subscription. What it is newly told of it is told of from now on; what waits goes the new way.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn change_alert_subscription(
        &self,
        actor: &Actor,
        whose: Whose,
        id: AlertSubscriptionId,
        change: &AlertChange,
        now: DateTime<Utc>,
    ) -> Result<alert_subscriptions::Model> {
        let changed = self
            .transaction(actor, &(actor, change), move |(actor, change), tx| {
                async move {
                    let (before, member) = tx.lock_alert_subscription(whose, id).await?;
                    let after = change.applied(&before, now.trunc_subsecs(6));
                    if after == before {
                        return Ok(before);
                    }
                    tx.audit(AccessChange::AlertChanged, actor, &member, described(&after)).await?;
                    Ok(after.into_active_model().reset_all().update(&tx.db).await?)
                }
                .boxed()
            })
            .await?;
        self.alert_bells.subscribed.notify_one();
        Ok(changed)
    }

    /// Deletes a subscription, with what was recorded of its deliveries.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn delete_alert_subscription(&self, actor: &Actor, whose: Whose, id: AlertSubscriptionId) -> Result<()> {
        self.transaction(actor, &actor, move |actor, tx| {
            async move {
                let (row, member) = tx.lock_alert_subscription(whose, id).await?;
                tx.audit(AccessChange::AlertUnsubscribed, actor, &member, described(&row)).await?;
                row.delete(&tx.db).await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }
}

impl AlertChange {
    fn applied(&self, before: &alert_subscriptions::Model, now: DateTime<Utc>) -> alert_subscriptions::Model {
        let mut after = before.clone();
        if let Some(kinds) = &self.kinds {
            after.kinds = texts(kinds);
        }
        if let Some(kinds) = &self.urgent_kinds {
            after.urgent_kinds = texts(kinds);
        }
        if let Some(address) = &self.address {
            after.address.clone_from(address);
        }
        if let Some(quiet) = self.quiet {
            (after.quiet_from, after.quiet_until) = (quiet.map(|quiet| quiet.from), quiet.map(|quiet| quiet.until));
        }
        if let Some(zone) = &self.time_zone {
            after.time_zone.clone_from(zone);
        }
        after.is_active = self.is_active.unwrap_or(before.is_active);
        after.secret_number += i32::from(self.new_secret);
        if after == *before {
            return after;
        }
        let is_told_more = after.kinds.iter().any(|kind| !before.kinds.contains(kind)) || (after.is_active && !before.is_active);
        if is_told_more {
            after.told_from = now;
        }
        after.updated_at = now;
        after
    }
}

impl Tx {
    /// A subscription, locked, and its member's e-mail.
    async fn lock_alert_subscription(
        &self,
        whose: Whose,
        id: AlertSubscriptionId,
    ) -> Result<(alert_subscriptions::Model, String)> {
        let row = whose.select().filter(alert_subscriptions::Column::Id.eq(id)).lock(LockType::Update).one(&self.db).await?;
        let row = row.ok_or_else(|| ClientError::not_found("alert subscription", id))?;
        let member = members::Entity::find_by_id(row.member_id).one(&self.db).await?;
        let email = member.map_or_else(|| row.member_id.to_string(), |member| member.email);
        Ok((row, email))
    }
}
