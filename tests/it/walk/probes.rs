//! Every question that the schema allows: each root field, with each argument and each field of its inputs, for each kind of value.

use super::model::{Given, Model, given};
use super::world::Keys;

/// One document, and which argument it tries (`Query.weeks(filter.status)`).
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) tries: String,
    pub(super) document: String,
}

pub(super) struct Probes<'a> {
    pub(super) model: &'a Model,
    /// What is asked by.
    pub(super) keys: &'a Keys,
    /// Cursors of others, for `after` and `before`.
    pub(super) cursors: &'a dyn Fn(&str) -> Option<String>,
    /// The agent that a heartbeat is reported of.
    pub(super) agent: &'a str,
}

impl Probes<'_> {
    /// The documents of a root field. The plain one shows everything below it; those for its arguments show which rows it has.
    pub(super) fn of(&self, root: &str, name: &str) -> Vec<Probe> {
        let field = self.model.field(root, name);
        let of = super::model::base(&field.ty.node);
        let arguments: Vec<Given> = field.arguments.iter().map(|argument| given(&argument.node)).collect();
        let mut probes = Vec::new();
        let mut add = |tries: String, arguments: &str, depth: usize| {
            let below = if self.model.fields(&of).is_empty() { String::new() } else { self.model.selection(&of, depth) };
            let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
            let document = format!("{} {{ {name}{arguments} {below} }}", root.to_lowercase());
            probes.push(Probe { tries, document });
        };
        let is_list = arguments.iter().any(|argument| argument.name == "first");
        if root == "Query" && !arguments.iter().any(|argument| argument.is_required) {
            add(format!("{root}.{name}"), "", 1);
        }
        for (at, argument) in arguments.iter().enumerate() {
            let others: Vec<&Given> =
                arguments.iter().enumerate().filter(|(other, own)| *other != at && own.is_required).map(|(_, own)| own).collect();
            for (path, value) in self.values(name, argument) {
                let mut all = vec![format!("{}: {value}", argument.name)];
                if is_list && !matches!(path.as_str(), "first" | "last" | "before" | "types") {
                    all.push("first: 10".to_owned());
                }
                all.extend(others.iter().map(|other| format!("{}: {}", other.name, self.any(name, other))));
                // A single row is shown whole, and each kind of event: it is how all that there is is come to.
                let is_whole = root == "Query" && (!is_list || name == "events" && path == "types");
                add(format!("{root}.{name}({path})"), &all.join(", "), usize::from(is_whole));
            }
        }
        probes
    }

    /// Each value that a thing can be given, and the path to what is tried.
    fn values(&self, field: &str, given: &Given) -> Vec<(String, String)> {
        let inner = self.model.input(&given.of);
        if inner.is_empty() {
            let wrap = |value: String| if given.is_list { format!("[{value}]") } else { value };
            return self.scalars(field, given).into_iter().map(|value| (given.name.clone(), wrap(value))).collect();
        }
        let mut values = Vec::new();
        for (at, own) in inner.iter().enumerate() {
            for (path, value) in self.values(field, own) {
                let mut all = vec![format!("{}: {value}", own.name)];
                let others = inner.iter().enumerate().filter(|(other, own)| *other != at && own.is_required);
                all.extend(others.map(|(_, other)| format!("{}: {}", other.name, self.any(field, other))));
                values.push((format!("{}.{path}", given.name), format!("{{ {} }}", all.join(", "))));
            }
        }
        values
    }

    fn any(&self, field: &str, given: &Given) -> String {
        if given.name == "agent" {
            return format!("\"{}\"", self.agent);
        }
        self.values(field, given).into_iter().next().unwrap_or_else(|| panic!("no value for {}: {}", given.name, given.of)).1
    }

    fn scalars(&self, field: &str, given: &Given) -> Vec<String> {
        let quoted = |values: &[String]| values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>();
        let values = self.model.values(&given.of);
        if !values.is_empty() {
            return values;
        }
        match (given.name.as_str(), given.of.as_str()) {
            ("after" | "before", _) => (self.cursors)(field).map(|cursor| format!("\"{cursor}\"")).into_iter().collect(),
            (_, "ID") => quoted(&self.keys.ids),
            ("search" | "reason" | "blockerDescription" | "evidencePath" | "error", _) => vec!["\"a\"".to_owned()],
            (_, "String") => quoted(&self.keys.words),
            (_, "Date") => quoted(&self.keys.dates),
            (_, "DateTime") => self.keys.dates.iter().map(|date| format!("\"{date}T12:00:00Z\"")).collect(),
            (_, "Int") => vec!["2".to_owned(), "90".to_owned()],
            (_, "Boolean") => vec!["true".to_owned(), "false".to_owned()],
            (_, "Decimal") => vec!["\"1.5\"".to_owned()],
            (_, "JSON") => vec!["{ a: 1 }".to_owned()],
            (name, other) => panic!("how is {name}: {other} asked with?"),
        }
    }
}
