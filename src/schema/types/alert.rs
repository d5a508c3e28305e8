//! Alerts: who is told of what, and what became of it.

use async_graphql::{ComplexObject, Context, SimpleObject};
use sea_orm::Iterable;

use super::Member;
use crate::entities::{alert_deliveries, alert_subscriptions, enums};
use crate::error::Result;
use crate::ids::{AlertDeliveryId, AlertSubscriptionId};
use crate::schema::connection::Count;
use crate::schema::enums::{AlertChannel, AlertKind, AlertState};
use crate::schema::scalars::{DateTime, Json};
use crate::store::Slice;

/// Somebody who is told of things, and by which way.
#[derive(SimpleObject, Clone, Debug)]
pub struct AlertSubscription {
    /// Its id.
    pub id: AlertSubscriptionId,
    /// Whose it is: what this member may not see it is not told of.
    pub member: Member,
    /// What it is told of.
    pub kinds: Vec<AlertKind>,
    /// By which way.
    pub channel: AlertChannel,
    /// Where to: a URL, an e-mail address or a telephone number.
    pub address: String,
    /// Kinds that do not wait for the end of the quiet hours.
    pub urgent_kinds: Vec<AlertKind>,
    /// From when in the day alerts wait (`22:00`); null where they never do.
    pub quiet_from: Option<String>,
    /// Until when they wait (`07:00`); null where they never do.
    pub quiet_until: Option<String>,
    /// IANA name of the zone of these hours; null for the plans' (RPM_TIMEZONE).
    pub time_zone: Option<String>,
    /// Whether it is told of anything now.
    pub is_active: bool,
    /// What happened before is not told.
    pub told_from: DateTime,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last changed.
    pub updated_at: DateTime,
}

fn kinds(texts: &[String]) -> Vec<AlertKind> {
    enums::AlertKind::iter().filter(|kind| texts.iter().any(|text| text == kind.as_str())).map(Into::into).collect()
}

impl AlertSubscription {
    /// A subscription with its member.
    #[must_use]
    pub fn new(row: alert_subscriptions::Model, member: Member) -> Self {
        let time = |time: chrono::NaiveTime| time.format("%H:%M").to_string();
        Self {
            id: row.id,
            member,
            kinds: kinds(&row.kinds),
            channel: row.channel.into(),
            address: row.address,
            urgent_kinds: kinds(&row.urgent_kinds),
            quiet_from: row.quiet_from.map(time),
            quiet_until: row.quiet_until.map(time),
            time_zone: row.time_zone,
            is_active: row.is_active,
            told_from: DateTime(row.told_from),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}

/// An alert on its way to a subscriber, and what became of it.
#[derive(SimpleObject, Clone, Debug)]
pub struct AlertDelivery {
    /// Its id, which a webhook carries as `webhook-id`: the same for each try.
    pub id: AlertDeliveryId,
    /// Its subscription.
    pub subscription_id: AlertSubscriptionId,
    /// What kind of thing it tells of.
    pub kind: AlertKind,
    /// What it is about, and which occurrence of it: a subscription is told of each once.
    pub subject: String,
    /// What it says, in one line.
    pub title: String,
    /// What it says.
    pub text: String,
    /// What it says, for machines.
    pub data: Json,
    /// Where it stands.
    pub state: AlertState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next; null when it is not.
    pub next_attempt_at: Option<DateTime>,
    /// Why the last try did not succeed; null where none has failed, and when it was sent.
    pub last_error: Option<String>,
    /// When it was decided on.
    pub created_at: DateTime,
    /// When it was sent, given up or suppressed; null while it is pending.
    pub finished_at: Option<DateTime>,
}

impl From<alert_deliveries::Model> for AlertDelivery {
    fn from(mut row: alert_deliveries::Model) -> Self {
        let text = |key: &str| row.payload[key].as_str().unwrap_or_default().to_owned();
        let is_pending = row.state == enums::DeliveryState::Pending;
        Self {
            id: row.id,
            subscription_id: row.subscription_id,
            kind: row.kind.into(),
            title: text("title"),
            text: text("text"),
            data: Json(row.payload["data"].take()),
            subject: row.subject,
            state: row.state.into(),
            attempts: row.attempts,
            next_attempt_at: is_pending.then_some(DateTime(row.next_attempt_at)),
            last_error: row.last_error,
            created_at: DateTime(row.created_at),
            finished_at: row.finished_at.map(DateTime),
        }
    }
}

/// A stretch of what became of alerts.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AlertDeliveryPage {
    /// The deliveries, the latest decided first.
    pub nodes: Vec<AlertDelivery>,
    /// Where this stretch ends: give it as `after` to go on; null when it is empty.
    pub end_cursor: Option<String>,
    /// Whether earlier ones follow.
    pub has_next_page: bool,
    #[graphql(skip)]
    count: Count,
}

#[ComplexObject]
impl AlertDeliveryPage {
    /// How many deliveries the whole list has. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64> {
        (self.count)(ctx).await
    }
}

impl AlertDeliveryPage {
    /// The page for some rows.
    #[must_use]
    pub fn new(slice: Slice<alert_deliveries::Model>, count: Count) -> Self {
        let end_cursor = slice.rows.last().map(|(cursor, _)| cursor.clone());
        let nodes = slice.rows.into_iter().map(|(_, row)| row.into()).collect();
        Self { nodes, end_cursor, has_next_page: slice.has_next, count }
    }
}
