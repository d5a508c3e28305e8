//! Keeping what has no column of its own.

use serde_json::{Map, Value};

use super::cards::Card;
use super::ledger::{Fate, Ledger};
use super::markdown::Kind;
use super::sheet::Field;

/// Adds a value under a key; a second one under the same key is added to the first.
pub(super) fn put(metadata: &mut Map<String, Value>, key: &str, value: Value) {
    let Some(before) = metadata.get_mut(key) else {
        metadata.insert(key.to_owned(), value);
        return;
    };
    match (before, value) {
        (before, more) if *before == more => {}
        (Value::String(before), Value::String(more)) => {
            before.push('\n');
            before.push_str(&more);
        }
        (Value::Array(before), Value::Array(more)) => before.extend(more),
        (Value::Array(before), more) => before.push(more),
        (before, more) => *before = vec![before.take(), more].into(),
    }
}

/// Adds the entries of a JSON object, as an exported plan holds them where no key line can; anything else is kept as it is.
pub(super) fn put_object(metadata: &mut Map<String, Value>, field: &Field) {
    match serde_json::from_str::<Map<String, Value>>(&field.text()) {
        Ok(entries) => metadata.extend(entries),
        Err(_) => put(metadata, &field.name, field.value()),
    }
}

/// Keeps the lines of a card that belong to no key; of an action they are fields, of a result notes.
pub(super) fn put_loose(metadata: &mut Map<String, Value>, card: &Card, fate: Fate, ledger: &mut Ledger<'_>) {
    for line in &card.sheet.loose {
        ledger.mark(line.number, line.last, fate);
        let key = if line.kind == Kind::Code { "code" } else { "notes" };
        put(metadata, key, line.text.clone().into());
    }
}

/// Keeps a field's lines that its one-line value does not cover.
pub(super) fn put_body(metadata: &mut Map<String, Value>, field: &Field) {
    if !field.inline.is_empty() {
        for line in &field.body {
            put(metadata, &format!("{}_notes", field.name), line.text.clone().into());
        }
    }
}
