//! By SMS, through Twilio.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Client;
use reqwest::redirect::Policy;

use super::Refusal;
use super::message::{Message, headline};
use super::webhook::{judged, unreachable};
use crate::entities::alert_subscriptions;
use crate::error::{Error, Result};
use crate::store::SmsLimit;
use crate::tls;

/// The longest text, in characters: two parts of an SMS with any letters.
const MAX_TEXT: usize = 134;

/// The account that pays.
#[derive(Clone)]
pub struct SmsSettings {
    /// Where Twilio's API is.
    pub url: String,
    /// The account (`AC…`).
    pub account: String,
    /// Its token.
    pub token: String,
    /// The number that it comes from (`+1…`), or a messaging service (`MG…`).
    pub from: String,
    /// How many go to one number in any hour.
    pub per_hour: u32,
}

impl fmt::Debug for SmsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsSettings").field("account", &self.account).field("from", &self.from).finish_non_exhaustive()
    }
}

impl SmsSettings {
    /// Asks Twilio whether the account is there and the token its own. Nothing is sent.
    ///
    /// # Errors
    /// Why that is not so.
    pub async fn examine(&self, timeout: Duration) -> Result<()> {
        let request = client(timeout)?.get(format!("{}/2010-04-01/Accounts/{}.json", self.url, self.account));
        let response = request.basic_auth(&self.account, Some(&self.token)).send().await.map_err(|error| unreachable(&error));
        let judged = response.and_then(|response| judged(response.status(), response.headers(), Utc::now()));
        judged.map_err(|(Refusal::Passing(why, _) | Refusal::Final(why))| Error::internal(why))
    }
}

/// What asks Twilio. It does not go where it is sent to: the token is for nobody else.
fn client(timeout: Duration) -> Result<Client> {
    tls::http_client().timeout(timeout).redirect(Policy::none()).build().map_err(Error::internal)
}

/// Sends SMS.
#[derive(Clone, Debug)]
pub(super) struct Sms {
    client: Client,
    settings: SmsSettings,
}

impl Sms {
    pub(super) fn new(settings: &SmsSettings, timeout: Duration) -> Result<Self> {
        Ok(Self { client: client(timeout)?, settings: settings.clone() })
    }

    /// How many a number gets.
    pub(super) fn limit(&self, number: &str) -> SmsLimit {
        SmsLimit { number: number.to_owned(), per_hour: self.settings.per_hour }
    }

    /// Sends one for some alerts; Twilio has taken it then. It knows no key by which a second try were the same: after a cut in between, the SMS may
    /// come twice.
    pub(super) async fn send(
        &self,
        subscription: &alert_subscriptions::Model,
        messages: &[Message],
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let SmsSettings { url, account, token, from, per_hour: _ } = &self.settings;
        let sender = if from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let body = headline(messages, MAX_TEXT);
        let form = [("To", subscription.address.as_str()), (sender, from.as_str()), ("Body", body.as_str())];
        let request = self.client.post(format!("{url}/2010-04-01/Accounts/{account}/Messages.json"));
        let response = request.basic_auth(account, Some(token)).form(&form).send().await.map_err(|error| unreachable(&error))?;
        judged(response.status(), response.headers(), now)
    }
}
