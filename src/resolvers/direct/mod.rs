//! Answers without the executor: of documents that ask for nothing but columns, of rows that are found by them ([`reading`]) or of an
//! action that is changed ([`changing`]).
//!
//! What such a document asks for is worked out once. Everything else, and whatever is unusual in a request (a value that cannot be read, a
//! cursor of another list, a caller who may not), is for the executor, which says what is wrong. Both read and change by the same functions,
//! within the same scope.

mod arguments;
mod changing;
mod compile;
mod fields;
mod members;
mod reading;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Name, Response};
use async_graphql_value::ConstValue;
use serde_json::{Map, Value as Json};

use self::arguments::Variables;
use self::changing::Changing;
use self::reading::Reading;
use super::Api;
use crate::auth::Viewer;

/// A document that is answered without the executor.
#[derive(Debug)]
pub struct Direct {
    asked: Asked,
    /// What variables are that are not given.
    defaults: Vec<(Name, ConstValue)>,
}

#[derive(Debug)]
enum Asked {
    Reading(Reading),
    Changing(Changing),
}

/// The data of an answer as JSON text, or the answer that tells an error.
pub type Said = Result<String, Box<Response>>;

impl Direct {
    /// None where the executor has to answer.
    #[must_use]
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Self> {
        compile::compile(document, operation)
    }
}

impl Api {
    /// What is answered; none where the executor has to.
    pub async fn direct(&self, direct: &Direct, variables: &Map<String, Json>, viewer: &Viewer) -> Option<Said> {
        let variables = Variables { given: variables, defaults: &direct.defaults };
        let said = match &direct.asked {
            Asked::Reading(reading) => self.read(reading, variables, viewer).await.map(Ok),
            Asked::Changing(changing) => self.change(changing, variables, viewer).await,
        };
        metrics::counter!("rpm_direct_answers_total").increment(u64::from(said.is_some()));
        said
    }
}
