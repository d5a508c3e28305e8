//! Checks of input values, one rule each. Fields are named by their path in the mutation's arguments.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::error::ClientError;

/// The longest text of a field, in characters.
const MAX_TEXT: usize = 10_000;

/// The longest owner text, in characters (the column's width).
const MAX_OWNER: usize = 255;

/// The longest action code, in characters (the column's width).
const MAX_CODE: usize = 100;

/// The longest name of a key, in characters (the column's width).
const MAX_NAME: usize = 100;

/// How far a report may lie in the future, for clocks that differ.
const CLOCK_SKEW: chrono::Duration = chrono::Duration::minutes(1);

/// Hours as DECIMAL(5,2) holds them.
pub(super) fn hours(field: &str, hours: Option<Decimal>) -> Result<Option<Decimal>, ClientError> {
    decimal(field, hours, Decimal::new(99_999, 2), "hours")
}

/// US dollars as DECIMAL(12,2) holds them.
pub(super) fn dollars(field: &str, dollars: Decimal) -> Result<Decimal, ClientError> {
    decimal(field, Some(dollars), Decimal::new(999_999_999_999, 2), "US dollars").map(|dollars| dollars.unwrap_or_default())
}

fn decimal(field: &str, value: Option<Decimal>, max: Decimal, unit: &str) -> Result<Option<Decimal>, ClientError> {
    let Some(value) = value else { return Ok(None) };
    if value.is_sign_negative() && !value.is_zero() {
        return Err(ClientError::input(field, format!("`{field}` must not be negative: {value}")));
    }
    if value > max {
        return Err(ClientError::input(field, format!("`{field}` must be at most {max} {unit}, not {value}")));
    }
    if value.normalize().scale() > 2 {
        return Err(ClientError::input(field, format!("`{field}` has two decimals at most, not {value}")));
    }
    // The database's form, so that 2 and 2.00 compare as one.
    let mut value = value.abs();
    value.rescale(2);
    Ok(Some(value))
}

/// A text that says something.
pub(super) fn text(field: &str, text: String) -> Result<String, ClientError> {
    let text = optional_text(field, Some(text))?.unwrap_or_default();
    if text.is_empty() {
        return Err(ClientError::input(field, format!("`{field}` must not be empty")));
    }
    Ok(text)
}

/// A text that may be absent; an empty one is.
pub(super) fn optional_text(field: &str, text: Option<String>) -> Result<Option<String>, ClientError> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > MAX_TEXT {
        return Err(ClientError::input(field, format!("`{field}` may have {MAX_TEXT} characters at most")));
    }
    // PostgreSQL's text holds no NUL.
    if text.contains('\0') {
        return Err(ClientError::input(field, format!("`{field}` must not contain the character U+0000")));
    }
    Ok(Some(text))
}

/// Owners as text.
pub(super) fn owner(field: &str, owner: String) -> Result<String, ClientError> {
    let owner = text(field, owner)?;
    if owner.chars().count() > MAX_OWNER {
        return Err(ClientError::input(field, format!("`{field}` may have {MAX_OWNER} characters at most")));
    }
    if crate::store::split_owners(&owner).is_empty() {
        return Err(ClientError::input(field, format!("`{field}` names nobody: {owner:?}")));
    }
    Ok(owner)
}

/// The code of an action.
pub(super) fn code(field: &str, code: String) -> Result<String, ClientError> {
    let code = text(field, code)?;
    let sound = code.len() <= MAX_CODE && code.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if sound {
        return Ok(code);
    }
    Err(ClientError::input(
        field,
        format!("`{field}` is letters, digits, `-`, `_`, `.`, at most {MAX_CODE} of them, not {code:?}"),
    ))
}

/// A score from 0 to 100.
pub(super) fn score(field: &str, score: Option<i32>) -> Result<Option<i32>, ClientError> {
    match score {
        Some(score) if !(0..=100).contains(&score) => {
            Err(ClientError::input(field, format!("`{field}` is from 0 to 100, not {score}")))
        }
        score => Ok(score),
    }
}

/// A moment that has come.
pub(super) fn past(field: &str, instant: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, ClientError> {
    if instant > now + CLOCK_SKEW {
        return Err(ClientError::input(field, format!("`{field}` lies in the future: {instant}")));
    }
    Ok(instant)
}

/// An e-mail address, lower case.
pub(super) fn email(field: &str, email: String) -> Result<String, ClientError> {
    let email = text(field, email)?;
    crate::store::email_address(&email)
        .ok_or_else(|| ClientError::input(field, format!("`{field}` is an e-mail address, not {email:?}")))
}

/// What something is called, in a line.
pub(super) fn name(field: &str, name: String) -> Result<String, ClientError> {
    let name = text(field, name)?;
    if name.chars().count() > MAX_NAME {
        return Err(ClientError::input(field, format!("`{field}` may have {MAX_NAME} characters at most")));
    }
    Ok(name)
}

/// A budget of a minute.
pub(super) fn budget(field: &str, budget: Option<i32>) -> Result<Option<i32>, ClientError> {
    match budget {
        Some(budget) if budget < 1 => Err(ClientError::input(field, format!("`{field}` is 1 or more, not {budget}"))),
        budget => Ok(budget),
    }
}
