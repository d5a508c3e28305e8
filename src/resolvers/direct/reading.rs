//! Rows that the database writes as JSON itself: one statement, whose text is made once; its answer is sent as it comes.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::OnceLock;

use chrono::Utc;
use serde_json::Map;

use super::super::Api;
use super::arguments::{Arguments, Variables};
use super::fields::{ROOT_PERMISSION, Relation};
use super::text::object;
use crate::analytics::Basis;
use crate::auth::Viewer;
use crate::store::{Part, Rows, Scope, Template, good_until};

/// A document that the database answers.
#[derive(Debug)]
pub(super) struct Reading {
    /// The names of the root fields in the answer, and what each is.
    pub(super) roots: Vec<(String, Part)>,
    /// Rows, by their places.
    pub(super) wanted: Vec<(Relation, Arguments)>,
    /// Whether it holds only for those who see everything.
    pub(super) of_all: bool,
    pub(super) whole: OnceLock<Option<Texts>>,
    pub(super) owned: OnceLock<Option<Texts>>,
}

/// The statement of a document, and those of its rows that every request asks for.
#[derive(Debug)]
pub(super) struct Texts {
    template: Template,
    constant: Vec<Option<Rows>>,
}

impl Reading {
    fn texts(&self, scope: Scope, basis: &Basis) -> Option<&Texts> {
        let known = match scope {
            Scope::All => &self.whole,
            Scope::Owner(_) if !self.of_all => &self.owned,
            Scope::Owner(_) | Scope::Nothing => return None,
        };
        known.get_or_init(|| self.make(scope, basis)).as_ref()
    }

    fn make(&self, scope: Scope, basis: &Basis) -> Option<Texts> {
        let none = Variables { given: &Map::new(), defaults: &[] };
        let constant = self.wanted.iter().map(|(relation, arguments)| {
            arguments.are_constant(*relation).then(|| arguments.rows(*relation, none, basis, Utc::now())).flatten()
        });
        let constant: Vec<Option<Rows>> = constant.collect();
        let parts: Vec<&Part> = self.roots.iter().map(|(_, part)| part).collect();
        let template = Template::new(&parts, &constant, scope).ok()?;
        Some(Texts { template, constant })
    }
}

impl Api {
    /// The data of an answer as JSON text; none where the executor has to answer.
    pub(super) async fn read(&self, reading: &Reading, variables: Variables<'_>, viewer: &Viewer) -> Option<String> {
        if !ROOT_PERMISSION.is_of(viewer.role) {
            return None;
        }
        let (store, basis) = (&self.services().store, &self.services().basis);
        let (scope, now) = (viewer.scope(), Utc::now());
        let texts = reading.texts(scope, basis)?;
        let mut rows = Vec::with_capacity(reading.wanted.len());
        for ((relation, arguments), constant) in reading.wanted.iter().zip(&texts.constant) {
            rows.push(match constant {
                Some(known) => Cow::Borrowed(known),
                None => Cow::Owned(arguments.rows(*relation, variables, basis, now)?),
            });
        }
        // Pinned here: an async function that takes a future by value stores it once more in its own.
        let written = pin!(store.written(scope, &texts.template, &rows, now - basis.agent_stale_after));
        let written = store.reading_from_replica(written).await;
        let written = written.inspect_err(|error| tracing::debug!(%error, "the executor answers instead")).ok()?;
        if let Some(last_heartbeat) = written.next_silence {
            good_until(last_heartbeat + basis.agent_stale_after);
        }
        let texts: Vec<&str> = (0..reading.roots.len()).map(|at| written.text(at)).collect::<Result<_, _>>().ok()?;
        let mut data = String::with_capacity(texts.iter().map(|text| text.len() + 32).sum());
        let mut texts = texts.into_iter();
        object(&mut data, &reading.roots, |data, _| data.push_str(texts.next().unwrap_or("null")));
        Some(data)
    }
}
