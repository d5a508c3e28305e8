//! Lines that ask for something in so many words, and those that say that there is nothing to do.

/// What stands before a thing to do, whatever is around it.
const ASKS: [&str; 7] = ["to-do", "to do", "todo", "action item", "action", "next step", "follow-up"];

/// The words behind `TODO:`, `ACTION:`, `Action item:`, `Next step:`, and whom `TODO(Bo):` names.
pub(super) fn asked(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim_start();
    ASKS.iter().find_map(|ask| {
        let (head, mut rest) = text.split_at_checked(ask.len())?;
        let named = rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let mut name = None;
        if let Some((inside, behind)) = named.filter(|(_, behind)| behind.starts_with(':')) {
            (name, rest) = (Some(inside.trim().trim_start_matches('@')), behind);
        }
        let numbered = rest.trim_start_matches([' ', '#']).trim_start_matches(|c: char| c.is_ascii_digit());
        let words = numbered.strip_prefix(':').or_else(|| {
            // `TODO - call Ana`; words such as `action` may begin a sentence.
            let dash = rest.trim_start().strip_prefix(['-', '–', '—']).filter(|rest| rest.starts_with(' '));
            dash.filter(|_| head == "TODO")
        })?;
        (head.eq_ignore_ascii_case(ask) && words.contains(char::is_alphanumeric)).then(|| (words.trim_start(), name))
    })
}

/// What is said where somebody has nothing to do.
const NOTHING: [&str; 20] = [
    "away",
    "day off",
    "n a",
    "nil",
    "no action",
    "no action items",
    "no actions",
    "no items",
    "no task",
    "no tasks",
    "none",
    "nothing",
    "nothing new",
    "nothing to do",
    "off",
    "on holiday",
    "on leave",
    "on vacation",
    "ooo",
    "out of office",
];

/// Whether a text says that there is nothing to do: `none this week`, `n/a`, `—`, `off (back Monday)`.
pub(super) fn is_nothing_to_do(text: &str) -> bool {
    let text = text.split('(').next().unwrap_or_default().trim().to_lowercase();
    if text.chars().all(|c| !c.is_alphanumeric()) {
        return text.chars().any(|c| matches!(c, '-' | '–' | '—' | '∅'));
    }
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut words = words.as_slice();
    while let [before @ .., "this" | "for" | "now" | "yet" | "week" | "today" | "all" | "currently" | "planned"] = words {
        words = before;
    }
    NOTHING.contains(&words.join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_ask() {
        for text in [
            "TODO: sweep",
            "To-do: sweep",
            "ACTION: sweep",
            "Action item: sweep",
            "Action Item #2: sweep",
            "Next step: sweep",
            "TODO - sweep",
        ] {
            assert_eq!(asked(text), Some(("sweep", None)), "{text}");
        }
        assert_eq!(asked("TODO(@Bo): sweep"), Some(("sweep", Some("Bo"))));
        for text in ["TODO", "TODO:", "Actions", "Action plan: sweep", "Action - sweep", "Sweep: todo", "Todoist: sweep"] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_to_do() {
        for text in [
            "none this week",
            "None.",
            "no action",
            "No actions this week",
            "n/a",
            "N/A",
            "—",
            "-",
            "off",
            "Off this week",
            "nothing",
            "off (back Monday)",
            "none for now",
        ] {
            assert!(is_nothing_to_do(text), "{text}");
        }
        for text in ["", "None of the lamps work", "off-site visit", "no action lost", "nothing new to paint", "plan next week"] {
            assert!(!is_nothing_to_do(text), "{text}");
        }
    }
}
