//! How long the lake keeps what, as data: one table for both lakes.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// What happens to the objects of a folder as they age. With neither set, all versions are kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The folder, with a `/` at its end.
    pub prefix: String,
    /// Age in days at which a version is archived.
    pub coldline_after_days: Option<u32>,
    /// Age in days at which a version is deleted.
    pub delete_after_days: Option<u32>,
}

/// The rules of a lake. What no rule names is kept for good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lifecycle {
    /// The rules; no prefix begins with another.
    pub rules: Vec<Rule>,
}

/// The owner's rules: folder, archived after days, deleted after days.
const RULES: &[(&str, Option<u32>, Option<u32>)] = &[
    ("rpm-plans/raw/", None, None),
    ("agent-outputs/", Some(30), Some(90)),
    ("session-logs/", Some(60), Some(180)),
    ("agent-status/snapshots/", None, Some(30)),
    ("deliverables/songs/", None, None),
    ("analytics/exports/", Some(180), Some(365)),
    // Not the owner's: copies of the database, and what `doctor` tries the lake with.
    ("backups/", Some(30), Some(365)),
    ("doctor/", None, Some(1)),
];

/// What the rules want of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Leave it as it is.
    Keep,
    /// Move it to the archive.
    Archive,
    /// Delete it.
    Delete,
}

impl Lifecycle {
    /// The rules of this project's lake.
    #[must_use]
    pub fn standard() -> Self {
        let rule = |&(prefix, coldline_after_days, delete_after_days): &(&str, _, _)| Rule {
            prefix: prefix.to_owned(),
            coldline_after_days,
            delete_after_days,
        };
        Self { rules: RULES.iter().map(rule).collect() }
    }

    /// The rules that do something, by folder: what a lake gives back, since to keep is to have no rule.
    #[must_use]
    pub fn acting(&self) -> Self {
        let acts = |rule: &&Rule| rule.coldline_after_days.is_some() || rule.delete_after_days.is_some();
        let mut rules: Vec<Rule> = self.rules.iter().filter(acts).cloned().collect();
        rules.sort_by(|one, other| one.prefix.cmp(&other.prefix));
        Self { rules }
    }

    /// Where the rules that a lake holds are others than these.
    #[must_use]
    pub fn differences(&self, held: &Self) -> Vec<String> {
        let days = |days: Option<u32>| days.map_or_else(|| "never".to_owned(), |days| format!("after {days} days"));
        let told = |rule: Option<&Rule>| {
            let (archived, deleted) = rule.map_or((None, None), |rule| (rule.coldline_after_days, rule.delete_after_days));
            format!("archived {}, deleted {}", days(archived), days(deleted))
        };
        let (wanted, held) = (self.acting().rules, held.acting().rules);
        let mut prefixes: Vec<&str> = wanted.iter().chain(&held).map(|rule| rule.prefix.as_str()).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let of = |rules: &'_ [Rule], prefix: &str| rules.iter().find(|rule| rule.prefix == prefix).cloned();
        let differs = |prefix: &str| {
            let (wanted, held) = (of(&wanted, prefix), of(&held, prefix));
            (wanted != held).then(|| format!("{prefix} is {}, not {}", told(held.as_ref()), told(wanted.as_ref())))
        };
        prefixes.into_iter().filter_map(differs).collect()
    }

    /// What is to happen at `now` to a version that came into the lake at `created`. An age of n days is reached n times
    /// 24 hours after that, as in Cloud Storage.
    #[must_use]
    pub fn fate(&self, path: &str, created: DateTime<Utc>, now: DateTime<Utc>) -> Fate {
        let reached = |days: Option<u32>| days.is_some_and(|days| now - created >= TimeDelta::days(i64::from(days)));
        let of_this = |rule: &&Rule| path.starts_with(&rule.prefix);
        match self.rules.iter().find(of_this) {
            Some(rule) if reached(rule.delete_after_days) => Fate::Delete,
            Some(rule) if reached(rule.coldline_after_days) => Fate::Archive,
            _ => Fate::Keep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(path: &str, age: TimeDelta) -> Fate {
        let created = DateTime::UNIX_EPOCH;
        Lifecycle::standard().fate(path, created, created + age)
    }

    #[test]
    fn the_rules_act_to_the_second() {
        let second = TimeDelta::seconds(1);
        for (path, archived, deleted) in [
            ("agent-outputs/qa/report.md", Some(30), Some(90)),
            ("session-logs/2025/10/a.md", Some(60), Some(180)),
            ("agent-status/snapshots/2025/10/27/a.json", None, Some(30)),
            ("analytics/exports/2025/10/a.json", Some(180), Some(365)),
            ("backups/2025/10/a.dump", Some(30), Some(365)),
            ("doctor/a.txt", None, Some(1)),
        ] {
            if let Some(archived) = archived {
                assert_eq!(fate(path, TimeDelta::days(archived) - second), Fate::Keep, "{path}");
                assert_eq!(fate(path, TimeDelta::days(archived)), Fate::Archive, "{path}");
            }
            let before = if archived.is_some() { Fate::Archive } else { Fate::Keep };
            if let Some(deleted) = deleted {
                assert_eq!(fate(path, TimeDelta::days(deleted) - second), before, "{path}");
                assert_eq!(fate(path, TimeDelta::days(deleted)), Fate::Delete, "{path}");
            }
        }
    }

    #[test]
    fn plans_and_songs_and_what_no_rule_names_stay() {
        let age = TimeDelta::days(36_500);
        for path in [
            "rpm-plans/raw/2025/W43/a.md",
            "rpm-plans/processed/a.json",
            "deliverables/songs/raw/a.mp3",
            "deliverables/code/a.zip",
            "agent-outputsx/a",
        ] {
            assert_eq!(fate(path, age), Fate::Keep, "{path}");
        }
    }

    #[test]
    fn no_folder_has_two_rules() {
        let rules = Lifecycle::standard().rules;
        for (index, one) in rules.iter().enumerate() {
            for other in &rules[index + 1..] {
                assert!(!one.prefix.starts_with(&other.prefix) && !other.prefix.starts_with(&one.prefix));
            }
        }
        assert_eq!(Lifecycle::standard().acting().rules.len(), 6);
    }

    #[test]
    fn what_differs_is_told() {
        let (standard, mut other) = (Lifecycle::standard(), Lifecycle::standard());
        assert_eq!(standard.differences(&standard.acting()), [""; 0]);
        other.rules.retain(|rule| rule.prefix != "backups/");
        other.rules[1].delete_after_days = Some(9);
        other.rules.push(Rule { prefix: "x/".to_owned(), coldline_after_days: None, delete_after_days: Some(1) });
        assert_eq!(
            standard.differences(&other),
            [
                "agent-outputs/ is archived after 30 days, deleted after 9 days, not archived after 30 days, deleted after 90 days",
                "backups/ is archived never, deleted never, not archived after 30 days, deleted after 365 days",
                "x/ is archived never, deleted after 1 days, not archived never, deleted never",
            ]
        );
    }
}
