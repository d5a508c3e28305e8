//! What a document asks of the server, read off the document and the schema before anything runs.
//!
//! A field costs 1 and what is selected in it; a page costs its selection as often as it is long, another list as often as it can
//! be long. So the cost is the number of fields that the answer can have at most, but for lists that are short by nature, which count
//! as [`SHORT_LIST`]. Sums over everything cost what they are worth.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Value};
use serde_json::{Map, Value as Json};

use crate::schema::connection::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};

/// What a document asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Fields that the answer can have at most.
    pub cost: u64,
    /// Levels of fields, those of introspection apart.
    pub depth: usize,
    /// Fields that are asked under another name.
    pub aliases: usize,
    /// Directives.
    pub directives: usize,
    /// Fields of the root: each is work of its own, the same one twice included.
    pub roots: usize,
}

impl Demand {
    fn beside(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            roots: self.roots.saturating_add(other.roots),
        }
    }
}

/// How often what is selected in a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Once,
    /// As often as `first` or `last` says.
    Page,
    /// As often as there are `ids`.
    Ids,
    /// At most so often.
    List(u64),
}

struct Field {
    of: Name,
    times: Times,
    /// What it costs by itself.
    weight: u64,
}

/// The fields of each type.
type Model = HashMap<Name, HashMap<Name, Field>>;

/// The schema, as far as it matters here; made when it is first needed.
static MODEL: LazyLock<Model> = LazyLock::new(model);

/// Lists without pages: how long they can be, where that is more than a few.
const LISTS: [(&str, &str, u64); 26] = [
    ("Action", "dependencies", 100),
    ("Action", "dependents", 100),
    ("ActionForecast", "blockedBy", 20),
    ("AgentHistory", "days", 90),
    ("AlbumProgress", "albums", 200),
    ("Analytics", "actionCompletionMetrics", 1000),
    ("Analytics", "agentPerformance", 1000),
    ("Analytics", "albumAnalytics", 1000),
    ("Analytics", "deliverableMetrics", 1000),
    ("Analytics", "funnelVelocity", 1000),
    ("Analytics", "planEffectiveness", 1000),
    ("Analytics", "revenueCorrelation", 1000),
    ("AtRiskResult", "reasons", 5),
    ("IngestRun", "files", 50),
    ("PlanForecast", "blockedBy", 20),
    ("Query", "alertSubscriptions", 1000),
    ("Query", "apiKeys", 1000),
    ("Query", "calendarFeeds", 1000),
    ("Query", "completionTrends", 728),
    ("Query", "members", 1000),
    ("Query", "owners", 1000),
    ("RevenueSummary", "results", 100),
    ("RevenueSummary", "topDeliverables", 20),
    ("RiskReason", "actions", 20),
    ("Week", "atRiskResults", 30),
    ("Week", "carryOverCandidates", 100),
];
const SHORT_LIST: u64 = 10;

/// Sums over everything, and links that may have to be asked for one by one, told from the fields that read some rows.
const WEIGHTS: [(&str, &str, u64); 11] = [
    ("Action", "forecast", 20),
    ("Agent", "history", 20),
    ("Deliverable", "downloadUrl", 20),
    ("Query", "completionTrends", 500),
    ("Query", "investorSummary", 500),
    ("Result", "forecast", 20),
    ("Song", "downloadUrl", 20),
    ("Week", "atRiskResults", 20),
    ("Week", "carryOverCandidates", 20),
    ("Week", "forecast", 20),
    ("Week", "metrics", 20),
];

/// Lists of introspection are about so long here; what counts is that lists in lists in lists do not come cheap.
const INTROSPECTED: u64 = 5;
const INTROSPECTION_LISTS: [&str; 8] =
    ["types", "fields", "args", "inputFields", "enumValues", "possibleTypes", "interfaces", "directives"];

fn model() -> Model {
    let mut model = Model::new();
    // The schema is ours, and is held against the committed one by a test.
    let Ok(document) = async_graphql::parser::parse_schema(super::sdl()) else { return model };
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        let ty = definition.node.name.node;
        // What is in a page is counted where the page is asked for.
        let is_page = ty.ends_with("Connection") || ty.ends_with("Page");
        let fields = fields.into_iter().map(|field| {
            let field = field.node;
            let named = |(on, name, _): &&(&str, &str, u64)| *on == ty && *name == field.name.node;
            let is_list = matches!(field.ty.node.base, BaseType::List(_)) && !is_page;
            let has = |name: &str| field.arguments.iter().any(|argument| argument.node.name.node == name);
            let times = match (has("first"), has("ids")) {
                (true, _) => Times::Page,
                (_, true) => Times::Ids,
                _ if is_list => Times::List(LISTS.iter().find(named).map_or(SHORT_LIST, |(.., most)| *most)),
                _ => Times::Once,
            };
            let of = base(&field.ty.node).clone();
            let weight = WEIGHTS.iter().find(named).map_or(1, |(.., weight)| *weight);
            (field.name.node.clone(), Field { of, times, weight })
        });
        let fields = fields.collect();
        model.insert(ty, fields);
    }
    model
}

fn base(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}

/// What an operation asks for. Its fragments do not spread themselves.
#[must_use]
pub fn demand(document: &ExecutableDocument, operation: &OperationDefinition, variables: &Map<String, Json>) -> Demand {
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut walk = Walk { document, operation, variables, fragments: HashMap::new() };
    let demand = walk.selections(&Name::new(root), &operation.selection_set.node);
    Demand { directives: demand.directives + operation.directives.len(), ..demand }
}

/// Whether an operation may ask for more or less with other variables: sizes of pages are whole numbers, and `ids` is a list.
#[must_use]
pub fn demand_varies(operation: &OperationDefinition) -> bool {
    operation.variable_definitions.iter().any(|definition| match &definition.node.var_type.node.base {
        BaseType::Named(name) => name == "Int",
        BaseType::List(_) => true,
    })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, Json>,
    fragments: HashMap<&'a Name, Demand>,
}

impl<'a> Walk<'a> {
    fn selections(&mut self, ty: &Name, set: &'a SelectionSet) -> Demand {
        let mut sum = Demand::default();
        for item in &set.items {
            let (one, directives) = match &item.node {
                Selection::Field(field) => (self.field(ty, &field.node), &field.node.directives),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(ty, |condition| &condition.node.on.node);
                    (self.selections(on, &fragment.node.selection_set.node), &fragment.node.directives)
                }
                Selection::FragmentSpread(spread) => (self.fragment(&spread.node.fragment_name.node), &spread.node.directives),
            };
            sum = sum.beside(one);
            sum.directives = sum.directives.saturating_add(directives.len());
        }
        sum
    }

    fn fragment(&mut self, name: &'a Name) -> Demand {
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        // One that does not exist is for validation to name.
        let Some(fragment) = self.document.fragments.get(name) else { return Demand::default() };
        let demand = self.selections(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node);
        self.fragments.insert(name, demand);
        demand
    }

    fn field(&mut self, ty: &Name, field: &'a async_graphql::parser::types::Field) -> Demand {
        let name = &field.name.node;
        let known = MODEL.get(ty).and_then(|fields| fields.get(name));
        let is_introspection = name.starts_with("__") || ty.starts_with("__");
        let inner = match known {
            Some(known) => self.selections(&known.of, &field.selection_set.node),
            None if is_introspection => self.selections(&Name::new("__Type"), &field.selection_set.node),
            None => self.selections(name, &field.selection_set.node),
        };
        let times = match known.map(|known| known.times) {
            Some(Times::Page) => self.page(field),
            Some(Times::Ids) => self.ids(field),
            Some(Times::List(most)) => most,
            None if is_introspection && INTROSPECTION_LISTS.contains(&name.as_str()) => INTROSPECTED,
            Some(Times::Once) | None => 1,
        };
        Demand {
            cost: inner.cost.saturating_mul(times).saturating_add(known.map_or(1, |known| known.weight)),
            depth: if is_introspection { 0 } else { inner.depth + 1 },
            aliases: inner.aliases.saturating_add(usize::from(field.alias.is_some())),
            directives: inner.directives,
            roots: usize::from(matches!(ty.as_str(), "Query" | "Mutation" | "Subscription")),
        }
    }

    fn page(&self, field: &async_graphql::parser::types::Field) -> u64 {
        let size = ["first", "last"].into_iter().find_map(|name| match self.argument(field, name)? {
            Value::Number(number) => number.as_i64(),
            _ => None,
        });
        let (most, default) = (i64::from(MAX_PAGE_SIZE), i64::from(DEFAULT_PAGE_SIZE));
        size.unwrap_or(default).clamp(1, most).unsigned_abs()
    }

    fn ids(&self, field: &async_graphql::parser::types::Field) -> u64 {
        match self.argument(field, "ids") {
            Some(Value::List(ids)) => ids.len() as u64,
            _ => 1,
        }
    }

    /// The value of an argument, of its variable, or of the variable's default.
    fn argument(&self, field: &async_graphql::parser::types::Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        value.into_const_with(|variable| self.variable(&variable).ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if let Some(given) = self.variables.get(name.as_str()) {
            return Value::from_json(given.clone()).ok();
        }
        let definition = self.operation.variable_definitions.iter().find(|own| own.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|default| default.node.clone())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn of(query: &str, variables: Json) -> Demand {
        let document = parse_query(query).expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let Json::Object(variables) = variables else { panic!("an object") };
        demand(&document, &operation.node, &variables)
    }

    fn cost(query: &str) -> u64 {
        of(query, json!({})).cost
    }

    #[test]
    fn a_page_costs_its_selection_as_often_as_it_is_long() {
        assert_eq!(cost("{ viewer { id email } }"), 3);
        assert_eq!(cost("{ actions(first: 10) { nodes { id code } } }"), 1 + 10 * 3);
        assert_eq!(cost("{ actions { totalCount } }"), 1 + 50);
        assert_eq!(cost("{ weeks(last: 2) { nodes { actions(first: 5) { nodes { id } } } } }"), 1 + 2 * (1 + 1 + 5 * 2));
        assert_eq!(cost("{ events(first: 3) { nodes { id } } }"), 1 + 3 * 2);
        assert_eq!(cost("{ nodes(ids: [\"a\", \"b\"]) { id } }"), 1 + 2);
        assert_eq!(cost("{ actions(first: 1000000) { nodes { id } } }"), cost("{ actions(first: 100) { nodes { id } } }"));
    }

    #[test]
    fn lists_without_pages_cost_what_they_can_be_long() {
        assert_eq!(cost("{ owners { id } }"), 1 + 1000);
        assert_eq!(cost("{ action(code: \"x\") { dependents { id } owners { id } } }"), 1 + (1 + 100) + (1 + 10));
        let explosion = "{ action(code: \"x\") { dependents { dependencies { dependents { dependencies { id } } } } } }";
        assert!(cost(explosion) > 100_000_000, "{}", cost(explosion));
        assert_eq!(cost("{ investorSummary { weeks } }"), 501);
        let twice =
            of("{ investorSummary { weeks } investorSummary { weeks } ...Q } fragment Q on Query { viewer { id } }", json!({}));
        assert_eq!((twice.cost, twice.roots), (1002 + 2, 3));
    }

    /// A list of objects that is new in the schema has a length here, or is one of those that are short by nature.
    #[test]
    fn every_list_of_objects_is_known() {
        let mut short = Vec::new();
        for (ty, fields) in &*MODEL {
            for (name, field) in fields {
                if field.times == Times::List(SHORT_LIST) && MODEL.contains_key(&field.of) {
                    short.push(format!("{ty}.{name}"));
                }
            }
        }
        short.sort();
        assert_eq!(
            short,
            [
                "Action.agents",
                "Action.deliverables",
                "Action.owners",
                "FunnelVelocity.busiest",
                "FunnelVelocity.stages",
                "IngestedFile.unread",
            ]
        );
    }

    #[test]
    fn variables_count_as_what_they_are() {
        let query = "query($n: Int = 7) { actions(first: $n) { nodes { id } } }";
        assert_eq!(of(query, json!({})).cost, 1 + 7 * 2);
        assert_eq!(of(query, json!({ "n": 3 })).cost, 1 + 3 * 2);
        assert_eq!(of(query, json!({ "n": null })).cost, 1 + 50 * 2);
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let query =
            "{ a: action(code: \"x\") { ...F } ...Q } fragment Q on Query { b: action(code: \"y\") { ...F ... on Node { id } } }
            fragment F on Action { id owners { name } result { week { results(first: 2) { totalCount } } } }";
        let one = 1 + (1 + 10) + 2 + (1 + 2);
        assert_eq!(of(query, json!({})), Demand { cost: 1 + one + 1 + one + 1, depth: 5, aliases: 2, directives: 0, roots: 2 });
    }

    #[test]
    fn introspection_has_no_depth_and_lists_in_lists_are_dear() {
        let standard = "{ __schema { types { fields { args { type { ofType { ofType { name } } } } } } } }";
        assert_eq!(of(standard, json!({})).depth, 0);
        assert!(cost(standard) < 2000);
        let deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { type { fields { type { fields {
            name } } } } } } } } } } } } } }";
        assert!(cost(deep) > 100_000, "{}", cost(deep));
    }

    #[test]
    fn aliases_and_directives_are_counted() {
        let query = "query @a { x: viewer @skip(if: false) { y: id ... @include(if: true) { id } } }";
        assert_eq!(of(query, json!({})), Demand { cost: 3, depth: 2, aliases: 2, directives: 3, roots: 1 });
    }
}
