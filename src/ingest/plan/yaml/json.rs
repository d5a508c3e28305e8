//! JSON as the YAML that it nearly is.

/// JSON as YAML reads it: tabs are spaces, and characters beyond U+FFFF, which JSON may write as two escapes, stand for themselves.
/// Lines stay where they are.
pub(super) fn as_yaml(text: &str) -> String {
    let mut yaml = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        yaml.push_str(&rest[..at].replace('\t', " "));
        let (taken, character) = match pair(&rest[at..]) {
            Some(found) => found,
            // The escape and what it escapes, which may be another backslash.
            None => (1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8), None),
        };
        match character {
            Some(character) => yaml.push(character),
            None => yaml.push_str(&rest[at..at + taken]),
        }
        rest = &rest[at + taken..];
    }
    yaml.push_str(&rest.replace('\t', " "));
    yaml
}

/// The character that two escapes (`\ud83d\ude80`) stand for, and how long they are; half a pair is U+FFFD.
fn pair(text: &str) -> Option<(usize, Option<char>)> {
    let unit = |at: usize| u32::from_str_radix(text.get(at..)?.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let high = unit(0).filter(|unit| (0xd800..0xe000).contains(unit))?;
    let low = unit(6).filter(|low| high < 0xdc00 && (0xdc00..0xe000).contains(low));
    Some(match low {
        Some(low) => (12, char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))),
        None => (6, Some('\u{fffd}')),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_tabs() {
        for (json, yaml) in [
            ("{\n\t\"a\": \"\\ud83d\\ude80 x\"\n}", "{\n \"a\": \"🚀 x\"\n}"),
            ("\"\\ud83d x\"", "\"\u{fffd} x\""),
            ("\"\\\\ud83d \\u00e9\\n\"", "\"\\\\ud83d \\u00e9\\n\""),
            ("\"\\", "\"\\"),
        ] {
            assert_eq!(as_yaml(json), yaml, "{json}");
        }
    }
}
