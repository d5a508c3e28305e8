//! A YAML document as a tree that knows its lines.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::super::values::snake;

/// A value and the line, from 1, where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) shape: Shape,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Shape {
    Null,
    Bool(bool),
    /// Text, or a number as text.
    Text(String),
    Number(serde_json::Number),
    List(Vec<Node>),
    /// The keys as written.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value under the first of some keys in snake_case.
    pub(super) fn get(&self, names: &[&str]) -> Option<&Self> {
        names.iter().find_map(|name| self.entries().find(|(key, _)| key == name).map(|(_, node)| node))
    }

    /// The entries of a map, keys in snake_case.
    pub(super) fn entries(&self) -> impl Iterator<Item = (String, &Self)> {
        let entries = if let Shape::Map(entries) = &self.shape { entries.as_slice() } else { &[] };
        entries.iter().map(|(key, node)| (snake(key), node))
    }

    /// The items of a list; a value alone is a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match &self.shape {
            Shape::List(items) => items,
            Shape::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The value as text, the items of a list with `between` between them; `None` when there is more to it.
    pub(super) fn text(&self, between: &str) -> Option<String> {
        let text = match &self.shape {
            Shape::Null => return None,
            Shape::Bool(truth) => truth.to_string(),
            Shape::Text(text) => text.trim().to_owned(),
            Shape::Number(number) => number.to_string(),
            Shape::List(items) => items.iter().map(|item| item.text(between)).collect::<Option<Vec<_>>>()?.join(between),
            Shape::Map(_) => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.shape, Shape::Map(_))
    }

    pub(super) fn is_list_of_maps(&self) -> bool {
        matches!(&self.shape, Shape::List(items) if items.iter().any(Self::is_map))
    }

    /// The value for metadata.
    pub(super) fn json(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Bool(truth) => (*truth).into(),
            Shape::Text(text) => text.as_str().into(),
            Shape::Number(number) => Value::Number(number.clone()),
            Shape::List(items) => items.iter().map(Self::json).collect(),
            Shape::Map(entries) => entries.iter().map(|(key, node)| (key.clone(), node.json())).collect::<Map<_, _>>().into(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<Shape>::deserialize(deserializer)?;
        Ok(Self { line: usize::try_from(referenced.line()).unwrap_or(1).max(1), shape: value })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes)
    }
}

struct Shapes;

impl<'de> Visitor<'de> for Shapes {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        Shape::deserialize(deserializer)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Shape, E> {
        Ok(Shape::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Shape, E> {
        Ok(Shape::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Shape, E> {
        Ok(Shape::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Shape, E> {
        Ok(serde_json::Number::from_f64(number).map_or_else(|| Shape::Text(number.to_string()), Shape::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry::<String, Node>()? {
            map.push(entry);
        }
        Ok(Shape::Map(map))
    }
}
