//! Scalars: how values travel.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, NaiveDate, SecondsFormat, Utc};

/// An instant as an RFC 3339 string in UTC with up to six decimals of a second (`2025-10-28T17:00:00.000000Z`). Input may carry any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant as an RFC 3339 string in UTC with up to six decimals of a second (`2025-10-28T17:00:00.000000Z`). Input may carry any offset.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let instant = chrono::DateTime::parse_from_rfc3339(text).map(|instant| instant.with_timezone(&Utc));
        // In UTC it may be in a year that RFC 3339 has no form for.
        instant
            .ok()
            .filter(|instant| (1..=9999).contains(&instant.year()))
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{text:?} is not an instant such as \"2025-10-28T17:00:00Z\"")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(instant: chrono::DateTime<Utc>) -> Self {
        Self(instant)
    }
}

/// A calendar day as an ISO 8601 string (`2025-10-28`), without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

/// A calendar day as an ISO 8601 string (`2025-10-28`), without a time zone.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        text.parse().map(Self).map_err(|_| InputValueError::custom(format!("{text:?} is not a day such as \"2025-10-28\"")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An exact decimal number as a string (`"125000.00"`), so that no client rounds money or hours. Input may be a string or an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Decimal(pub rust_decimal::Decimal);

/// An exact decimal number as a string (`"125000.00"`), so that no client rounds money or hours. Input may be a string or an integer.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            Value::Number(number) => {
                return Err(InputValueError::custom(format!(
                    "write {number} as a string (\"{number}\"): a JSON fraction is not exact"
                )));
            }
            _ => return Err(InputValueError::expected_type(value)),
        };
        text.parse().map(Self).map_err(|_| InputValueError::custom(format!("{text:?} is not a decimal number such as \"2.50\"")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A metric as it is shown: with two decimals.
#[must_use]
pub fn two_decimals(value: Option<rust_decimal::Decimal>) -> Option<Decimal> {
    value.map(|value| Decimal(crate::analytics::formulas::shown(value)))
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        Self(number)
    }
}

/// A place in the event log: opaque, ordered as the events were committed, and valid on every instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub i64);

/// What the text of a cursor begins with, so that a cursor of a list is not taken for one of the log.
const CURSOR_TAG: &str = "event:";

/// A place in the event log: opaque, ordered as the events were committed, and valid on every instance.
#[Scalar(name = "Cursor")]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix(CURSOR_TAG)?.parse().ok())
            .filter(|position| *position >= 0)
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{text:?} is not a cursor of the event log")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.text())
    }
}

impl Cursor {
    /// The cursor as clients see it.
    #[must_use]
    pub fn text(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{CURSOR_TAG}{}", self.0))
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any JSON value.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}
