//! Alerts and calendars as the server uses them.

use std::sync::Arc;

use chrono::Utc;
use futures_util::FutureExt;

use super::tokens;
use crate::alerts::{Decider, DigestAt, EmailSettings, Secrets, Sender, SmsSettings, Ways};
use crate::calendar::{Calendars, Shown};
use crate::config::{self, Common, Serve};
use crate::error::Result;
use crate::http::ReadCalendar;
use crate::jobs::alerts::Alerts;
use crate::store::Store;

/// The ways by which this server sends.
///
/// # Errors
/// As [`tokens`].
pub fn ways(common: &Common, settings: &config::Alerts) -> Result<Ways> {
    let secrets = Secrets::new(tokens(common)?.derive_each(b"webhook secrets"));
    Ok(Ways {
        secrets,
        private_webhooks: settings.private_webhooks,
        email: email(settings),
        sms: sms(settings),
        timeout: settings.alert_timeout,
        attempts: settings.alert_attempts,
    })
}

/// The mail server; none where none is set.
#[must_use]
pub fn email(settings: &config::Alerts) -> Option<EmailSettings> {
    let (url, from) = settings.smtp_url.clone().zip(settings.smtp_from.clone())?;
    Some(EmailSettings { url, from })
}

/// Who sends SMS; none where nobody is set.
#[must_use]
pub fn sms(settings: &config::Alerts) -> Option<SmsSettings> {
    let (account, token) = settings.twilio_account.clone().zip(settings.twilio_token.clone())?;
    let (url, from) = (settings.twilio_url.clone(), settings.twilio_from.clone()?);
    Some(SmsSettings { url, account, token, from, per_hour: settings.sms_per_hour })
}

/// The job that decides on alerts and sends them.
///
/// # Errors
/// When a setting cannot be used.
pub fn job(common: &Common, serve: &Serve, store: &Store, ways: &Ways) -> Result<Alerts> {
    Ok(Alerts {
        decider: Decider {
            store: store.clone(),
            basis: common.basis(),
            link: serve.public_url.clone(),
            digest: DigestAt { day: serve.alerts.digest_day, hour: serve.alerts.digest_hour },
        },
        sender: Sender::new(store.clone(), ways, common.timezone)?,
        every: serve.alerts.alerts_every,
    })
}

/// What reads calendars by their links.
#[must_use]
pub fn calendar(common: &Common, serve: &Serve, store: &Store) -> ReadCalendar {
    let calendars = Calendars { store: store.clone(), zone: common.timezone, link: serve.public_url.clone() };
    Arc::new(move |secret, as_tasks| {
        let calendars = calendars.clone();
        let shown = if as_tasks { Shown::Tasks } else { Shown::Entries };
        async move { calendars.read(&secret, shown, Utc::now()).await }.boxed()
    })
}
