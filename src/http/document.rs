//! What can be said of a document before the executor sees it.
//!
//! Judged here because the library would hand back text without a code (syntax, operation selection), judges too late (a
//! missing variable stops the second field of a mutation after the first ran), or would not survive it (nesting, fragments).

mod fragments;
mod nesting;
mod operation;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Name, Request, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use self::fragments::WrittenOut;
use self::nesting::extent;
use self::operation::{require_single_root, require_variables, select};
use super::budget::Charge;
use super::errors::{Outcome, Rejection, code};
use super::kept::Kept;
use super::meter::{Measure, Meter, Verdict};
use super::params::Params;
use super::resume::begin_behind;
use super::service::Service;
use super::{App, HttpLimits, RequestId};
use crate::auth::Viewer;
use crate::resolvers::{Demand, Direct};

/// A request that is worth executing.
pub(super) struct Prepared {
    params: Params,
    document: Arc<Document>,
    pub(super) operation: OperationType,
    /// What it asks for.
    pub(super) demand: Demand,
    /// What it cost.
    pub(super) charge: Charge,
}

/// A document that was parsed and found within the bounds.
#[derive(Debug)]
pub(super) struct Document {
    parsed: ExecutableDocument,
    /// Whether the executor has run it, and found nothing wrong with it but what it may not have looked at.
    is_sound: AtomicBool,
    /// Whether it has looked at everything: it leaves out arguments with a variable that has no value.
    is_validated: AtomicBool,
    /// What it asks for, where it has one operation that asks for as much with any variables.
    demand: OnceLock<Demand>,
    /// How it is answered without the executor, where it can be.
    direct: OnceLock<Option<Direct>>,
}

/// The documents that were asked last, by their text.
pub(super) type Documents = Cache<Box<str>, Arc<Document>, Length>;

/// Texts that are remembered, in bytes; what is parsed takes some times as much.
const REMEMBERED: u64 = 512 * 1024;
/// How long a document usually is, in bytes.
const TYPICAL: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct Length;

impl Weighter<Box<str>, Arc<Document>> for Length {
    fn weight(&self, text: &Box<str>, _: &Arc<Document>) -> u64 {
        text.len() as u64 + 64
    }
}

pub(super) fn documents() -> Documents {
    Cache::with_weighter(REMEMBERED as usize / TYPICAL, REMEMBERED, Length)
}

/// Parses a document and bounds it.
fn parse(text: &str, limits: &HttpLimits) -> Result<Document, Rejection> {
    let extent = extent(text);
    if extent.tokens > limits.document_tokens {
        return Err(Rejection::too_complex(format!("The document has more than {} tokens.", limits.document_tokens)));
    }
    if extent.nesting > limits.document_nesting {
        return Err(Rejection::too_complex(format!("The document is nested deeper than {} brackets.", limits.document_nesting)));
    }
    let document = parse_query(text).map_err(parse_rejection)?;
    WrittenOut::new(&document, limits).check()?;
    let no = || AtomicBool::new(false);
    Ok(Document { parsed: document, is_sound: no(), is_validated: no(), demand: OnceLock::new(), direct: OnceLock::new() })
}

impl Document {
    fn has_one_operation(&self) -> bool {
        self.parsed.operations.iter().count() == 1
    }

    /// Whether every variable has a value, those of other operations too.
    fn has_all(&self, variables: &Map<String, Value>) -> bool {
        let mut declared = self.parsed.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
        declared.all(|definition| variables.contains_key(definition.node.name.node.as_str()))
    }

    fn demand<S: Service>(&self, service: &S, operation: &OperationDefinition, params: &Params) -> Demand {
        if let Some(known) = self.demand.get() {
            return *known;
        }
        let demand = service.demand(&self.parsed, operation, &params.variables);
        if self.has_one_operation() && !service.demand_varies(operation) {
            let _ = self.demand.set(demand);
        }
        demand
    }

    /// How it is answered without the executor, where it can be, and once that has found nothing wrong with it.
    fn direct(&self) -> Option<&Direct> {
        if !self.is_sound.load(Ordering::Relaxed) {
            return None;
        }
        let compile = || match (self.has_one_operation(), self.parsed.operations.iter().next()) {
            (true, Some((_, operation))) => Direct::of(&self.parsed, &operation.node),
            _ => None,
        };
        self.direct.get_or_init(compile).as_ref()
    }
}

impl Prepared {
    /// Its answer: as text where nothing went wrong and nothing is said beside the data.
    pub(super) async fn answer<S: Service>(
        self,
        service: &S,
        viewer: &Viewer,
        id: &RequestId,
        meter: Arc<Meter>,
    ) -> Result<Kept, Box<Outcome>> {
        let demand = self.demand;
        let direct = match self.document.direct() {
            Some(direct) => service.direct(direct, &self.params.variables, viewer).await,
            None => None,
        };
        match direct {
            Some(Ok(data)) => Ok(Kept::new(data, demand, meter)),
            Some(Err(refused)) => Err(Box::new(Outcome::of(*refused, id))),
            // In a box: its future is large, and is part of those of all answers.
            None => Box::pin(self.execute(service, viewer, id)).await.kept(demand, meter),
        }
    }

    /// Has the executor run it.
    pub(super) async fn execute<S: Service>(self, service: &S, viewer: &Viewer, id: &RequestId) -> Outcome {
        let document = Arc::clone(&self.document);
        let is_sound = document.is_validated.load(Ordering::Relaxed)
            && select(&document.parsed, self.params.operation_name.as_deref())
                .is_ok_and(|(_, operation)| service.are_plain(operation, &self.params.variables));
        let has_all = !is_sound && document.has_all(&self.params.variables);
        let outcome = Outcome::of(service.execute(self.request(viewer, id), is_sound).await, id);
        if outcome.executed() {
            document.is_sound.store(true, Ordering::Relaxed);
            if has_all {
                document.is_validated.store(true, Ordering::Relaxed);
            }
        }
        outcome
    }

    /// The request for the executor, with the caller beside it for the resolvers.
    pub(super) fn request(self, viewer: &Viewer, id: &RequestId) -> Request {
        let Self { params, document, .. } = self;
        let mut request = Request::new(params.query)
            .variables(Variables::from_json(params.variables.into()))
            .data(viewer.clone())
            .data(id.clone());
        request.operation_name = params.operation_name;
        for (name, value) in params.extensions {
            if let Ok(value) = async_graphql::Value::from_json(value) {
                request.extensions.0.insert(name, value);
            }
        }
        request.set_parsed_query(document.parsed.clone());
        request
    }
}

/// Parses the document, bounds it and selects the operation; and what it is counted and traced by from then on.
///
/// # Errors
/// Syntax, an unknown or ambiguous operation, a missing variable, or a document beyond the limits or the caller's budget.
pub(super) fn prepare<S: Service>(state: &App<S>, mut params: Params, viewer: &Viewer) -> Result<(Prepared, Measure), Rejection> {
    let begun = Instant::now();
    let limits = &state.limits;
    state.budgets.request(viewer)?;
    state.trusted.resolve(&mut params, viewer.role)?;
    let document = match state.documents.get(params.query.as_str()) {
        Some(known) => known,
        None => {
            let document = Arc::new(parse(&params.query, limits)?);
            state.documents.insert(params.query.as_str().into(), Arc::clone(&document));
            document
        }
    };
    let (name, definition) = select(&document.parsed, params.operation_name.as_deref())?;
    let operation = definition.ty;
    let measure = Measure::begin(state.meters.of(operation, name.map(Name::as_str)), begun);
    match judge(state, &document, definition, &mut params, viewer) {
        Ok((demand, charge)) => Ok((Prepared { params, document, operation, demand, charge }, measure)),
        Err(refused) => {
            measure.end(Verdict::Refused);
            Err(refused)
        }
    }
}

/// What an operation asks for and what that costs its caller, where it may ask for it.
fn judge<S: Service>(
    state: &App<S>,
    document: &Document,
    definition: &OperationDefinition,
    params: &mut Params,
    viewer: &Viewer,
) -> Result<(Demand, Charge), Rejection> {
    let (limits, operation) = (&state.limits, definition.ty);
    if operation == OperationType::Subscription {
        require_single_root(&document.parsed, definition)?;
        if let Some(cursor) = params.last_event_id.take() {
            begin_behind(definition, &mut params.variables, cursor)?;
        }
    }
    require_variables(definition, params)?;
    let demand = document.demand(&state.service, definition, params);
    if demand.aliases > limits.document_aliases {
        return Err(Rejection::too_complex(format!("The document has more than {} aliases.", limits.document_aliases)));
    }
    if demand.directives > limits.document_directives {
        return Err(Rejection::too_complex(format!("The document has more than {} directives.", limits.document_directives)));
    }
    if demand.roots > limits.document_roots {
        return Err(Rejection::too_complex(format!(
            "The document asks {} root fields; {} are the most.",
            demand.roots, limits.document_roots
        )));
    }
    // Paid once and executed for each event.
    if operation == OperationType::Subscription && demand.cost > limits.subscription_cost {
        let most = limits.subscription_cost;
        return Err(Rejection::too_complex(format!("The subscription costs {} an event; {most} is the most.", demand.cost)));
    }
    let charge = state.budgets.charge(viewer, demand)?;
    let charge = if operation == OperationType::Subscription { charge.at_most(limits.subscription_cost) } else { charge };
    Ok((demand, charge))
}

fn parse_rejection(error: ParseError) -> Rejection {
    let code = match error {
        ParseError::RecursionLimitExceeded => code::QUERY_TOO_COMPLEX,
        // The grammar is right, the definitions are not.
        ParseError::MultipleOperations { .. }
        | ParseError::OperationDuplicated { .. }
        | ParseError::FragmentDuplicated { .. }
        | ParseError::MissingOperation => code::VALIDATION_FAILED,
        _ => code::PARSE_FAILED,
    };
    Rejection::document(code, error.to_string(), error.positions().collect())
}
