//! By e-mail, through a mail server.

use std::fmt;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};

use super::Refusal;
use super::message::{MAX_TITLE, Message, headline, listed};
use crate::entities::alert_subscriptions;
use crate::error::{Error, Result};
use crate::ids::AlertMessageId;
use crate::tls;

/// Which mail server, and from whom.
#[derive(Clone)]
pub struct EmailSettings {
    /// `smtps://user:password@host[:port]`, or `smtp://…?tls=required`.
    pub url: String,
    /// The sender.
    pub from: Mailbox,
}

impl fmt::Debug for EmailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

impl EmailSettings {
    /// The way to the mail server; `timeout` is for each command.
    fn transport(&self, timeout: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
        tls::install();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url)
            .map_err(|error| Error::internal(format!("RPM_SMTP_URL: {error}")))?;
        Ok(transport.timeout(Some(timeout)).build())
    }

    /// Tries whether the mail server lets one in. Nothing is sent.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn examine(&self, timeout: Duration) -> Result<()> {
        match self.transport(timeout)?.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::internal("it does not take commands")),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

/// Sends e-mail.
#[derive(Clone, Debug)]
pub(super) struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

impl Email {
    pub(super) fn new(settings: &EmailSettings, timeout: Duration) -> Result<Self> {
        Ok(Self { transport: settings.transport(timeout)?, from: settings.from.clone(), timeout })
    }

    /// Sends one that says all of some alerts; the mail server has taken it then.
    pub(super) async fn send(
        &self,
        id: AlertMessageId,
        subscription: &alert_subscriptions::Model,
        messages: &[Message],
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let mail = self.mail(id, subscription, messages, now).map_err(Refusal::Final)?;
        // Each command has its time; this is for all of them.
        match tokio::time::timeout(self.timeout * 3, self.transport.send(mail)).await {
            Err(_) => Err(Refusal::passing("the mail server took too long")),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let why = format!("the mail server: {error}");
                Err(if error.is_permanent() { Refusal::Final(why) } else { Refusal::passing(why) })
            }
        }
    }

    fn mail(
        &self,
        id: AlertMessageId,
        subscription: &alert_subscriptions::Model,
        messages: &[Message],
        now: DateTime<Utc>,
    ) -> Result<Mail, String> {
        let to: Mailbox = subscription.address.parse().map_err(|error| format!("the address: {error}"))?;
        let link = messages.iter().rev().find_map(|message| message.link.as_ref());
        let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
        let text = format!("{}{link}\n", listed(messages));
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(to)
            .subject(headline(messages, MAX_TITLE))
            .date(SystemTime::from(now))
            // The same for each try: whoever gets it twice can tell.
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
        let mail = match messages {
            [Message { html: Some(html), .. }] => mail.multipart(MultiPart::alternative_plain_html(text, html.clone())),
            _ => mail.singlepart(SinglePart::plain(text)),
        };
        mail.map_err(|error| format!("the mail: {error}"))
    }
}
