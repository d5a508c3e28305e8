//! Settings, as `serve` would take them.

use chrono::Utc;

use super::Examiner;
use super::finding::Finding;
use crate::commands::{SECRET_FILE, serve, tokens};
use crate::error::Result;
use cluster::default_home;

pub(super) fn examine(examiner: &mut Examiner<'_>) -> Result<()> {
    let (common, settings) = (examiner.common, examiner.serve);
    examiner.tell(match serve::refuse(settings) {
        Ok(()) => Finding::ok("settings", "flags and environment", "do not contradict each other"),
        Err(error) => {
            Finding::failed("settings", "flags and environment", error, "change the setting; `rpm-api serve --help` has all")
        }
    })?;
    examiner.tell(secret(examiner))?;
    let now = Utc::now().with_timezone(&common.timezone).format("%A %Y-%m-%d %H:%M");
    examiner.tell(Finding::ok("time zone", format!("RPM_TIMEZONE {}", common.timezone), format!("it is {now} there")))?;
    for path in &settings.ingest {
        examiner.tell(match std::fs::metadata(path) {
            Ok(_) => Finding::ok("plans", path.display(), "can be seen"),
            Err(error) => {
                Finding::failed("plans", path.display(), error, "RPM_INGEST names files and folders that the server can read")
            }
        })?;
    }
    Ok(())
}

/// What signs tokens. Nothing is made where there is nothing yet.
fn secret(examiner: &Examiner<'_>) -> Finding {
    let common = examiner.common;
    let advice = "set JWT_SECRET to 32 bytes or more, the same for all instances: openssl rand -base64 48";
    if common.jwt_secret.is_some() || common.database_url.is_some() {
        return match tokens(common) {
            Ok(_) => Finding::ok("secret", "JWT_SECRET", "is long enough"),
            Err(error) => Finding::failed("secret", "JWT_SECRET", error, advice),
        };
    }
    let file = common.home.clone().unwrap_or_else(default_home).join(SECRET_FILE);
    match std::fs::metadata(&file) {
        Ok(found) if found.len() >= 32 => Finding::ok("secret", file.display(), "is there"),
        Ok(_) => Finding::failed(
            "secret",
            file.display(),
            "is shorter than 32 bytes",
            "remove it: another is made; everybody has to sign in again",
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::ok("secret", file.display(), "is made at the first start")
        }
        Err(error) => Finding::failed("secret", file.display(), error, "run as the user that the server runs as"),
    }
}
