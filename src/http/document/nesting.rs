//! How deep a document nests and how many tokens it has, told without parsing it: the parser recurses once per level, and makes
//! something of every token.

/// What there is to a document before it is parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The deepest open bracket outside of strings and comments.
    pub(super) nesting: usize,
    /// Names, numbers, strings and punctuators.
    pub(super) tokens: usize,
}

/// Measures a document: any text at all.
pub(super) fn extent(document: &str) -> Extent {
    let bytes = document.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    let mut extent = Extent::default();
    // Once one block string has no end, no later one has: searching again would make the count quadratic.
    let mut blocks_end = true;
    while at < bytes.len() {
        if !goes_on(bytes, at) && !matches!(bytes[at], b' ' | b'\t' | b'\n' | b'\r' | b',' | b'#') {
            extent.tokens += 1;
        }
        match bytes[at] {
            b'{' | b'[' | b'(' => {
                depth += 1;
                extent.nesting = extent.nesting.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at += bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len()),
            b'"' if blocks_end && bytes[at..].starts_with(BLOCK) => {
                match end_of_block(bytes, at + BLOCK.len()) {
                    Some(end) => at = end,
                    // The grammar then reads an empty string, and another one after it.
                    None => {
                        blocks_end = false;
                        at += 1;
                    }
                }
            }
            b'"' => at = end_of_string(bytes, at + 1),
            _ => {}
        }
        at += 1;
    }
    extent
}

/// Whether a byte belongs to the token of the one before: to a name, a number or three dots.
fn goes_on(bytes: &[u8], at: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match (at.checked_sub(1).map(|before| bytes[before]), bytes[at]) {
        (None, _) => false,
        (Some(before), b'.') => before == b'.' || before.is_ascii_digit(),
        (Some(b'.'), word) => word.is_ascii_digit(),
        (Some(before), word) => is_word(before) && is_word(word),
    }
}

const BLOCK: &[u8] = br#"""""#;

/// The index of the last quote of a block string.
fn end_of_block(bytes: &[u8], mut at: usize) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at] == b'\\' && bytes[at + 1..].starts_with(BLOCK) {
            at += 1 + BLOCK.len();
        } else if bytes[at..].starts_with(BLOCK) {
            return Some(at + BLOCK.len() - 1);
        } else {
            at += 1;
        }
    }
    None
}

/// The index of the quote that ends a string, or of the line's end, where the parser will give up.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\n' | b'\r' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_brackets_outside_of_strings_and_comments() {
        for (document, expected) in [
            ("{ a }", 1),
            ("{ a(b: [{ c: [1] }]) }", 5),
            ("{ a(b: \"[[[[\") }", 2),
            ("{ a(b: \"\\\"[[\") }", 2),
            ("{ a(b: \"\"\"[[\\\"\"\"[[\"\"\") }", 2),
            ("{ a(b: \"\"\"[[\"\"\", c: \"[\", d: [1]) }", 3),
            ("# {{{{\n{ a }", 1),
            ("{ a } # {{{", 1),
            // A string without an end must not hide what the parser still reads.
            ("\"\n[[[", 3),
            ("[\"\"\"x\" [[[", 4),
            ("\"[[[", 0),
            ("\"\\", 0),
        ] {
            assert_eq!(extent(document).nesting, expected, "{document}");
        }
    }

    #[test]
    fn tokens_are_counted_as_the_grammar_has_them() {
        for (document, expected) in [
            ("", 0),
            ("{ a }", 3),
            ("{ a, b,,,,c } # d e f", 5),
            ("{a(b:-1.5e3,c:\"x y\")...D@e}", 15),
            ("\"\"\"a b \\\"\"\" c\"\"\" d", 2),
            ("$v: [Int!]! = 12", 10),
        ] {
            assert_eq!(extent(document).tokens, expected, "{document}");
        }
    }
}
