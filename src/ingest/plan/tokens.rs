//! Texts cut into the numbers, words and signs that dates are made of.

/// A piece of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A word in lower case.
    Word(String),
    Dash,
    Colon,
    Slash,
    Open,
    Close,
    Other,
}

/// The most of a text that is looked at: no date stands behind that many words.
const LOOKED_AT: usize = 2_000;

/// Cuts a text into its pieces; spaces, commas, dots and underscores only separate.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = &text[..text.floor_char_boundary(LOOKED_AT)];
    while let Some(c) = rest.chars().next() {
        let length = |same: fn(char) -> bool| rest.find(|c| !same(c)).unwrap_or(rest.len());
        let taken = if c.is_ascii_digit() {
            let taken = length(|c| c.is_ascii_digit());
            tokens.push(rest[..taken].parse().map_or(Token::Other, |number| Token::Number(number, taken)));
            taken
        } else if c.is_alphabetic() {
            let taken = length(char::is_alphabetic);
            tokens.push(Token::Word(rest[..taken].to_lowercase()));
            taken
        } else {
            match c {
                '-' | '–' | '—' | '−' | '→' => tokens.push(Token::Dash),
                ':' => tokens.push(Token::Colon),
                '/' => tokens.push(Token::Slash),
                '(' | '[' => tokens.push(Token::Open),
                ')' | ']' => tokens.push(Token::Close),
                ',' | '.' | '_' => {}
                c if c.is_whitespace() => {}
                _ => tokens.push(Token::Other),
            }
            c.len_utf8()
        };
        rest = &rest[taken..];
    }
    tokens
}
