//! From a document to what is asked for.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Pos};
use async_graphql_value::Value;

use super::arguments::Arguments;
use super::changing::{Change, Changing, Member, Told};
use super::fields::{Field, OF_ALL_ACTIONS, Relation, field, root};
use super::reading::Reading;
use super::{Asked, Direct};
use crate::store::{Part, Select};

/// A field as it is once fragments are written out and what is asked twice is one.
struct Selected<'a> {
    key: &'a Name,
    name: &'a Name,
    at: Pos,
    arguments: Vec<(&'a Name, &'a Value)>,
    below: Vec<&'a SelectionSet>,
}

impl Selected<'_> {
    fn arguments(&self) -> Arguments {
        Arguments(self.arguments.iter().map(|(name, value)| ((*name).clone(), (*value).clone())).collect())
    }
}

struct Compiler<'a> {
    document: &'a ExecutableDocument,
    wanted: Vec<(Relation, Arguments)>,
    of_all: bool,
}

/// What is asked for by a document; none where the executor has to answer.
pub(super) fn compile(document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Direct> {
    if !operation.directives.is_empty() {
        return None;
    }
    let compiler = Compiler { document, wanted: Vec::new(), of_all: false };
    let roots = vec![&operation.selection_set.node];
    let asked = match operation.ty {
        OperationType::Query => Asked::Reading(compiler.reading(roots)?),
        OperationType::Mutation => Asked::Changing(compiler.changing(roots)?),
        OperationType::Subscription => return None,
    };
    let defaults = operation.variable_definitions.iter().filter_map(|definition| {
        let definition = &definition.node;
        Some((definition.name.node.clone(), definition.default_value()?.clone()))
    });
    Some(Direct { asked, defaults: defaults.collect() })
}

impl<'a> Compiler<'a> {
    fn reading(mut self, sets: Vec<&'a SelectionSet>) -> Option<Reading> {
        let mut roots = Vec::new();
        for selected in self.fields("Query", sets)? {
            let part = match selected.name.as_str() {
                "__typename" => Part::Constant("Query"),
                name => self.rows(root(name)?, &selected)?,
            };
            roots.push((selected.key.to_string(), part));
        }
        let Self { wanted, of_all, .. } = self;
        Some(Reading { roots, wanted, of_all, whole: Default::default(), owned: Default::default() })
    }

    /// One change, and what is told of it.
    fn changing(mut self, sets: Vec<&'a SelectionSet>) -> Option<Changing> {
        let roots = self.fields("Mutation", sets)?;
        let [selected] = roots.as_slice() else { return None };
        // Asked twice, it is made twice.
        if selected.below.len() > 1 {
            return None;
        }
        let change = Change::named(selected.name)?;
        let mut told = Vec::new();
        for member in self.fields(&change.payload, selected.below.clone())? {
            let part = match member.name.as_str() {
                "__typename" => Told::Type,
                "action" => Told::Action(self.columns(&member)?),
                _ => return None,
            };
            told.push((member.key.to_string(), part));
        }
        Some(Changing { key: selected.key.clone(), at: selected.at, input: selected.arguments(), change, told })
    }

    /// What is told of an action that was changed: nothing but its columns.
    fn columns(&mut self, action: &Selected<'a>) -> Option<Vec<(String, Member)>> {
        let members = self.members("Action", action.below.clone())?.into_iter().map(|(name, part)| {
            let member = match part {
                Part::Constant(text) => Member::Constant(text),
                Part::Column(column, form) => Member::column(column, form)?,
                Part::One(_) | Part::Page { .. } => return None,
            };
            Some((name, member))
        });
        members.collect()
    }

    /// The fields that are selected of a type.
    fn fields(&self, ty: &str, sets: Vec<&'a SelectionSet>) -> Option<Vec<Selected<'a>>> {
        let mut fields: Vec<Selected<'a>> = Vec::new();
        for set in sets {
            self.collect(ty, set, &mut fields)?;
        }
        Some(fields)
    }

    fn collect(&self, ty: &str, set: &'a SelectionSet, fields: &mut Vec<Selected<'a>>) -> Option<()> {
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
                        None => {
                            fields.push(Selected { key, name, at: item.pos, arguments, below: vec![&field.selection_set.node] })
                        }
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
    fn rows(&mut self, relation: Relation, selected: &Selected<'a>) -> Option<Part> {
        let rows = self.wanted.len();
        self.wanted.push((relation, selected.arguments()));
        if !relation.is_page() {
            let members = self.members(relation.of(), selected.below.clone())?;
            return Some(Part::One(Select { rows, key: relation.key(), members }));
        }
        let page = self.fields("", selected.below.clone())?;
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
        for selected in self.fields(ty, sets)? {
            let part = match field(ty, selected.name) {
                _ if selected.name == "__typename" => Part::Constant(ty),
                Some(Field::Column(column, form)) => {
                    self.of_all |= OF_ALL_ACTIONS == (ty, selected.name.as_str());
                    Part::Column(column, form)
                }
                Some(Field::Rows(relation)) => self.rows(relation, &selected)?,
                None => return None,
            };
            members.push((selected.key.to_string(), part));
        }
        Some(members)
    }
}
