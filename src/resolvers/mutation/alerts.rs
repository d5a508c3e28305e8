//! Who is told of what.

use async_graphql::{Context, MaybeUndefined, Object};
use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::alerts::{Ways, address, quiet, test_alert};
use crate::auth::{Permission, Viewer};
use crate::entities::enums::{AlertChannel, AlertKind, Role};
use crate::entities::{alert_subscriptions, members};
use crate::error::{ClientError, Error, Result};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::resolvers::member::whose;
use crate::schema::enums;
use crate::schema::inputs::{
    CreateAlertSubscriptionInput, DeleteAlertSubscriptionInput, QuietHoursInput, SendTestAlertInput, UpdateAlertSubscriptionInput,
};
use crate::schema::payloads::{
    CreateAlertSubscriptionPayload, DeleteAlertSubscriptionPayload, SendTestAlertPayload, UpdateAlertSubscriptionPayload,
};
use crate::schema::types::AlertSubscription;
use crate::store::{AlertChange, AlertFilter, NewAlertSubscription, QuietHours, Scope, Whose};

/// How many test alerts a subscription gets in an hour.
const TESTS_AN_HOUR: u64 = 10;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AlertMutation;

/// Kinds that a member can be told of by a channel.
fn kinds(
    field: &str,
    kinds: Vec<enums::AlertKind>,
    member: &members::Model,
    channel: AlertChannel,
) -> Result<Vec<AlertKind>, ClientError> {
    let kinds: Vec<AlertKind> = kinds.into_iter().map(Into::into).collect();
    for kind in &kinds {
        let wrong = match kind {
            AlertKind::Test => "TEST comes by `sendTestAlert` and cannot be subscribed to",
            AlertKind::IngestFailed | AlertKind::ExportFailed if Scope::of(member.role, member.owner_id) != Scope::All => {
                "INGEST_FAILED and EXPORT_FAILED are for ADMIN and VIP"
            }
            AlertKind::WeeklyDigest if channel == AlertChannel::Sms => "WEEKLY_DIGEST does not go by SMS",
            _ => continue,
        };
        return Err(ClientError::input(field, wrong));
    }
    Ok(kinds)
}

fn some_kinds(
    field: &str,
    given: Vec<enums::AlertKind>,
    member: &members::Model,
    channel: AlertChannel,
) -> Result<Vec<AlertKind>, ClientError> {
    if given.is_empty() {
        return Err(ClientError::input(field, format!("`{field}` must name one or more")));
    }
    kinds(field, given, member, channel)
}

/// Where to send to: what this server may send to, and this viewer may have it send to.
fn checked_address(ways: &Ways, viewer: &Viewer, channel: AlertChannel, text: &str) -> Result<String, ClientError> {
    const FIELD: &str = "input.address";
    let checked = match channel {
        AlertChannel::Webhook => address::webhook(text, ways.private_webhooks).map(|url| url.to_string()),
        // They cost money, and nobody has verified whose number it is.
        AlertChannel::Sms if viewer.role != Role::Admin => Err("an ADMIN says which numbers SMS go to".to_owned()),
        AlertChannel::Sms => address::telephone(text),
        AlertChannel::Email => address::email(text).and_then(|email| {
            // The identity provider has verified this one, and no other.
            if email == viewer.email || viewer.role == Role::Admin {
                Ok(email)
            } else {
                Err("alerts go to your own e-mail address; an ADMIN can have them sent to another".to_owned())
            }
        }),
    };
    checked.map_err(|why| ClientError::input(FIELD, format!("`{FIELD}`: {why}")))
}

fn quiet_hours(given: QuietHoursInput) -> Result<QuietHours, ClientError> {
    let time = |field: &str, text: &str| {
        let message = || format!("`{field}` is a time of day such as \"22:00\", not {text:?}");
        quiet::time_of_day(text).ok_or_else(|| ClientError::input(field, message()))
    };
    let hours =
        QuietHours { from: time("input.quietHours.from", &given.from)?, until: time("input.quietHours.until", &given.until)? };
    if hours.from == hours.until {
        return Err(ClientError::input("input.quietHours.until", "Quiet hours end at another time than they begin"));
    }
    Ok(hours)
}

fn time_zone(name: &str) -> Result<String, ClientError> {
    const FIELD: &str = "input.timeZone";
    let zone: Tz = name.trim().parse().map_err(|_| {
        ClientError::input(FIELD, format!("`{FIELD}` is the IANA name of a time zone such as \"America/Chicago\", not {name:?}"))
    })?;
    Ok(zone.name().to_owned())
}

/// What was given, absent or null, of a field that can be taken away.
fn given<T, U>(
    value: MaybeUndefined<T>,
    check: impl FnOnce(T) -> Result<U, ClientError>,
) -> Result<Option<Option<U>>, ClientError> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(value) => check(value).map(|value| Some(Some(value))),
    }
}

/// The member with an e-mail, who can be told of something.
async fn told(ctx: &Context<'_>, email: &str) -> Result<members::Model> {
    let member = ctx.store()?.member_by_email(email).await?.ok_or_else(|| ClientError::not_found("member", email))?;
    if Scope::of(member.role, member.owner_id) == Scope::Nothing {
        let message = format!("{email} may see nothing that alerts tell of");
        return Err(ClientError::input("input.member", message).into());
    }
    Ok(member)
}

/// A subscription and its member.
async fn found(
    ctx: &Context<'_>,
    whose: Whose,
    id: crate::ids::AlertSubscriptionId,
) -> Result<(alert_subscriptions::Model, members::Model)> {
    let row = ctx.store()?.alert_subscription(whose, id).await?;
    let row = row.ok_or_else(|| ClientError::not_found("alert subscription", id))?;
    let member = ctx.store()?.member(row.member_id).await?;
    let member = member.ok_or_else(|| ClientError::not_found("member", row.member_id))?;
    Ok((row, member))
}

#[Object]
impl AlertMutation {
    /// Has somebody told of what happens, by webhook, e-mail or SMS: what the member may see, and nothing else.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn create_alert_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, of what, and by which way.")] input: CreateAlertSubscriptionInput,
    ) -> Nullable<CreateAlertSubscriptionPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            let ways = &ctx.services()?.alerts;
            let email = input.member.map_or_else(|| viewer.email.clone(), |email| email.trim().to_lowercase());
            if email != viewer.email && viewer.role != Role::Admin {
                return Err(ClientError::input("input.member", "Only an ADMIN can subscribe others").into());
            }
            let member = told(ctx, &email).await?;
            let channel: AlertChannel = input.channel.into();
            if !ways.has(channel) {
                let message = format!("This server sends nothing by {}", channel.as_str().to_uppercase());
                return Err(ClientError::input("input.channel", message).into());
            }
            let new = NewAlertSubscription {
                kinds: some_kinds("input.kinds", input.kinds, &member, channel)?,
                urgent_kinds: kinds("input.urgentKinds", input.urgent_kinds.unwrap_or_default(), &member, channel)?,
                channel,
                address: checked_address(ways, viewer, channel, &input.address)?,
                quiet: input.quiet_hours.map(quiet_hours).transpose()?,
                time_zone: input.time_zone.as_deref().map(time_zone).transpose()?,
                member: email,
            };
            let row = ctx.store()?.create_alert_subscription(&viewer.email, &new, ctx.now()).await?;
            let secret = (channel == AlertChannel::Webhook).then(|| ways.secrets.shown(&row));
            Ok(CreateAlertSubscriptionPayload { subscription: AlertSubscription::new(row, member.into()), secret })
        })
        .await
    }

    /// Changes a subscription. What it is newly told of it is told of from then on.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn update_alert_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what about it.")] input: UpdateAlertSubscriptionInput,
    ) -> Nullable<UpdateAlertSubscriptionPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            let ways = &ctx.services()?.alerts;
            let (row, member) = found(ctx, whose(viewer), input.id).await?;
            let channel = row.channel;
            if input.new_secret && channel != AlertChannel::Webhook {
                return Err(ClientError::input("input.newSecret", "Only webhooks have a secret").into());
            }
            let of = |field, given: Vec<enums::AlertKind>| kinds(field, given, &member, channel);
            let change = AlertChange {
                kinds: input.kinds.map(|given| some_kinds("input.kinds", given, &member, channel)).transpose()?,
                urgent_kinds: input.urgent_kinds.map(|given| of("input.urgentKinds", given)).transpose()?,
                address: input.address.map(|text| checked_address(ways, viewer, channel, &text)).transpose()?,
                quiet: given(input.quiet_hours, quiet_hours)?,
                time_zone: given(input.time_zone, |name| time_zone(&name))?,
                is_active: input.is_active,
                new_secret: input.new_secret,
            };
            let (store, now) = (ctx.store()?, ctx.now());
            let row = store.change_alert_subscription(&viewer.email, whose(viewer), input.id, &change, now).await?;
            let secret = change.new_secret.then(|| ways.secrets.shown(&row));
            Ok(UpdateAlertSubscriptionPayload { subscription: AlertSubscription::new(row, member.into()), secret })
        })
        .await
    }

    /// Deletes a subscription, with what was recorded of its deliveries. To keep these, put it aside (`isActive: false`).
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn delete_alert_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteAlertSubscriptionInput,
    ) -> Nullable<DeleteAlertSubscriptionPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            ctx.store()?.delete_alert_subscription(&viewer.email, whose(viewer), input.id).await?;
            Ok(DeleteAlertSubscriptionPayload { id: input.id })
        })
        .await
    }

    /// Sends a test alert, whatever the subscription is told of and in quiet hours too: at most 10 in an hour.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn send_test_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which subscription.")] input: SendTestAlertInput,
    ) -> Nullable<SendTestAlertPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            let (store, now) = (ctx.store()?, ctx.now());
            let (row, member) = found(ctx, whose(viewer), input.id).await?;
            if !row.is_active {
                return Err(ClientError::input("input.id", "The subscription is put aside: nothing is sent by it").into());
            }
            let tests = AlertFilter {
                kinds: Some(vec![AlertKind::Test]),
                subscription_id: Some(row.id),
                created_from: Some(now - TimeDelta::hours(1)),
                ..AlertFilter::default()
            };
            if store.count_alert_deliveries(Whose::Everybodys, &tests).await? >= TESTS_AN_HOUR {
                return Err(ClientError::RateLimited { retry_after_seconds: 3600 }.into());
            }
            let alert = test_alert(&row, Scope::of(member.role, member.owner_id), &viewer.email, now);
            let (kind, subject) = (alert.kind, alert.subject.clone());
            store.decide_alerts(&[alert], None).await?;
            let delivery = store.alert_delivery(row.id, kind, &subject).await?;
            let delivery = delivery.ok_or_else(|| Error::internal("a test alert is gone"))?;
            Ok(SendTestAlertPayload { delivery: delivery.into() })
        })
        .await
    }
}
