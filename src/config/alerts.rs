//! Alerts, and the ways that they go.

use std::time::Duration;

use clap::Args;

use super::seconds;

/// How people are told of what happens.
#[derive(Args, Debug, Clone)]
pub struct Alerts {
    /// How often the server looks for overdue actions, silent agents and failing jobs, in seconds. What is blocked is told at once.
    #[arg(long, env = "RPM_ALERTS_EVERY", default_value = "60", value_parser = seconds)]
    pub alerts_every: Duration,
    /// How often an alert is tried before it is given up (1 to 20): 10 tries take an hour and a half.
    #[arg(long, env = "RPM_ALERT_ATTEMPTS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub alert_attempts: u32,
    /// How long the other side may take for one, in seconds.
    #[arg(long, env = "RPM_ALERT_TIMEOUT", default_value = "10", value_parser = seconds)]
    pub alert_timeout: Duration,
    /// Day of the week on which the weekly digest goes out.
    #[arg(long, env = "RPM_DIGEST_DAY", default_value = "monday")]
    pub digest_day: chrono::Weekday,
    /// Hour of that day (0 to 23), by the clocks of RPM_TIMEZONE.
    #[arg(long, env = "RPM_DIGEST_HOUR", default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=23))]
    pub digest_hour: u32,
    /// Let webhooks go to private networks and to this machine. Only where everybody who may subscribe may reach these anyhow.
    #[arg(long, env = "RPM_PRIVATE_WEBHOOKS")]
    pub private_webhooks: bool,
    /// Mail server: `smtps://user:password@host[:port]` or `smtp://user:password@host[:port]?tls=required`, name and password
    /// percent-encoded; `smtp://` alone for this machine only. Without it no e-mail is sent.
    #[arg(long, env = "RPM_SMTP_URL", hide_env_values = true, requires = "smtp_from")]
    pub smtp_url: Option<String>,
    /// Sender of e-mail (`RPM <rpm@example.com>`).
    #[arg(long, env = "RPM_SMTP_FROM")]
    pub smtp_from: Option<lettre::message::Mailbox>,
    /// Twilio account that SMS are sent by (`AC…`). Without it none are.
    #[arg(long, env = "RPM_TWILIO_ACCOUNT", requires_all = ["twilio_token", "twilio_from"])]
    pub twilio_account: Option<String>,
    /// Its token.
    #[arg(long, env = "RPM_TWILIO_TOKEN", hide_env_values = true)]
    pub twilio_token: Option<String>,
    /// Number that SMS come from (`+15125550100`), or a messaging service (`MG…`).
    #[arg(long, env = "RPM_TWILIO_FROM")]
    pub twilio_from: Option<String>,
    /// How many SMS the subscriptions to a number send it in any hour. What is over it waits, and then goes together.
    #[arg(long, env = "RPM_SMS_PER_HOUR", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub sms_per_hour: u32,
    /// Where Twilio's API is.
    #[arg(long, env = "RPM_TWILIO_URL", default_value = "https://api.twilio.com", hide = true)]
    pub twilio_url: String,
}

impl Alerts {
    /// Refuses a mail server to which names, passwords and what mails say would go in the clear. Not by the parser of the command line: it
    /// would say the password.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        self.smtp_url.as_deref().map_or(Ok(()), |url| check_smtp_url(url).map_err(|why| format!("RPM_SMTP_URL: {why}")))
    }
}

fn check_smtp_url(text: &str) -> Result<(), String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("no URL: {error}"))?;
    let is_required = url.query_pairs().any(|(key, value)| key == "tls" && value == "required");
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "smtps" => Ok(()),
        "smtp" if is_required || is_loopback => Ok(()),
        _ => Err("give smtps://host, or smtp://host?tls=required".to_owned()),
    }
}
