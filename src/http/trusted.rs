//! Trusted documents: operations that are registered by their hash, and roles that run no others.
//!
//! A client sends the hash in place of the text: as `documentId` (`sha256:HEX`, the way of GraphQL over HTTP's appendix on persisted
//! documents), or as `extensions.persistedQuery.sha256Hash` (Apollo's way). Nothing is registered by asking for it.

use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use super::errors::{Rejection, code};
use super::params::Params;
use crate::entities::enums::Role;

/// The registered documents, and whom they bind.
#[derive(Clone, Debug, Default)]
pub struct TrustedDocuments {
    by_hash: HashMap<String, String>,
    bound: HashSet<Role>,
}

impl TrustedDocuments {
    /// Documents by the SHA-256 of their text, in hexadecimal; roles that run nothing else.
    ///
    /// # Errors
    /// When a document is not the one that its hash says.
    pub fn new(documents: HashMap<String, String>, bound: impl IntoIterator<Item = Role>) -> Result<Self, String> {
        let mut by_hash = HashMap::new();
        for (given, text) in documents {
            let hash = hash(&text);
            if given.trim_start_matches("sha256:").to_lowercase() != hash {
                return Err(format!("the document {given} has the hash {hash}"));
            }
            by_hash.insert(hash, text);
        }
        Ok(Self { by_hash, bound: bound.into_iter().collect() })
    }

    /// The texts of the documents.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_hash.values().map(String::as_str)
    }

    /// Puts the text in place of its hash, and lets a role pass that may run it.
    ///
    /// # Errors
    /// `DOCUMENT_NOT_FOUND` for a hash that is not registered, `FORBIDDEN` for a text that is not, where the role is bound.
    pub(super) fn resolve(&self, params: &mut Params, role: Role) -> Result<(), Rejection> {
        if let Some(id) = &params.document_id {
            let known = self.by_hash.get(&id.trim_start_matches("sha256:").to_lowercase());
            // A text beside it is Apollo's way of registering one.
            let Some(text) = known else {
                if !params.query.is_empty() && !self.bound.contains(&role) {
                    return Ok(());
                }
                let message = "There is no document with this hash; send its text.";
                return Err(Rejection::document(code::DOCUMENT_NOT_FOUND, message, Vec::new()));
            };
            params.query.clone_from(text);
            return Ok(());
        }
        if self.bound.contains(&role) && !self.by_hash.contains_key(&hash(&params.query)) {
            let message = format!("{} runs registered documents only.", role.as_str().to_uppercase());
            return Err(Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message));
        }
        Ok(())
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
