//! The operation of a document that a request means, and what the library does not ask of it in time.

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection};

use super::super::errors::{Rejection, code};
use super::super::params::Params;

/// The operation that a request means, and its name.
pub(super) fn select<'a>(
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
pub(super) fn require_single_root(document: &ExecutableDocument, operation: &OperationDefinition) -> Result<(), Rejection> {
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
pub(super) fn require_variables(operation: &OperationDefinition, params: &Params) -> Result<(), Rejection> {
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
