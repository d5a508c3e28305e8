//! Answers without the executor, to documents that ask for nothing but columns: of rows that are found by columns ([`reading`]), or of an
//! action that is changed ([`changing`]).
//!
//! What such a document asks for is worked out once. All other documents, and whatever is unusual in a request (a value that cannot be read, a
//! cursor of another list, a reader who may not, a read that fails), are for the executor, which says what is wrong. What comes of a change is
//! told here, whatever it is. Both ways read and change by the same functions, within the same scope.

mod arguments;
mod changing;
mod compile;
mod fields;
mod members;
mod reading;
mod text;

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
    /// The values of the variables that a request leaves out.
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
            // In a box: its future is large.
            Asked::Reading(reading) => Box::pin(self.read(reading, variables, viewer)).await.map(Ok),
            Asked::Changing(changing) => self.change(changing, variables, viewer).await,
        };
        metrics::counter!("rpm_direct_answers_total").increment(u64::from(said.is_some()));
        said
    }
}
