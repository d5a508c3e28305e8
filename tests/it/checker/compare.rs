//! What a client saw against what it should have seen.

use std::collections::BTreeSet;

use serde::Deserialize;

/// An event as the log has it.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: i64,
    pub event_type: String,
    /// Names of the owners at that moment.
    pub owners: Vec<String>,
}

impl Row {
    pub fn new(id: i64, event_type: &str, owners: &[&str]) -> Self {
        Self { id, event_type: event_type.to_owned(), owners: owners.iter().map(|&owner| owner.to_owned()).collect() }
    }
}

/// What a client says that it saw.
#[derive(Debug, Default, Deserialize)]
pub struct Log {
    pub transport: String,
    pub patient: bool,
    pub member: String,
    pub types: Option<Vec<String>>,
    pub owner: Option<String>,
    pub trouble: Option<String>,
    /// The ids of the events, connection by connection.
    pub connections: Vec<Vec<i64>>,
}

/// Whose events a TEAM member sees here.
pub const TEAM_OWNER: &str = "Artifacts";

impl Log {
    pub fn of(types: Option<&[&str]>, connections: &[&[i64]]) -> Self {
        let types = types.map(|types| types.iter().map(|&kind| kind.to_owned()).collect());
        Self { types, connections: connections.iter().map(|ids| ids.to_vec()).collect(), ..Self::default() }
    }

    pub fn deliveries(&self) -> usize {
        self.connections.iter().map(Vec::len).sum()
    }

    pub fn describe(&self) -> String {
        format!(
            "{}, {}, {}, types {:?}, owner {:?}, last trouble {:?}",
            self.transport,
            if self.patient { "patient" } else { "dropping" },
            self.member,
            self.types,
            self.owner,
            self.trouble
        )
    }

    fn is_for(&self, row: &Row) -> bool {
        let owned_by = |owner: &str| row.owners.iter().any(|own| own == owner);
        self.types.as_ref().is_none_or(|types| types.contains(&row.event_type))
            && self.owner.as_deref().is_none_or(owned_by)
            && (self.member != "team" || owned_by(TEAM_OWNER))
    }
}

/// Everything that is wrong with what a client saw, one sentence each.
pub fn faults(rows: &[Row], log: &Log) -> Vec<String> {
    let expected: BTreeSet<i64> = rows.iter().filter(|row| log.is_for(row)).map(|row| row.id).collect();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, connection) in log.connections.iter().enumerate() {
        // What was seen before may come again, from the beginning of a connection on and in order.
        let mut previous = None;
        for &id in connection {
            let newest = seen.last().copied().unwrap_or(0);
            if !expected.contains(&id) {
                faults.push(format!("{id} is not for this client (connection {number})"));
            }
            match previous {
                Some(previous) if previous == id => faults.push(format!("{id} came twice on one connection ({number})")),
                Some(previous) if previous > id => {
                    faults.push(format!("{id} came out of order, behind {previous} (connection {number})"));
                }
                _ if id < newest && !seen.contains(&id) => {
                    faults.push(format!("{id} came out of order, when {newest} had been seen (connection {number})"));
                }
                _ => {}
            }
            previous = Some(id);
            seen.insert(id);
        }
    }
    for &id in expected.difference(&seen) {
        let before = seen.range(..id).next_back();
        let after = seen.range(id..).next();
        faults.push(format!("missing {id} between {before:?} and {after:?}"));
    }
    faults
}
