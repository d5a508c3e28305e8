//! Who may ask a root field, as the schema says it (`@access`) and as introspection shows it. The fields themselves begin with
//! `ctx.require(…)`, where a refusal nulls the field and not those beside it. A test holds the three against each other.

use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use async_graphql::{Context, TypeDirective, Value};

use crate::auth::{Permission, Viewer};
use crate::schema::enums::Role;

/// Who may ask this field. TEAM and AGENT see only what is theirs of it.
#[TypeDirective(location = "FieldDefinition")]
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
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.as_str();
        let TypeKind::Object(object) = &definition.node.kind else { continue };
        if !matches!(name, "Query" | "Mutation" | "Subscription") {
            continue;
        }
        for field in &object.fields {
            let directive = field.node.directives.iter().find(|directive| directive.node.name.node == "access");
            let roles = directive.and_then(|directive| directive.node.get_argument("roles")).map(|roles| roles.node.clone());
            // A constant is a value without variables.
            let roles = match roles {
                Some(Value::List(roles)) => roles.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            fields.push((format!("{name}.{}", field.node.name.node), roles));
        }
    }
    fields.sort();
    fields
}
