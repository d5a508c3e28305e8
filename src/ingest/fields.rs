//! Free-form records (objects of JSON, rows of a table) as lists of named values that know their line.
//!
//! People and scripts spell the same key in many ways: keys are compared in snake_case, and a value is asked for by all
//! the names it is known under. What nobody asked for is what is left over.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::document::Unread;
use super::merge::clip;

/// The most characters of a line that a report quotes.
const QUOTED: usize = 200;

/// What is written where nothing is known.
const SILENT: [&str; 9] = ["", "-", "–", "—", "n/a", "null", "none", "tbd", "?"];

/// A text of JSON, and where its lines begin.
pub(super) struct Reader<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect();
        Self { text, starts }
    }

    /// Line, from 1, on which a piece of the text begins.
    fn line(&self, piece: &str) -> usize {
        let offset = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.starts.partition_point(|start| *start <= offset) + 1
    }

    /// The whole text as one value.
    pub(super) fn root(&self) -> Result<&'a RawValue, Unread> {
        serde_json::from_str(self.text).map_err(|error| {
            let line = error.line().max(1);
            unread(line, self.text.lines().nth(line - 1).unwrap_or_default(), format!("this is no JSON: {}", cause(&error)))
        })
    }

    /// One value a line. Lines that hold none are reported; a last line that is cut off is still being written, and is not.
    pub(super) fn values(&self) -> (Vec<&'a RawValue>, Vec<Unread>) {
        let (mut values, mut unreads) = (Vec::new(), Vec::new());
        for piece in self.text.split_inclusive('\n') {
            let line = piece.trim();
            if line.is_empty() {
                continue;
            }
            match serde_json::from_str(line) {
                Ok(value) => values.push(value),
                Err(error) if error.is_eof() && !piece.ends_with('\n') => {}
                Err(error) => unreads.push(unread(self.line(line), line, format!("this line is no JSON: {}", cause(&error)))),
            }
        }
        (values, unreads)
    }

    /// The fields of an object; `None` where the value is no object, or one that is nested beyond reason.
    pub(super) fn fields(&self, raw: &'a RawValue) -> Option<Fields> {
        let pairs: Pairs<'a> = serde_json::from_str(raw.get()).ok()?;
        let mut fields = Fields { line: self.line(raw.get()), fields: Vec::with_capacity(pairs.0.len()) };
        for (name, raw) in pairs.0 {
            let value = serde_json::from_str(raw.get()).ok()?;
            fields.push(&name, value, self.line(raw.get()));
        }
        Some(fields)
    }

    /// The members of an object as they are written.
    pub(super) fn members(&self, raw: &'a RawValue) -> Vec<(String, &'a RawValue)> {
        serde_json::from_str::<Pairs<'a>>(raw.get()).map(|pairs| pairs.0).unwrap_or_default()
    }

    /// The elements of a list; `None` where the value is none.
    pub(super) fn elements(&self, raw: &'a RawValue) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(raw.get()).ok()
    }

    /// Says why a value was not read.
    pub(super) fn unread(&self, raw: &RawValue, reason: impl Into<String>) -> Unread {
        unread(self.line(raw.get()), raw.get().lines().next().unwrap_or_default(), reason)
    }
}

/// The members of an object in their order, a repeated key included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A named value.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The name as written.
    name: String,
    /// The name in snake_case.
    key: String,
    pub(super) value: Value,
    pub(super) line: usize,
}

impl Field {
    /// Says why it was not read.
    pub(super) fn unread(&self, reason: impl Into<String>) -> Unread {
        unread(self.line, &format!("{}: {}", self.name, plain(&self.value)), reason)
    }

    /// Its text, where it is a text or a number.
    pub(super) fn text(&self) -> Option<String> {
        matches!(self.value, Value::String(_) | Value::Number(_)).then(|| plain(&self.value).trim().to_owned())
    }
}

/// The named values of one record. Those that say nothing (null, an empty text, `TBD` …) are not among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// Where the record begins.
    pub(super) line: usize,
    fields: Vec<Field>,
}

impl Fields {
    /// A record without fields yet.
    pub(super) const fn at(line: usize) -> Self {
        Self { line, fields: Vec::new() }
    }

    pub(super) fn push(&mut self, name: &str, value: Value, line: usize) {
        let value = without_nul(value);
        if !is_silent(&value) {
            let name = name.trim().replace('\0', "\u{fffd}");
            self.fields.push(Field { key: snake(&name), name, value, line });
        }
    }

    /// Whether it says nothing at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes out the value that has one of these names; the first name that is there wins.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<Field> {
        let at = names.iter().find_map(|name| self.fields.iter().position(|field| field.key == *name))?;
        Some(self.fields.remove(at))
    }

    /// Takes out every value that has one of these names.
    pub(super) fn take_all(&mut self, names: &[&str]) -> Vec<Field> {
        names.iter().flat_map(|name| self.fields.extract_if(.., |field| field.key == *name).collect::<Vec<_>>()).collect()
    }

    /// The value that has one of these names.
    pub(super) fn get(&self, names: &[&str]) -> Option<&Field> {
        names.iter().find_map(|name| self.fields.iter().find(|field| field.key == *name))
    }

    /// A value inside an object that has one of these names.
    pub(super) fn inside(&self, names: &[&str], key: &str) -> Option<&Value> {
        names.iter().find_map(|name| self.fields.iter().filter(|field| field.key == *name).find_map(|field| field.value.get(key)))
    }

    /// Puts the members of an object in its place, below those that are there.
    pub(super) fn unfold(&mut self, name: &str) {
        let Some(at) = self.fields.iter().position(|field| field.key == name && field.value.is_object()) else { return };
        let field = self.fields.remove(at);
        let Value::Object(members) = field.value else { return };
        for (name, value) in members {
            self.push(&name, value, field.line);
        }
    }

    /// What nobody took, under the names as written.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.fields.into_iter().map(|field| (field.name, field.value)).collect()
    }
}

/// What is wrong, without serde's own count of lines, which begins where its text does.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or_else(|| text.clone(), |(cause, _)| cause.to_owned())
}

/// A value as a word of a sentence: a text without its quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An entry of a report.
pub(super) fn unread(line: usize, text: &str, reason: impl Into<String>) -> Unread {
    Unread { line, text: clip(text.trim(), QUOTED), reason: clip(&reason.into(), 2 * QUOTED) }
}

fn is_silent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_silent_text(text),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether a text says that nothing is known.
pub(super) fn is_silent_text(text: &str) -> bool {
    SILENT.contains(&text.trim().to_lowercase().as_str())
}

/// A value without U+0000, which PostgreSQL does not hold.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(list) => list.into_iter().map(without_nul).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name.replace('\0', "\u{fffd}"), without_nul(value))).collect()
        }
        other => other,
    }
}

/// A key in snake_case: `lastHeartbeat`, `Last Heartbeat` and `LAST-HEARTBEAT` are one.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() {
            was_lower = false;
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            continue;
        }
        if character.is_uppercase() && was_lower {
            snake.push('_');
        }
        was_lower = character.is_lowercase() || character.is_numeric();
        snake.extend(character.to_lowercase());
    }
    snake.truncate(snake.trim_end_matches('_').len());
    snake
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_however_they_are_spelled() {
        for (name, key) in [
            ("lastHeartbeat", "last_heartbeat"),
            ("LAST-HEARTBEAT", "last_heartbeat"),
            (" Last Heartbeat: ", "last_heartbeat"),
            ("songID", "song_id"),
            ("BPM", "bpm"),
            ("Hat Max (dB)", "hat_max_d_b"),
            ("", ""),
        ] {
            assert_eq!(snake(name), key, "{name:?}");
        }
    }

    #[test]
    fn values_know_their_line_and_silence_is_left_out() {
        let text = "\u{feff}{\n  \"a\": \"\",\n  \"B b\": [\n    1\n  ],\n  \"c\": null, \"d\": \"x\\u0000y\"\n}";
        let reader = Reader::new(text);
        let mut fields = reader.fields(reader.root().unwrap()).unwrap();
        assert_eq!(fields.line, 1);
        assert_eq!(fields.take(&["x", "b_b"]).unwrap().line, 3);
        let rest = fields.take(&["d"]).unwrap();
        assert_eq!((rest.line, rest.text().unwrap().as_str()), (6, "x\u{fffd}y"));
        assert!(fields.rest().is_empty());
    }

    #[test]
    fn a_broken_line_is_reported_and_a_line_being_written_is_not() {
        let reader = Reader::new("{\"a\": 1}\n\n{oops}\n{\"a\": 2}\n{\"a\": ");
        let (values, unread) = reader.values();
        assert_eq!(values.len(), 2);
        assert_eq!(unread.iter().map(|unread| unread.line).collect::<Vec<_>>(), [3]);
        assert_eq!(Reader::new("{\"a\": \n").values().1.len(), 1, "a whole line that is cut off is broken");
    }
}
