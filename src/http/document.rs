//! What can be said of a document before the executor sees it.
//!
//! Judged here because the library would hand back text without a code (syntax, operation selection), judges too late (a
//! missing variable stops the second field of a mutation after the first ran), or would not survive it (nesting, fragments).

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Name, Request, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::budget::Charge;
use super::errors::{Outcome, Rejection, code};
use super::meter::{Measure, Verdict};
use super::nesting::extent;
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
    /// Whether the executor has found nothing wrong with it, whatever its variables.
    is_sound: AtomicBool,
    /// What it asks for, where it has one operation that asks for as much with any variables.
    demand: OnceLock<Demand>,
    /// How the database answers it, where it can.
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
        return Err(too_complex(format!("The document has more than {} tokens.", limits.document_tokens)));
    }
    if extent.nesting > limits.document_nesting {
        return Err(too_complex(format!("The document is nested deeper than {} brackets.", limits.document_nesting)));
    }
    let document = parse_query(text).map_err(parse_rejection)?;
    WrittenOut::new(&document, limits).check()?;
    Ok(Document { parsed: document, is_sound: AtomicBool::new(false), demand: OnceLock::new(), direct: OnceLock::new() })
}

impl Document {
    fn has_one_operation(&self) -> bool {
        self.parsed.operations.iter().count() == 1
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

    /// How the database answers it, where it can, and once the executor has found nothing wrong with it.
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
    /// The data of its answer as JSON text, without the executor; none where that has to answer.
    pub(super) async fn direct<S: Service>(&self, service: &S, viewer: &Viewer) -> Option<String> {
        service.direct(self.document.direct()?, &self.params.variables, viewer).await
    }

    /// Has the executor run it.
    pub(super) async fn execute<S: Service>(self, service: &S, viewer: &Viewer, id: &RequestId) -> Outcome {
        let document = Arc::clone(&self.document);
        let outcome = Outcome::of(service.execute(self.request(viewer, id)).await, id);
        if outcome.executed() {
            document.is_sound.store(true, Ordering::Relaxed);
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
        return Err(too_complex(format!("The document has more than {} aliases.", limits.document_aliases)));
    }
    if demand.directives > limits.document_directives {
        return Err(too_complex(format!("The document has more than {} directives.", limits.document_directives)));
    }
    if demand.roots > limits.document_roots {
        return Err(too_complex(format!(
            "The document asks {} root fields; {} are the most.",
            demand.roots, limits.document_roots
        )));
    }
    // Paid once and executed for each event.
    if operation == OperationType::Subscription && demand.cost > limits.subscription_cost {
        let most = limits.subscription_cost;
        return Err(too_complex(format!("The subscription costs {} an event; {most} is the most.", demand.cost)));
    }
    let charge = state.budgets.charge(viewer, demand)?;
    let charge = if operation == OperationType::Subscription { charge.at_most(limits.subscription_cost) } else { charge };
    Ok((demand, charge))
}

fn too_complex(message: String) -> Rejection {
    Rejection::document(code::QUERY_TOO_COMPLEX, message, Vec::new())
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

/// The operation that a request means, and its name.
fn select<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a Name>, &'a OperationDefinition), Rejection> {
    let refuse = |message| Err(Rejection::document(code::BAD_REQUEST, message, Vec::new()));
    let mut operations = document.operations.iter();
    match name {
        Some(name) => match operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)) {
            Some((name, operation)) => Ok((name, &operation.node)),
            None => refuse(format!("The document has no operation named “{name}”.")),
        },
        None => match (operations.next(), operations.next()) {
            (Some((name, operation)), None) => Ok((name, &operation.node)),
            _ => refuse("The document has several operations: name one in `operationName`.".to_owned()),
        },
    }
}

/// A subscription follows one stream: it selects one field, once, wherever its fragments say so. The library checks neither, and
/// would run a field that is written twice twice.
fn require_single_root(document: &ExecutableDocument, operation: &OperationDefinition) -> Result<(), Rejection> {
    let mut roots = 0;
    let mut sets = vec![&operation.selection_set.node];
    while let Some(set) = sets.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(_) => roots += 1,
                Selection::InlineFragment(fragment) => sets.push(&fragment.node.selection_set.node),
                // That fragments do not spread themselves has been seen to.
                Selection::FragmentSpread(spread) => {
                    sets.extend(
                        document.fragments.get(&spread.node.fragment_name.node).map(|fragment| &fragment.node.selection_set.node),
                    );
                }
            }
        }
    }
    if roots <= 1 {
        return Ok(());
    }
    let message = "A subscription must select only one field.".to_owned();
    Err(Rejection::document(code::VALIDATION_FAILED, message, Vec::new()))
}

/// Variables that must have a value have one.
fn require_variables(operation: &OperationDefinition, params: &Params) -> Result<(), Rejection> {
    for definition in &operation.variable_definitions {
        let variable = &definition.node;
        let value = params.variables.get(variable.name.node.as_str());
        let missing = match value {
            None => variable.default_value.is_none(),
            Some(value) => value.is_null(),
        };
        if missing && !variable.var_type.node.nullable {
            let message = format!("The variable ${} of type {} has no value.", variable.name.node, variable.var_type.node);
            return Err(Rejection::document(code::BAD_USER_INPUT, message, vec![definition.pos]));
        }
    }
    Ok(())
}

/// Measures a document as it is once every spread is replaced by its fragment.
struct WrittenOut<'a> {
    document: &'a ExecutableDocument,
    limits: &'a HttpLimits,
    measured: HashMap<&'a Name, Extent>,
    open: HashSet<&'a Name>,
}

/// How much there is in a selection set.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Fields, spreads and inline fragments.
    selections: usize,
    /// The longest chain of fragments in fragments.
    chain: usize,
}

impl<'a> WrittenOut<'a> {
    fn new(document: &'a ExecutableDocument, limits: &'a HttpLimits) -> Self {
        Self { document, limits, measured: HashMap::new(), open: HashSet::new() }
    }

    /// Refuses a document beyond the limits. All fragments count, those that nothing spreads too: validation visits each.
    fn check(mut self) -> Result<(), Rejection> {
        let document = self.document;
        let mut sum = 0_usize;
        for (_, operation) in document.operations.iter() {
            sum = sum.saturating_add(self.selection_set(&operation.node.selection_set.node)?.selections);
        }
        for name in document.fragments.keys() {
            sum = sum.saturating_add(self.fragment(name)?.selections);
        }
        if sum > self.limits.document_selections {
            return Err(too_complex(format!("The document selects more than {} fields.", self.limits.document_selections)));
        }
        Ok(())
    }

    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Extent, Rejection> {
        let mut sum = Extent::default();
        for item in &set.items {
            let extent = match &item.node {
                Selection::Field(field) => self.selection_set(&field.node.selection_set.node)?,
                Selection::InlineFragment(fragment) => self.selection_set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            sum.selections = sum.selections.saturating_add(extent.selections).saturating_add(1);
            sum.chain = sum.chain.max(extent.chain);
        }
        Ok(sum)
    }

    /// A fragment that does not exist is for validation to name.
    fn fragment(&mut self, name: &'a Name) -> Result<Extent, Rejection> {
        if let Some(extent) = self.measured.get(name) {
            return Ok(*extent);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Extent::default());
        };
        if !self.open.insert(name) {
            let message = format!("The fragment {name} spreads itself.");
            return Err(Rejection::document(code::VALIDATION_FAILED, message, vec![fragment.pos]));
        }
        let longest = self.limits.document_nesting;
        let too_long = || too_complex(format!("The document has fragments in fragments more than {longest} deep."));
        // Recursion, here and in the library, goes down such a chain.
        if self.open.len() > longest {
            return Err(too_long());
        }
        let mut extent = self.selection_set(&fragment.node.selection_set.node)?;
        extent.chain += 1;
        if extent.chain > longest {
            return Err(too_long());
        }
        self.open.remove(name);
        self.measured.insert(name, extent);
        Ok(extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, selections: usize) -> Result<(), String> {
        let limits = HttpLimits { document_selections: selections, ..HttpLimits::default() };
        let document = parse_query(document).expect("a document");
        WrittenOut::new(&document, &limits).check().map_err(|refused| refused.message().to_owned())
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread() {
        assert_eq!(check("{ a b { c } }", 3), Ok(()));
        assert!(check("{ a b { c } }", 2).is_err());
        let twice = "{ ...F ...F } fragment F on Q { a b }";
        assert_eq!(check(twice, 8), Ok(()));
        assert!(check(twice, 7).is_err());
        let mut doubling = String::from("{ ...F0 }");
        for level in 0..63 {
            doubling += &format!(" fragment F{level} on Q {{ ...F{} ...F{} }}", level + 1, level + 1);
        }
        doubling += " fragment F63 on Q { a }";
        assert_eq!(check(&doubling, 10_000), Err("The document selects more than 10000 fields.".to_owned()));
    }

    #[test]
    fn a_long_chain_of_fragments_is_refused_before_it_is_walked() {
        let mut document = String::from("{ a }");
        for level in 0..20_000 {
            document += &format!(" fragment F{level} on Q {{ ...F{} }}", level + 1);
        }
        let refused = check(&document, usize::MAX).expect_err("too long");
        assert!(refused.contains("more than 64 deep"), "{refused}");
    }

    #[test]
    fn a_fragment_in_itself_is_refused() {
        let refused = check("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }", 100).expect_err("a cycle");
        assert!(refused.contains("spreads itself"), "{refused}");
    }
}
