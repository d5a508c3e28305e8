//! JSON as text.

/// Writes an object, each of whose members writes itself.
pub(super) fn object<T>(data: &mut String, members: &[(String, T)], mut write: impl FnMut(&mut String, &T)) {
    data.push('{');
    for (at, (name, member)) in members.iter().enumerate() {
        data.push_str(if at > 0 { ",\"" } else { "\"" });
        data.push_str(name);
        data.push_str("\":");
        write(data, member);
    }
    data.push('}');
}

/// Writes a string.
pub(super) fn text(data: &mut String, text: &str) {
    // Texts can be written.
    data.push_str(&serde_json::to_string(text).unwrap_or_default());
}
