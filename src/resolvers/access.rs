//! Who may ask a root field, as the schema says it (`@access`) and as introspection shows it. The fields themselves begin with
//! `ctx.require(…)`, where a refusal nulls the field and not those beside it. A test holds the three against each other.
//!
//! What other types' fields are open to follows: to who may ask a root field that leads there. It is worked out here and printed on
//! each type, so that the schema says it of every field; a test asks every field and argument as every role.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::types::{BaseType, FieldDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Context, TypeDirective, Value};

use crate::auth::{Permission, Viewer};
use crate::schema::enums::Role;

/// Who may ask this field, or any field of this type. TEAM and AGENT see only what is theirs of it.
#[TypeDirective(location = "FieldDefinition", location = "Object", location = "Interface")]
pub(super) fn access(roles: Vec<Role>) {}

/// The roles of a permission, as the schema shows them.
pub(super) fn roles(permission: Permission) -> Vec<Role> {
    permission.roles().iter().copied().map(Role::from).collect()
}

/// Whether introspection shows a field that needs a permission. Where nobody asks (the printed schema), everything is shown.
fn sees(ctx: &Context<'_>, permission: Permission) -> bool {
    ctx.data_opt::<Viewer>().is_none_or(|viewer| permission.is_of(viewer.role))
}

/// [`sees`] for each permission that not everybody has: what attributes take is a path.
pub(super) mod see {
    use super::{Context, Permission, sees};

    pub(in crate::resolvers) fn plans(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ReadPlans)
    }

    pub(in crate::resolvers) fn company(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ReadCompany)
    }

    pub(in crate::resolvers) fn sums(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ReadSums)
    }

    pub(in crate::resolvers) fn alerts(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::SubscribeToAlerts)
    }

    pub(in crate::resolvers) fn work(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::WorkOnActions)
    }

    pub(in crate::resolvers) fn planning(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::PlanActions)
    }

    pub(in crate::resolvers) fn heartbeats(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ReportHeartbeat)
    }

    pub(in crate::resolvers) fn outputs(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ManageOutputs)
    }

    pub(in crate::resolvers) fn access(ctx: &Context<'_>) -> bool {
        sees(ctx, Permission::ManageAccess)
    }
}

/// `docs/access.md`: what each role may ask, read off the schema's `@access`.
///
/// # Panics
/// When the schema is not what it was written to be.
#[must_use]
pub fn access_document() -> String {
    let roles: Vec<String> = Permission::ReadSelf.roles().iter().map(|role| role.as_str().to_uppercase()).collect();
    let mut text = include_str!("access.md").to_owned();
    text.push_str(&format!("| root field | {} |\n| --- |{}\n", roles.join(" | "), " --- |".repeat(roles.len())));
    for (field, allowed) in root_fields() {
        // Who is signed in is everybody's own; of plans, TEAM and AGENT have a part.
        let mark = |role: &String| match (allowed.contains(role), role.as_str()) {
            (false, _) => "",
            (true, "TEAM" | "AGENT") if field != "Query.viewer" => "own",
            (true, _) => "yes",
        };
        text.push_str(&format!("| `{field}` | {} |\n", roles.iter().map(mark).collect::<Vec<_>>().join(" | ")));
    }
    text
}

/// Every root field with the roles that may ask it, as the schema says.
///
/// # Panics
/// When the schema is not what it was written to be.
#[must_use]
pub fn root_fields() -> Vec<(String, Vec<String>)> {
    #[allow(clippy::expect_used)]
    let document = async_graphql::parser::parse_schema(super::sdl()).expect("the schema is one");
    let mut fields = Vec::new();
    for (name, kind) in types(&document) {
        if is_root(name) {
            fields.extend(fields_of(kind).map(|field| (format!("{name}.{}", field.name.node), roles_of(field))));
        }
    }
    fields.sort();
    fields
}

const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

fn is_root(name: &str) -> bool {
    ROOTS.contains(&name)
}

fn types(document: &ServiceDocument) -> impl Iterator<Item = (&str, &TypeKind)> {
    document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.as_str(), &definition.node.kind)),
        _ => None,
    })
}

fn fields_of(kind: &TypeKind) -> impl Iterator<Item = &FieldDefinition> {
    let fields = match kind {
        TypeKind::Object(object) => object.fields.as_slice(),
        TypeKind::Interface(interface) => interface.fields.as_slice(),
        _ => &[],
    };
    fields.iter().map(|field| &field.node)
}

fn roles_of(field: &FieldDefinition) -> Vec<String> {
    let directive = field.directives.iter().find(|directive| directive.node.name.node == "access");
    // A constant is a value without variables.
    match directive.and_then(|directive| directive.node.get_argument("roles")).map(|roles| &roles.node) {
        Some(Value::List(roles)) => roles.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}

/// The schema's text with `@access` on each type that is no root: the roles of the root fields that lead to it.
pub(super) fn with_types(sdl: String) -> String {
    // The text is the library's own; were it ever unreadable, the test of the committed schema would show it bare.
    let Ok(document) = async_graphql::parser::parse_schema(&sdl) else { return sdl };
    let open = open_to(&document);
    let mut text = String::with_capacity(sdl.len() + 4096);
    for line in sdl.lines() {
        let head =
            line.strip_prefix("type ").or_else(|| line.strip_prefix("interface ")).and_then(|rest| rest.strip_suffix(" {"));
        let name = head.and_then(|head| head.split(' ').next());
        match (head, name.and_then(|name| open.get(name))) {
            (Some(_), Some(roles)) => {
                let order = Permission::ReadSelf.roles().iter().map(|role| role.as_str().to_uppercase());
                let roles: Vec<String> = order.filter(|role| roles.contains(role)).collect();
                text.push_str(&format!("{} @access(roles: [{}]) {{", line.trim_end_matches(" {"), roles.join(", ")));
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// For each type that is no root, the roles that can come to it. What fields name is open by these fields alone: that a song is a
/// node opens songs to nobody. What no field names (kinds of events) is open as its interface is.
fn open_to(document: &ServiceDocument) -> BTreeMap<String, BTreeSet<String>> {
    let kinds: BTreeMap<&str, &TypeKind> = types(document).collect();
    let named: BTreeSet<&str> = kinds.values().flat_map(|kind| fields_of(kind)).map(|field| base(&field.ty.node)).collect();
    let implements = |kind: &TypeKind, interface: &str| match kind {
        TypeKind::Object(object) => object.implements.iter().any(|own| own.node == interface),
        _ => false,
    };
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut next: Vec<(&str, Vec<String>)> = Vec::new();
    for root in ROOTS.iter().filter_map(|root| kinds.get(root)) {
        next.extend(fields_of(root).map(|field| (base(&field.ty.node), roles_of(field))));
    }
    while let Some((name, roles)) = next.pop() {
        let Some(kind @ (TypeKind::Object(_) | TypeKind::Interface(_))) = kinds.get(name) else { continue };
        let known = open.entry(name.to_owned()).or_default();
        let before = known.len();
        known.extend(roles.iter().cloned());
        if known.len() == before {
            continue;
        }
        next.extend(fields_of(kind).map(|field| (base(&field.ty.node), roles.clone())));
        let unnamed = kinds.iter().filter(|(object, kind)| !named.contains(*object) && implements(kind, name));
        next.extend(unnamed.map(|(object, _)| (*object, roles.clone())));
    }
    open
}
