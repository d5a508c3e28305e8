//! Which tables a statement is about, told from its text.
//!
//! All that is read and written goes through the store, so what an answer is made of can be noted where it happens: nobody has to
//! say it beside a query, or can forget to. A name counts wherever it stands in a statement; one that is not the table's makes a set
//! larger than it must be, which costs a question to the database and nothing else.

use std::ops::BitOrAssign;
use std::sync::LazyLock;

use quick_cache::sync::Cache;

/// The tables whose changes are announced: a trigger of each says its name where [`super::Store::hints`] listens (migration 19).
pub const ANNOUNCED: &[&str] = &[
    "action_owners",
    "action_stages",
    "agent_heartbeats",
    "agent_status",
    "api_keys",
    "audit_log",
    "company_changes",
    "company_totals",
    "deliverables",
    "event_log",
    "events",
    "ingest_runs",
    "members",
    "owner_aliases",
    "owners",
    "projects",
    "rpm_action_items",
    "rpm_dna_periods",
    "rpm_results",
    "rpm_weekly_plans",
    "suno_songs",
];

/// The other tables: what is read of them is not remembered.
pub const SILENT: &[&str] = &[
    "alert_deliveries",
    "alert_subscriptions",
    "alert_watch",
    "calendar_feeds",
    "ingested_files",
    "job_leases",
    "job_outcomes",
    "period_touches",
    "refresh_tokens",
    "seaql_migrations",
    "sessions",
    "warehouse_exports",
    "warehouse_looks",
    "warehouse_touches",
];

/// The functions of the database that write, and what, what it is about first: named in a statement, they count as an UPDATE of these.
pub(super) const FUNCTIONS: &[(&str, &[&str])] = &[
    ("append_events", &["events"]),
    ("change_actions", &["rpm_action_items", "agent_status", "events", "rpm_results", "rpm_weekly_plans"]),
    ("credit_agents", &["agent_status"]),
    ("roll_up", &["rpm_results", "rpm_weekly_plans"]),
];

/// What the triggers of a table write beside it.
const ALONG: &[(&str, &[&str])] = &[
    ("deliverables", &["company_changes"]),
    ("events", &["audit_log"]),
    ("rpm_action_items", &["action_owners", "action_stages", "company_changes"]),
    ("rpm_weekly_plans", &["company_changes"]),
];

/// Tables whose rows take rows of others along when they go.
const PARENTS: &[&str] = &[
    "agent_status",
    "deliverables",
    "members",
    "owners",
    "projects",
    "rpm_action_items",
    "rpm_results",
    "rpm_weekly_plans",
    "suno_songs",
];

/// How many statements' texts are remembered: each has its own list of placeholders.
const REMEMBERED: usize = 1024;

/// A set of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tables(u64);

impl Tables {
    pub(super) const NONE: Self = Self(0);
    /// All that are announced.
    pub(super) const ALL: Self = Self((1 << ANNOUNCED.len()) - 1);
    /// One or more of those that are not.
    const UNHEARD: Self = Self(1 << 63);

    /// A table by its name.
    pub(super) fn named(name: &str) -> Option<Self> {
        ANNOUNCED.iter().position(|known| *known == name).map(|at| Self(1 << at))
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the changes of each are announced.
    pub(super) const fn are_announced(self) -> bool {
        self.0 & Self::UNHEARD.0 == 0
    }

    /// The places of its tables in [`ANNOUNCED`].
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        (0..ANNOUNCED.len()).filter(move |at| self.0 >> at & 1 == 1)
    }

    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    pub(super) const fn of_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl BitOrAssign for Tables {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The tables that it names.
    pub(super) tables: Tables,
    /// Those that may be others when it has run, what triggers do included.
    pub(super) changed: Tables,
}

static SEEN: LazyLock<Cache<Box<str>, Mention>> = LazyLock::new(|| Cache::new(REMEMBERED));

/// What a statement does, by its text.
pub(super) fn mention(sql: &str) -> Mention {
    if let Some(known) = SEEN.get(sql) {
        return known;
    }
    let mention = read(sql);
    SEEN.insert(sql.into(), mention);
    mention
}

/// Which announced tables may be others when a statement has run.
#[must_use]
pub fn changed_by(sql: &str) -> Vec<&'static str> {
    mention(sql).changed.places().map(|at| ANNOUNCED[at]).collect()
}

fn read(sql: &str) -> Mention {
    let (mut tables, mut writes, mut removes) = (Tables::NONE, false, false);
    for word in sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        match Tables::named(word) {
            Some(table) => tables |= table,
            None if SILENT.contains(&word) => tables |= Tables::UNHEARD,
            None => {
                for written in FUNCTIONS.iter().filter(|(name, _)| *name == word).flat_map(|(_, written)| *written) {
                    tables |= Tables::named(written).unwrap_or(Tables::ALL);
                    writes = true;
                }
                writes |= ["INSERT", "UPDATE", "COPY", "MERGE"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
                removes |= ["DELETE", "TRUNCATE"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
            }
        }
    }
    let are_parents = PARENTS.iter().filter_map(|parent| Tables::named(parent)).any(|parent| tables.0 & parent.0 != 0);
    let changed = if removes && are_parents {
        Tables::ALL
    } else if writes || removes {
        let mut changed = tables;
        for (table, along) in ALONG {
            let is_named = Tables::named(table).is_some_and(|table| tables.0 & table.0 != 0);
            for other in along.iter().filter(|_| is_named) {
                changed |= Tables::named(other).unwrap_or(Tables::ALL);
            }
        }
        changed
    } else {
        Tables::NONE
    };
    Mention { tables, changed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(sql: &str) -> Vec<&'static str> {
        mention(sql).tables.places().map(|at| ANNOUNCED[at]).collect()
    }

    #[test]
    fn a_statement_is_about_the_tables_that_it_names() {
        let read = r#"SELECT "a"."id" FROM "rpm_action_items" AS a JOIN owners o ON TRUE WHERE updated_at > $1 FOR UPDATE"#;
        assert_eq!(named(read), ["owners", "rpm_action_items"]);
        assert!(mention(read).tables.are_announced());
        assert!(!mention("SELECT * FROM sessions").tables.are_announced());
        assert_eq!(mention("SELECT 1").tables, Tables::NONE);
    }

    #[test]
    fn what_is_written_takes_along_what_triggers_write() {
        assert_eq!(changed_by("SELECT id, updated_at FROM events"), [""; 0]);
        assert_eq!(changed_by("with x as (select 1) insert into events select * from x"), ["audit_log", "events"]);
        assert_eq!(
            changed_by("UPDATE \"rpm_action_items\" SET a = 1"),
            ["action_owners", "action_stages", "company_changes", "rpm_action_items"]
        );
        assert_eq!(changed_by("SELECT append_events($1)"), ["audit_log", "events"]);
        assert_eq!(mention("DELETE FROM rpm_results").changed, Tables::ALL);
        assert_eq!(changed_by("DELETE FROM rpm_dna_periods"), ["rpm_dna_periods"]);
    }
}
