//! What Cloud Storage says, in our words.

use std::error::Error as StdError;
use std::io;

use google_cloud_storage::Error as StorageError;
use google_cloud_storage::error::{ReadError, WriteError};

use crate::lake::LakePath;
use crate::lake::error::LakeError;

/// An answer by its HTTP status.
pub(super) fn of_status(status: u16, words: &str) -> LakeError {
    let text = format!("{status} {words}");
    match status {
        401 | 403 => LakeError::Denied(text),
        404 | 410 => LakeError::NotFound(text),
        409 | 412 => LakeError::Conflict(text),
        408 | 429 | 500.. => LakeError::Unavailable(text),
        _ => LakeError::Invalid(text),
    }
}

/// Whether somebody else has written the object since we looked.
pub(super) fn is_overtaken(error: &StorageError) -> bool {
    matches!(error.http_status_code(), Some(409 | 412))
}

/// An error of Google's crate, which has tried again already where that could help.
pub(super) fn of_storage(path: &LakePath, error: &StorageError) -> LakeError {
    if let Some(status) = error.http_status_code() {
        let words = error.http_payload().map(|payload| String::from_utf8_lossy(&payload[..payload.len().min(500)]));
        let words = words.unwrap_or_default();
        return match status {
            404 => LakeError::NotFound(path.to_string()),
            // The service has compared the checksum that we told it with what arrived, and kept nothing.
            400 if words.to_lowercase().contains("crc32c") => damaged(path, &words),
            _ => of_status(status, &format!("{path}: {words}")),
        };
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(reason) = cause {
        if let Some(WriteError::ChecksumMismatch { mismatch, .. }) = reason.downcast_ref() {
            return damaged(path, mismatch);
        }
        if let Some(ReadError::ChecksumMismatch(mismatch)) = reason.downcast_ref() {
            return damaged(path, mismatch);
        }
        if let Some(reason) = reason.downcast_ref::<io::Error>().filter(|_| error.is_serialization()) {
            let source = io::Error::new(reason.kind(), reason.to_string());
            return LakeError::Io { what: format!("cannot read what is sent as {path}"), source };
        }
        cause = reason.source();
    }
    if error.is_authentication() {
        return LakeError::Denied(format!("{path}: {error}"));
    }
    if error.is_binding() || error.is_serialization() {
        return LakeError::Invalid(format!("{path}: {error}"));
    }
    LakeError::Unavailable(format!("{path}: {error}"))
}

fn damaged(path: &LakePath, what: &impl ToString) -> LakeError {
    LakeError::Corrupt { path: path.to_string(), what: what.to_string() }
}
