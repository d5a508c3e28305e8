//! Objects as the JSON API shows them.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::lake::error::{LakeError, Result};
use crate::lake::{LakePath, Stat, StorageClass, Version};

/// The key of an object's metadata that holds its hash.
pub(super) const SHA256: &str = "sha256";

/// What we read of an object. Numbers come as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    name: String,
    generation: String,
    size: String,
    #[serde(default)]
    content_type: String,
    time_created: DateTime<Utc>,
    #[serde(default)]
    storage_class: StorageClass,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    sha256: Option<String>,
}

/// One object.
pub(super) fn stat(answer: &Value) -> Result<Stat> {
    let odd = |what: &dyn std::fmt::Display| LakeError::Unavailable(format!("an object that cannot be read: {what}"));
    let object = Object::deserialize(answer).map_err(|error| odd(&error))?;
    Ok(Stat {
        path: LakePath::new(object.name)?,
        version: Version(object.generation.parse().map_err(|error| odd(&error))?),
        // Metadata that somebody else wrote is no hash of ours.
        sha256: object.metadata.sha256.and_then(|text| text.parse().ok()),
        size: object.size.parse().map_err(|error| odd(&error))?,
        content_type: object.content_type,
        created: object.time_created,
        class: object.storage_class,
    })
}

/// A listing, and the token of the next page. Objects that others have given names which are none here are left out.
pub(super) fn stats(answer: &Value) -> Result<(Vec<Stat>, Option<String>)> {
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let stats = items.iter().map(stat).filter(|stat| !matches!(stat, Err(LakeError::Invalid(_)))).collect::<Result<_>>()?;
    let token = answer.get("nextPageToken").and_then(Value::as_str).filter(|token| !token.is_empty());
    Ok((stats, token.map(ToOwned::to_owned)))
}

/// A version as the service counts them.
pub(super) fn generation(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_of_ours_and_of_others_are_read() {
        let hash = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
        let object = |name: &str, class: &str, metadata: Value| {
            json!({ "name": name, "generation": "1761552900000001", "size": "9", "contentType": "text/plain",
                "timeCreated": "2025-10-27T08:15:00.123Z", "storageClass": class, "metadata": metadata })
        };
        let ours = object("a/b", "COLDLINE", json!({ "sha256": hash, "more": "x" }));
        let others = object("a/c", "NEARLINE", json!({ "sha256": "x" }));
        let folder = object("a/d/", "STANDARD", json!({}));
        let (stats, token) = stats(&json!({ "items": [ours, others, folder], "nextPageToken": "t" })).expect("a listing");
        assert_eq!((stats.len(), token.as_deref()), (2, Some("t")));
        assert_eq!(stats[0].sha256.expect("a hash").to_string(), hash);
        assert_eq!((stats[0].size, stats[0].version.0, stats[0].class), (9, 1_761_552_900_000_001, StorageClass::Coldline));
        assert_eq!((stats[1].sha256, stats[1].class), (None, StorageClass::Other));
        assert!(super::stats(&json!({})).expect("nothing").0.is_empty());
    }
}
