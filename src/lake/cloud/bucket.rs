//! The bucket itself: closed to the public, with versions and the rules of the lifecycle.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::CloudLake;
use crate::lake::Lifecycle;
use crate::lake::error::{LakeError, Result};
use crate::lake::lifecycle::Rule;

/// Makes the bucket, or gives the one that is there our settings.
pub(super) async fn provision(lake: &CloudLake, lifecycle: &Lifecycle) -> Result<()> {
    let own = ["b", lake.bucket.as_str()];
    match lake.api.get(&own, &[("fields", "name")]).await {
        Err(LakeError::NotFound(_)) => create(lake, lifecycle).await?,
        known => drop(known?),
    }
    // Also after it was made: somebody else may have made it in between.
    lake.api.call(Method::PATCH, &own, &[], Some(&settings(lifecycle))).await.map(drop)
}

async fn create(lake: &CloudLake, lifecycle: &Lifecycle) -> Result<()> {
    let Some(project) = &lake.project else {
        return Err(LakeError::Invalid(format!("gs://{} is not there, and no project is named to make it in", lake.bucket)));
    };
    let mut bucket = settings(lifecycle);
    bucket["name"] = json!(lake.bucket);
    bucket["storageClass"] = json!("STANDARD");
    if let Some(region) = &lake.region {
        bucket["location"] = json!(region);
    }
    match lake.api.call(Method::POST, &["b"], &[("project", project)], Some(&bucket)).await {
        // Somebody else has just made it.
        Err(LakeError::Conflict(_)) => Ok(()),
        done => done.map(drop),
    }
}

/// How a bucket is set otherwise than [`provision`] would set it.
pub(super) async fn differences(lake: &CloudLake, lifecycle: &Lifecycle) -> Result<Vec<String>> {
    let fields = [("fields", "lifecycle,versioning,iamConfiguration")];
    let held = lake.api.get(&["b", &lake.bucket], &fields).await?;
    Ok(differences_of(&held, lifecycle))
}

fn differences_of(held: &Value, lifecycle: &Lifecycle) -> Vec<String> {
    let wanted = settings(lifecycle);
    let told = [
        ("/versioning/enabled", "older versions are not kept"),
        ("/iamConfiguration/publicAccessPrevention", "the public is not kept out"),
        ("/iamConfiguration/uniformBucketLevelAccess/enabled", "objects have rights of their own"),
    ];
    let mut differences: Vec<String> = told
        .iter()
        .filter(|(pointer, _)| held.pointer(pointer) != wanted.pointer(pointer))
        .map(|(_, what)| (*what).to_owned())
        .collect();
    differences.extend(lifecycle.differences(&lifecycle_of(held.get("lifecycle").unwrap_or(&Value::Null))));
    differences
}

/// What a bucket of ours is set to; all of it each time, since parts that are left out may be reset.
fn settings(lifecycle: &Lifecycle) -> Value {
    json!({
        "iamConfiguration": { "publicAccessPrevention": "enforced", "uniformBucketLevelAccess": { "enabled": true } },
        "versioning": { "enabled": true },
        "lifecycle": { "rule": rules_of(lifecycle) },
    })
}

/// The rules as the service has them: an action and its conditions. A rule to delete counts for the newest version (which
/// becomes an older one) and for the older ones (which go).
fn rules_of(lifecycle: &Lifecycle) -> Vec<Value> {
    let archive = json!({ "type": "SetStorageClass", "storageClass": "COLDLINE" });
    let delete = json!({ "type": "Delete" });
    let mut rules = Vec::new();
    for rule in lifecycle.acting().rules {
        for (action, age) in [(&archive, rule.coldline_after_days), (&delete, rule.delete_after_days)] {
            if let Some(age) = age {
                rules.push(json!({ "action": action, "condition": { "age": age, "matchesPrefix": [rule.prefix] } }));
            }
        }
    }
    rules
}

/// The service's rules as ours. Those that say what ours cannot are left out.
pub(super) fn lifecycle_of(lifecycle: &Value) -> Lifecycle {
    let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
    for rule in lifecycle.get("rule").and_then(Value::as_array).into_iter().flatten() {
        let Some(condition) = rule.get("condition").and_then(Value::as_object).filter(|condition| condition.len() == 2) else {
            continue;
        };
        let age = condition.get("age").and_then(Value::as_u64).and_then(|age| u32::try_from(age).ok());
        let prefixes = condition.get("matchesPrefix").and_then(Value::as_array).into_iter().flatten();
        for prefix in prefixes.filter_map(Value::as_str) {
            let own = rules.entry(prefix).or_insert_with(|| Rule {
                prefix: prefix.to_owned(),
                coldline_after_days: None,
                delete_after_days: None,
            });
            match rule.pointer("/action/type").and_then(Value::as_str) {
                Some("Delete") => own.delete_after_days = age,
                Some("SetStorageClass") if rule.pointer("/action/storageClass") == Some(&json!("COLDLINE")) => {
                    own.coldline_after_days = age;
                }
                _ => {}
            }
        }
    }
    Lifecycle { rules: rules.into_values().collect() }.acting()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_the_owners() {
        let rules: Vec<String> = rules_of(&Lifecycle::standard())
            .iter()
            .map(|rule| {
                let text = |pointer| rule.pointer(pointer).map(ToString::to_string).unwrap_or_default().replace('"', "");
                format!("{} {} {}", text("/condition/matchesPrefix/0"), text("/action/type"), text("/condition/age"))
            })
            .collect();
        let wanted = [
            "agent-outputs/ SetStorageClass 30",
            "agent-outputs/ Delete 90",
            "agent-status/snapshots/ Delete 30",
            "analytics/exports/ SetStorageClass 180",
            "analytics/exports/ Delete 365",
            "backups/ SetStorageClass 30",
            "backups/ Delete 365",
            "doctor/ Delete 1",
            "session-logs/ SetStorageClass 60",
            "session-logs/ Delete 180",
        ];
        assert_eq!(rules, wanted);
    }

    #[test]
    fn the_rules_come_back_as_they_went() {
        let settings = settings(&Lifecycle::standard());
        assert_eq!(lifecycle_of(&settings["lifecycle"]), Lifecycle::standard().acting());
        assert_eq!(lifecycle_of(&Value::Null), Lifecycle::default());
        let other = json!({ "rule": [{ "action": { "type": "Delete" }, "condition": { "age": 1, "isLive": false, "matchesPrefix": ["a/"] } }] });
        assert_eq!(lifecycle_of(&other), Lifecycle::default());
    }

    #[test]
    fn what_differs_is_told() {
        let standard = Lifecycle::standard();
        assert_eq!(differences_of(&settings(&standard), &standard), [""; 0]);
        let mut held = settings(&standard);
        held["versioning"]["enabled"] = json!(false);
        held["iamConfiguration"]["publicAccessPrevention"] = json!("inherited");
        assert_eq!(differences_of(&held, &standard), ["older versions are not kept", "the public is not kept out"]);
        assert_eq!(differences_of(&json!({}), &standard).len(), 3 + standard.acting().rules.len());
    }

    #[test]
    fn a_bucket_is_closed_and_keeps_versions() {
        let settings = settings(&Lifecycle::default());
        assert_eq!(settings["iamConfiguration"]["publicAccessPrevention"], "enforced");
        assert_eq!(settings["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
        assert_eq!(settings["versioning"]["enabled"], true);
    }
}
