//! How much a document selects once its fragments are written out, told without writing them out: validation walks the written-out
//! form, and goes down a chain of fragments by recursion.

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::super::HttpLimits;
use super::super::errors::{Rejection, code};

/// Measures a document as it is once every spread is replaced by its fragment.
pub(super) struct WrittenOut<'a> {
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
    pub(super) fn new(document: &'a ExecutableDocument, limits: &'a HttpLimits) -> Self {
        Self { document, limits, measured: HashMap::new(), open: HashSet::new() }
    }

    /// Refuses a document beyond the limits. All fragments count, those that nothing spreads too: validation visits each.
    pub(super) fn check(mut self) -> Result<(), Rejection> {
        let document = self.document;
        let mut sum = 0_usize;
        for (_, operation) in document.operations.iter() {
            sum = sum.saturating_add(self.selection_set(&operation.node.selection_set.node)?.selections);
        }
        for name in document.fragments.keys() {
            sum = sum.saturating_add(self.fragment(name)?.selections);
        }
        if sum > self.limits.document_selections {
            return Err(Rejection::too_complex(format!(
                "The document selects more than {} fields.",
                self.limits.document_selections
            )));
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
        let too_long = || Rejection::too_complex(format!("The document has fragments in fragments more than {longest} deep."));
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
    use async_graphql::parser::parse_query;

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
