//! The identity provider.

use super::Examiner;
use super::finding::Finding;
use crate::commands::sign_in;
use crate::error::Result;

pub(super) async fn examine(examiner: &mut Examiner<'_>) -> Result<()> {
    let settings = examiner.serve;
    let providers = [("identity provider", sign_in::provider(settings)), ("firebase", sign_in::firebase(settings))];
    let mut is_any = false;
    for (check, provider) in providers {
        // What is wrong with the settings was told.
        let Ok(Some(provider)) = provider else { continue };
        is_any = true;
        let issuer = provider.issuer().to_owned();
        let finding = match examiner.ask(provider.examine()).await {
            Ok(keys) => {
                let redirect = settings.public_url.as_ref().filter(|_| check == "identity provider");
                let redirect = redirect.map(|url| format!("; register {url}/auth/callback there")).unwrap_or_default();
                Finding::ok(check, &issuer, format!("it answers under this name, with {keys} keys{redirect}"))
            }
            Err(error) => Finding::failed(
                check,
                &issuer,
                error,
                "nobody signs in while it does not answer; is RPM_OIDC_ISSUER its issuer to the letter, and can it be reached from here?",
            ),
        };
        examiner.tell(finding)?;
    }
    if !is_any && !settings.demo {
        let advice = "set RPM_PUBLIC_URL and RPM_OIDC_CLIENT_ID (docs/sign-in.md)";
        examiner.tell(Finding::warning(
            "identity provider",
            "RPM_OIDC_CLIENT_ID",
            "is not set: nobody signs in by a browser",
            advice,
        ))?;
    }
    Ok(())
}
