//! What an alert says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The longest title and text of ordinary alerts, in characters.
pub(super) const MAX_TITLE: usize = 150;
const MAX_TEXT: usize = 2_000;

/// What an alert says; kept as JSON with its delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// In one line.
    pub title: String,
    /// In some.
    pub text: String,
    /// The same for mail programs that show HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// When what it tells of happened.
    pub occurred_at: DateTime<Utc>,
    /// Where to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The same for machines.
    pub data: Json,
}

impl Message {
    /// An alert of a moment. What is too long is cut.
    #[must_use]
    pub fn new(title: &str, text: &str, occurred_at: DateTime<Utc>, data: Json) -> Self {
        Self { title: line(title), text: cut(&plain(text), MAX_TEXT), html: None, occurred_at, link: None, data }
    }
}

/// What some alerts say in one line of at most so many characters: the first of them, and how many more there are.
pub(super) fn headline(messages: &[Message], most: usize) -> String {
    let Some((first, others)) = messages.split_first() else { return String::new() };
    if others.is_empty() {
        return cut(&first.title, most);
    }
    let more = format!(" … and {} more", others.len());
    let title = cut(&first.title, most.saturating_sub(more.chars().count()));
    format!("{}{more}", title.trim_end_matches('…').trim_end())
}

/// What some alerts say: of several, each below its title.
pub(super) fn listed(messages: &[Message]) -> String {
    match messages {
        [only] => only.text.clone(),
        several => {
            let each: Vec<String> = several.iter().map(|message| format!("{}\n{}", message.title, message.text)).collect();
            each.join("\n\n")
        }
    }
}

/// A text in one line.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    cut(&words.join(" "), MAX_TITLE)
}

/// A text of at most so many characters; an ellipsis says where it was longer.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Without characters that are none, line breaks apart.
fn plain(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_line_and_not_too_long() {
        assert_eq!(line(" Blocked:\r\n A\t\u{1b}B "), "Blocked: A B");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü x", 4), "äöü…");
        assert_eq!(plain("a\u{1b}[1m\nb\r"), "a[1m\nb");
    }

    #[test]
    fn of_several_the_first_is_named_and_the_rest_counted() {
        let messages = |titles: &[&str]| -> Vec<Message> {
            let now = "2026-01-01T00:00:00Z".parse().expect("an instant");
            titles.iter().map(|title| Message::new(title, "text", now, Json::Null)).collect()
        };
        assert_eq!(headline(&messages(&["Overdue: A"]), 9), "Overdue:…");
        assert_eq!(headline(&messages(&["Overdue: A", "b", "c"]), 30), "Overdue: A … and 2 more");
        assert_eq!(headline(&messages(&["Overdue: A", "b", "c"]), 22), "Overdue: … and 2 more");
        assert_eq!(listed(&messages(&["a"])), "text");
        assert_eq!(listed(&messages(&["a", "b"])), "a\ntext\n\nb\ntext");
    }
}
