//! Who works on the plans, from the spellings in the texts to the canonical owners.

use std::collections::HashMap;

use crate::entities::enums::OwnerKind;
use crate::error::Result;
use crate::ids::OwnerId;
use crate::store::{Tx, normalise, split_owners};

/// The agents, by canonical name.
pub(super) const AGENTS: [&str; 5] = ["Artifacts", "QA", "Planning", "Research", "ExecMon"];

/// The people, by canonical name.
pub(super) const PEOPLE: [&str; 4] = ["Jesse", "Andrew", "Christopher", "Charlie"];

/// Every spelling of an owner in the texts.
pub(super) const SPELLINGS: [(&str, OwnerKind); 11] = [
    ("Jesse", OwnerKind::Person),
    ("Andrew", OwnerKind::Person),
    ("Christopher", OwnerKind::Person),
    ("Charlie", OwnerKind::Person),
    ("Artifacts Agent", OwnerKind::Agent),
    ("QA Agent", OwnerKind::Agent),
    ("Planning Agent", OwnerKind::Agent),
    ("Research Agent", OwnerKind::Agent),
    ("Execution Monitor", OwnerKind::Agent),
    ("ExecMon", OwnerKind::Agent),
    ("Liv Hana", OwnerKind::Agent),
];

/// The owners that the texts mean.
#[derive(Debug)]
pub(super) struct Owners {
    ids: HashMap<String, OwnerId>,
    names: HashMap<OwnerId, String>,
}

impl Owners {
    /// Looks every spelling up once; one that nobody has yet becomes a new owner.
    pub(super) async fn read(tx: &Tx) -> Result<Self> {
        let (mut ids, mut names) = (HashMap::new(), HashMap::new());
        for (spelling, kind) in SPELLINGS {
            let owner = tx.owner(spelling, kind).await?;
            ids.insert(normalise(spelling), owner.id);
            ids.insert(normalise(&owner.name), owner.id);
            names.insert(owner.id, owner.name);
        }
        Ok(Self { ids, names })
    }

    /// The owner of a name, if the texts know it.
    pub(super) fn id(&self, name: &str) -> Option<OwnerId> {
        self.ids.get(&normalise(name)).copied()
    }

    /// The owners that a text names, in the order written.
    pub(super) fn named(&self, text: &str) -> Vec<OwnerId> {
        let mut ids: Vec<OwnerId> = Vec::new();
        for id in split_owners(text).iter().filter_map(|name| self.id(name)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The canonical name of an owner.
    pub(super) fn name(&self, id: OwnerId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }
}
