//! Answers that the database writes itself: for documents that ask for nothing but columns, and rows that are found by them.
//!
//! Such a document is one statement, whose text is made once; its answer is sent as it comes. Everything else, and whatever is unusual in
//! a request (a value that cannot be read, a cursor of another list, a database that does not answer), is for the executor, which says what
//! is wrong. Both read by the same functions of the store, within the same scope.

mod arguments;
mod compile;
mod fields;

use std::borrow::Cow;
use std::sync::OnceLock;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql_value::ConstValue;
use chrono::Utc;
use serde_json::{Map, Value as Json};

use self::arguments::{Arguments, Variables};
use self::fields::{ROOT_PERMISSION, Relation};
use super::Api;
use crate::analytics::Basis;
use crate::auth::Viewer;
use crate::store::{Part, Rows, Scope, Template, good_until};

/// A document that the database can answer.
#[derive(Debug)]
pub struct Direct {
    /// The names of the root fields in the answer, and what each is.
    roots: Vec<(String, Part)>,
    /// Rows, by their places.
    wanted: Vec<(Relation, Arguments)>,
    defaults: Vec<(Name, ConstValue)>,
    /// Whether it holds only for those who see everything.
    of_all: bool,
    whole: OnceLock<Option<Texts>>,
    owned: OnceLock<Option<Texts>>,
}

/// The statement of a document, and those of its rows that every request asks for.
#[derive(Debug)]
struct Texts {
    template: Template,
    constant: Vec<Option<Rows>>,
}

impl Direct {
    /// None where the executor has to answer.
    #[must_use]
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Self> {
        compile::compile(document, operation)
    }

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
    pub async fn direct(&self, direct: &Direct, variables: &Map<String, Json>, viewer: &Viewer) -> Option<String> {
        if !ROOT_PERMISSION.is_of(viewer.role) {
            return None;
        }
        let (store, basis) = (&self.services().store, &self.services().basis);
        let (scope, now) = (viewer.scope(), Utc::now());
        let texts = direct.texts(scope, basis)?;
        let variables = Variables { given: variables, defaults: &direct.defaults };
        let mut rows = Vec::with_capacity(direct.wanted.len());
        for ((relation, arguments), constant) in direct.wanted.iter().zip(&texts.constant) {
            rows.push(match constant {
                Some(known) => Cow::Borrowed(known),
                None => Cow::Owned(arguments.rows(*relation, variables, basis, now)?),
            });
        }
        let written = store.written(scope, &texts.template, &rows, now - basis.agent_stale_after);
        let written = store.reading_from_replica(written).await;
        let written = written.inspect_err(|error| tracing::debug!(%error, "the executor answers instead")).ok()?;
        if let Some(last_heartbeat) = written.next_silence {
            good_until(last_heartbeat + basis.agent_stale_after);
        }
        metrics::counter!("rpm_direct_answers_total").increment(1);
        let texts: Vec<&str> = (0..direct.roots.len()).map(|at| written.text(at)).collect::<Result<_, _>>().ok()?;
        let mut data = String::with_capacity(texts.iter().map(|text| text.len() + 32).sum());
        data.push('{');
        for (at, ((name, _), text)) in direct.roots.iter().zip(texts).enumerate() {
            data.push_str(if at > 0 { ",\"" } else { "\"" });
            data.push_str(name);
            data.push_str("\":");
            data.push_str(text);
        }
        data.push('}');
        Some(data)
    }
}
