//! The schema's text as the walk needs it.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition};

/// The types by name.
pub(super) struct Model(BTreeMap<String, TypeKind>);

/// One thing that can be given: an argument of a field, or a field of an input.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) name: String,
    /// The type that is left when lists and `!` are taken off.
    pub(super) of: String,
    pub(super) is_list: bool,
    pub(super) is_required: bool,
}

impl Model {
    pub(super) fn read() -> Self {
        let document = async_graphql::parser::parse_schema(rpm_api::resolvers::sdl()).unwrap();
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node.kind)),
            _ => None,
        });
        Self(types.collect())
    }

    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.0.get(name) {
            Some(TypeKind::Object(object)) => object.fields.iter().map(|field| &field.node).collect(),
            Some(TypeKind::Interface(interface)) => interface.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// What an input takes; none for anything else.
    pub(super) fn input(&self, name: &str) -> Vec<Given> {
        match self.0.get(name) {
            Some(TypeKind::InputObject(input)) => input.fields.iter().map(|field| given(&field.node)).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn values(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(TypeKind::Enum(values)) => values.values.iter().map(|value| value.node.value.node.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn implementing(&self, interface: &str) -> Vec<String> {
        let objects = self.0.iter().filter(|(_, kind)| match kind {
            TypeKind::Object(object) => object.implements.iter().any(|own| own.node == interface),
            _ => false,
        });
        objects.map(|(name, _)| name.clone()).collect()
    }

    /// Every `Type.field` that the root leads to by these of its fields.
    pub(super) fn reachable(&self, root: &str, allowed: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = allowed.iter().map(|name| base(&self.field(root, name).ty.node)).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = next.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let is_interface = matches!(self.0.get(&name), Some(TypeKind::Interface(_)));
            next.extend(if name == "Event" { self.implementing(&name) } else { Vec::new() });
            for field in self.fields(&name) {
                next.push(base(&field.ty.node));
                // What an interface has, its objects have.
                if !is_interface {
                    found.insert(format!("{name}.{}", field.name.node));
                }
            }
        }
        found
    }

    pub(super) fn field(&self, ty: &str, name: &str) -> &FieldDefinition {
        self.fields(ty).into_iter().find(|field| field.name.node == name).unwrap()
    }

    /// Everything below a type, objects inside it to a depth; pages and parts count for nothing.
    pub(super) fn selection(&self, ty: &str, depth: usize) -> String {
        let objects = self.implementing(ty);
        if !objects.is_empty() {
            let parts = objects.iter().map(|object| format!("... on {object} {}", self.selection(object, depth)));
            return format!("{{ __typename {} }}", parts.collect::<Vec<_>>().join(" "));
        }
        let mut parts = vec!["__typename".to_owned()];
        for field in self.fields(ty) {
            let (name, of) = (&field.name.node, base(&field.ty.node));
            if self.fields(&of).is_empty() {
                parts.push(name.to_string());
                continue;
            }
            // Pages are on the way to what they hold, and what has no id is a part of what has one.
            let is_page = ["Connection", "Edge", "Page"].iter().any(|end| ty.ends_with(end));
            let is_part =
                of != "PageInfo" && !self.fields(&of).iter().any(|field| field.name.node == "id") && !of.ends_with("Connection");
            let below = match (is_page || is_part, depth) {
                (true, _) => depth,
                (false, 0) => continue,
                (false, _) => depth - 1,
            };
            let has = |name: &str| field.arguments.iter().any(|argument| argument.node.name.node == name);
            let page = if has("first") { "(first: 5)" } else { "" };
            // What changes from hour to hour is asked of one instant.
            let at = if has("at") { format!("(at: \"{}T00:00:00Z\")", chrono::Utc::now().date_naive()) } else { String::new() };
            parts.push(format!("{name}{page}{at} {}", self.selection(&of, below)));
        }
        format!("{{ {} }}", parts.join(" "))
    }
}

pub(super) fn given(definition: &InputValueDefinition) -> Given {
    let ty = &definition.ty.node;
    Given {
        name: definition.name.node.to_string(),
        of: base(ty),
        is_list: matches!(ty.base, BaseType::List(_)),
        is_required: !ty.nullable && definition.default_value.is_none(),
    }
}

pub(super) fn base(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base(inner),
    }
}
