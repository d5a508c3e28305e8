//! From a document to what the database is asked for.

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql_value::Value;

use super::Direct;
use super::arguments::Arguments;
use super::fields::{Field, OF_ALL_ACTIONS, Relation, field, root};
use crate::store::{Part, Select};

/// A field as it is once fragments are written out and what is asked twice is one.
struct Asked<'a> {
    key: &'a Name,
    name: &'a Name,
    arguments: Vec<(&'a Name, &'a Value)>,
    below: Vec<&'a SelectionSet>,
}

struct Compiler<'a> {
    document: &'a ExecutableDocument,
    wanted: Vec<(Relation, Arguments)>,
    of_all: bool,
}

/// What the database is asked for a document; none where the executor has to answer.
pub(super) fn compile(document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Direct> {
    if operation.ty != OperationType::Query || !operation.directives.is_empty() {
        return None;
    }
    let mut defaults = Vec::new();
    for definition in &operation.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            defaults.push((definition.node.name.node.clone(), default.node.clone()));
        }
    }
    let mut compiler = Compiler { document, wanted: Vec::new(), of_all: false };
    let mut roots = Vec::new();
    for asked in compiler.fields("Query", vec![&operation.selection_set.node])? {
        let part = match asked.name.as_str() {
            "__typename" => Part::Constant("Query"),
            name => compiler.rows(root(name)?, &asked)?,
        };
        roots.push((asked.key.to_string(), part));
    }
    let Compiler { wanted, of_all, .. } = compiler;
    Some(Direct { roots, wanted, defaults, of_all, whole: Default::default(), owned: Default::default() })
}

impl<'a> Compiler<'a> {
    /// The fields that are selected of a type.
    fn fields(&self, ty: &str, sets: Vec<&'a SelectionSet>) -> Option<Vec<Asked<'a>>> {
        let mut fields: Vec<Asked<'a>> = Vec::new();
        for set in sets {
            self.collect(ty, set, &mut fields)?;
        }
        Some(fields)
    }

    fn collect(&self, ty: &str, set: &'a SelectionSet, fields: &mut Vec<Asked<'a>>) -> Option<()> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !field.directives.is_empty() {
                        return None;
                    }
                    let (key, name) = (&field.response_key().node, &field.name.node);
                    let arguments: Vec<_> = field.arguments.iter().map(|(name, value)| (&name.node, &value.node)).collect();
                    match fields.iter_mut().find(|known| known.key == key) {
                        Some(known) if known.name == name && known.arguments == arguments => {
                            known.below.push(&field.selection_set.node);
                        }
                        Some(_) => return None,
                        None => fields.push(Asked { key, name, arguments, below: vec![&field.selection_set.node] }),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let is_of = fragment.type_condition.as_ref().is_none_or(|condition| condition.node.on.node == ty);
                    if !is_of || !fragment.directives.is_empty() {
                        return None;
                    }
                    self.collect(ty, &fragment.selection_set.node, fields)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments.get(&spread.node.fragment_name.node)?.node;
                    let is_of = fragment.type_condition.node.on.node == ty;
                    if !is_of || !spread.node.directives.is_empty() || !fragment.directives.is_empty() {
                        return None;
                    }
                    self.collect(ty, &fragment.selection_set.node, fields)?;
                }
            }
        }
        Some(())
    }

    /// The rows of a field.
    fn rows(&mut self, relation: Relation, asked: &Asked<'a>) -> Option<Part> {
        let arguments = asked.arguments.iter().map(|(name, value)| ((*name).clone(), (*value).clone())).collect();
        let rows = self.wanted.len();
        self.wanted.push((relation, Arguments(arguments)));
        if !relation.is_page() {
            let members = self.members(relation.of(), asked.below.clone())?;
            return Some(Part::One(Select { rows, key: relation.key(), members }));
        }
        let page = self.fields("", asked.below.clone())?;
        let [nodes] = page.as_slice() else { return None };
        if nodes.name != "nodes" {
            return None;
        }
        let members = self.members(relation.of(), nodes.below.clone())?;
        Some(Part::Page { nodes: nodes.key.to_string(), rows: Select { rows, key: relation.key(), members } })
    }

    /// What is told of each row.
    fn members(&mut self, ty: &'static str, sets: Vec<&'a SelectionSet>) -> Option<Vec<(String, Part)>> {
        let mut members = Vec::new();
        for asked in self.fields(ty, sets)? {
            let part = match field(ty, asked.name) {
                _ if asked.name == "__typename" => Part::Constant(ty),
                Some(Field::Column(column, form)) => {
                    self.of_all |= OF_ALL_ACTIONS == (ty, asked.name.as_str());
                    Part::Column(column, form)
                }
                Some(Field::Rows(relation)) => self.rows(relation, &asked)?,
                None => return None,
            };
            members.push((asked.key.to_string(), part));
        }
        Some(members)
    }
}
