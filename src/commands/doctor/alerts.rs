//! The ways by which alerts go.

use super::Examiner;
use super::finding::Finding;
use crate::commands::alerts::{email, sms};
use crate::error::Result;

pub(super) async fn examine(examiner: &mut Examiner<'_>) -> Result<()> {
    let settings = &examiner.serve.alerts;
    if let Some(email) = email(settings) {
        let from = email.from.email.to_string();
        examiner.tell(match examiner.ask(email.examine(examiner.patience)).await {
            Ok(()) => Finding::ok("mail server", from, "it lets this server in"),
            Err(error) => {
                let to_do = "alerts by e-mail wait while it does not; are server, name and password of RPM_SMTP_URL right?";
                Finding::failed("mail server", from, error, to_do)
            }
        })?;
    }
    if let Some(sms) = sms(settings) {
        examiner.tell(match examiner.ask(sms.examine(examiner.patience)).await {
            Ok(()) => Finding::ok("SMS", &sms.account, "Twilio knows the account and its token"),
            Err(error) => {
                let to_do =
                    "alerts by SMS wait while it does not; are RPM_TWILIO_ACCOUNT and RPM_TWILIO_TOKEN those of the account?";
                Finding::failed("SMS", &sms.account, error, to_do)
            }
        })?;
    }
    Ok(())
}
