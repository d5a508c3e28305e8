//! Whether the values of variables are of their types, told without the executor: it has to look at the whole document for that.

use async_graphql::parser::types::{BaseType, OperationDefinition};
use serde_json::{Map, Value as Json};

/// Scalars of ours. The executor takes any value for them, and says what is wrong with it where it is read.
const OWN_SCALARS: [&str; 5] = ["Cursor", "Date", "DateTime", "Decimal", "JSON"];

/// Whether validation would find nothing wrong with the values that an operation of a sound document is given. Those that it has no default
/// for and must have are there (`http::document`). Where it says no, that is for validation to judge: of inputs, enums, lists and nulls it
/// knows nothing.
#[must_use]
pub fn are_plain(operation: &OperationDefinition, values: &Map<String, Json>) -> bool {
    operation.variable_definitions.iter().all(|definition| {
        let Some(value) = values.get(definition.node.name.node.as_str()) else { return true };
        let BaseType::Named(ty) = &definition.node.var_type.node.base else { return false };
        match ty.as_str() {
            "ID" | "String" => value.is_string(),
            "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => value.is_number(),
            "Boolean" => value.is_boolean(),
            own => OWN_SCALARS.contains(&own) && !value.is_null(),
        }
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;
    use crate::resolvers::sdl;

    fn are(variables: &str, values: Json) -> bool {
        let document = parse_query(format!("query({variables}) {{ week {{ id }} }}")).expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        are_plain(&operation.node, values.as_object().expect("an object"))
    }

    #[test]
    fn the_scalars_are_those_of_the_schema() {
        let schema = sdl();
        let scalars: Vec<&str> = schema.lines().filter_map(|line| line.strip_prefix("scalar ")?.split(' ').next()).collect();
        assert_eq!(scalars, OWN_SCALARS);
        assert!(!schema.contains("@oneOf"), "with them it matters which variables are absent");
    }

    #[test]
    fn values_of_plain_scalars_are_told() {
        for (variables, values) in [
            ("$a: ID!, $b: String, $c: Int = 3", json!({ "a": "x", "c": 7 })),
            ("$a: Float, $b: Boolean!", json!({ "a": 1, "b": true })),
            ("$a: Decimal!, $b: DateTime, $c: JSON", json!({ "a": "1.5", "b": "no such day", "c": [1] })),
            ("$a: Int", json!({ "other": null })),
        ] {
            assert!(are(variables, values), "{variables}");
        }
    }

    #[test]
    fn the_rest_is_for_validation() {
        for (variables, values) in [
            ("$a: ID", json!({ "a": 7 })),
            ("$a: String", json!({ "a": null })),
            ("$a: Int", json!({ "a": 2_147_483_648_i64 })),
            ("$a: Int", json!({ "a": 1.5 })),
            ("$a: Boolean", json!({ "a": "true" })),
            ("$a: ActionStatus", json!({ "a": "PENDING" })),
            ("$a: [ID!]", json!({ "a": [] })),
            ("$a: CompleteActionInput!", json!({ "a": {} })),
            ("$a: Decimal", json!({ "a": null })),
        ] {
            assert!(!are(variables, values), "{variables}");
        }
    }
}
