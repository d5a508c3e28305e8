//! Whether values have only members that their types know: what reads them passes over the others. It is validation that says so, and it
//! does not look at every value.

use std::sync::{LazyLock, PoisonError, RwLock};

use async_graphql::InputType;
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql_value::ConstValue;

/// The types that were asked for.
static TYPES: LazyLock<RwLock<Registry>> = LazyLock::new(RwLock::default);

/// Whether all members of a value, and of those in it, are of its type.
pub(super) fn has_known_members<T: InputType>(value: &ConstValue) -> bool {
    if is_flat(value) {
        return true;
    }
    let name = T::type_name();
    let types = TYPES.read().unwrap_or_else(PoisonError::into_inner);
    if types.types.contains_key(&*name) {
        return knows(&types, &name, value);
    }
    drop(types);
    let mut types = TYPES.write().unwrap_or_else(PoisonError::into_inner);
    T::create_type_info(&mut types);
    knows(&types, &name, value)
}

/// Whether a value has no members.
fn is_flat(value: &ConstValue) -> bool {
    match value {
        ConstValue::Object(_) => false,
        ConstValue::List(values) => values.iter().all(is_flat),
        _ => true,
    }
}

fn knows(types: &Registry, name: &str, value: &ConstValue) -> bool {
    match (value, types.types.get(MetaTypeName::concrete_typename(name))) {
        (ConstValue::List(values), _) => values.iter().all(|value| knows(types, name, value)),
        (ConstValue::Object(members), Some(MetaType::InputObject { input_fields, .. })) => members
            .iter()
            .all(|(name, value)| input_fields.get(name.as_str()).is_some_and(|member| knows(types, &member.ty, value))),
        (ConstValue::Object(_), _) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::schema::inputs::{ActionFilter, ActionOrder};

    fn of<T: InputType>(value: Json) -> bool {
        has_known_members::<T>(&ConstValue::from_json(value).expect("a value"))
    }

    #[test]
    fn members_are_known_by_their_type() {
        for _ in 0..2 {
            assert!(of::<Option<ActionFilter>>(json!({ "status": ["PENDING"], "owner": null })));
            assert!(of::<ActionOrder>(json!({ "field": "CODE", "direction": "ASC" })));
            assert!(of::<Option<ActionFilter>>(json!({})) && of::<Option<ActionFilter>>(json!(null)));
            for wrong in [json!({ "field": "CODE" }), json!({ "status": { "is": "PENDING" } }), json!([{ "state": [] }])] {
                assert!(!of::<Option<ActionFilter>>(wrong.clone()), "{wrong}");
            }
            assert!(!of::<String>(json!({ "field": "CODE" })));
        }
    }
}
