//! The data lake and its outbox.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::Examiner;
use super::finding::Finding;
use crate::commands::lake::options;
use crate::error::Result;
use crate::lake::layout::{Kind, place};
use crate::lake::{self, Lake, Lifecycle, Outbox, Source};
use cluster::default_home;

/// The longest content that is read back, in bytes.
const LONGEST: u64 = 1024;

pub(super) async fn examine(examiner: &mut Examiner<'_>) -> Result<()> {
    let settings = &examiner.serve.lake;
    let home = examiner.common.home.clone().unwrap_or_else(default_home);
    let address = match (&settings.address, &examiner.common.database_url) {
        (Some(address), _) => address.clone(),
        (None, Some(_)) => {
            return examiner.tell(Finding::ok("lake", "RPM_LAKE", "is not set: files are read, and no copies kept"));
        }
        (None, None) => home.join("lake").to_string_lossy().into_owned(),
    };
    if !address.contains("://") && !PathBuf::from(&address).exists() {
        return examiner.tell(Finding::ok("lake", &address, "is made at the first start"));
    }
    match examiner.ask(lake::open(&address, options(settings, None))).await {
        Ok(lake) => {
            let settings = is_as_provisioned(examiner, &lake).await;
            examiner.tell(settings)?;
            let written = takes_and_gives(examiner, &lake).await;
            examiner.tell(written)?;
        }
        Err(error) => {
            examiner.tell(Finding::failed("lake", &address, error, "RPM_LAKE is gs://bucket or a folder; see docs/lake.md"))?
        }
    }
    let folder = settings.outbox.clone().unwrap_or_else(|| home.join("outbox"));
    let waiting = outbox(examiner, folder).await;
    examiner.tell(waiting)
}

async fn is_as_provisioned(examiner: &Examiner<'_>, lake: &Arc<dyn Lake>) -> Finding {
    match examiner.ask(lake.differences(&Lifecycle::standard())).await {
        Ok(differences) if differences.is_empty() => {
            Finding::ok("lake settings", lake.location(), "are as `provision` makes them")
        }
        Ok(differences) => {
            let advice = "run `rpm-api provision`, or `terraform apply` where Terraform keeps the bucket";
            Finding::warning("lake settings", lake.location(), differences.join("; "), advice)
        }
        Err(error) => Finding::failed(
            "lake settings",
            lake.location(),
            error,
            "is there such a bucket (`rpm-api provision` makes it), and may these credentials see it?",
        ),
    }
}

/// Writes an object, reads it back and compares. The lifecycle deletes it after a day.
async fn takes_and_gives(examiner: &Examiner<'_>, lake: &Arc<dyn Lake>) -> Finding {
    let probe = async {
        let content = Bytes::from(format!("rpm-api doctor {}", Uuid::new_v4()));
        let path = place(Kind::Probe, chrono::Utc::now().date_naive(), &format!("{}.txt", Uuid::new_v4()))?;
        lake.put(&path, Source::Bytes(content.clone()), "text/plain").await?;
        let read = lake.read(&path, LONGEST).await?;
        Ok::<_, lake::LakeError>((path, read == content))
    };
    match examiner.ask(probe).await {
        Ok((path, true)) => {
            Finding::ok("lake contents", format!("{}/{path}", lake.location()), "was written, read back and is the same")
        }
        Ok((path, false)) => {
            Finding::failed("lake contents", path, "came back as something else", "trust this lake with nothing")
        }
        Err(error) => Finding::failed(
            "lake contents",
            lake.location(),
            error,
            "copies wait in the outbox meanwhile; the credentials need to see, write and replace objects (Storage Object User)",
        ),
    }
}

async fn outbox(examiner: &Examiner<'_>, folder: PathBuf) -> Finding {
    if !folder.exists() {
        return Finding::ok("outbox", folder.display(), "nothing waits");
    }
    let waiting = async { Outbox::open(&folder)?.pending().await };
    match examiner.ask(waiting).await {
        Ok(waiting) if waiting.is_empty() => Finding::ok("outbox", folder.display(), "nothing waits"),
        Ok(waiting) => {
            let found = format!("{} copies wait for the lake", waiting.len());
            Finding::warning(
                "outbox",
                folder.display(),
                found,
                "a server sends them as soon as the lake takes them: mend the lake, and let one run",
            )
        }
        Err(error) => {
            Finding::failed("outbox", folder.display(), error, "run as the user that the server runs as, or set RPM_OUTBOX")
        }
    }
}
