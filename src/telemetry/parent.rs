//! Where a caller is in a trace: `traceparent` (W3C), else `X-Cloud-Trace-Context` (Google).

use axum::http::HeaderMap;

/// The caller's place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace: u128,
    /// The caller's span of it.
    pub span: u64,
    /// Whether the caller keeps the trace and is believed.
    pub sampled: bool,
}

impl Parent {
    /// What a request's headers say, where anybody wants to know. Who is not believed has no say in which traces are kept.
    #[must_use]
    pub fn of(headers: &HeaderMap, believed: bool) -> Option<Self> {
        if !super::wants_parents() {
            return None;
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let parent = text("traceparent").and_then(w3c).or_else(|| text("x-cloud-trace-context").and_then(google))?;
        Some(Self { sampled: parent.sampled && believed, ..parent })
    }
}

/// `00-TRACE-SPAN-FLAGS`, in hexadecimal; later versions may go on.
fn w3c(text: &str) -> Option<Parent> {
    let mut parts = text.trim().split('-');
    let version = hexadecimal(parts.next()?, 2)?;
    let (trace, span, flags) = (hexadecimal(parts.next()?, 32)?, hexadecimal(parts.next()?, 16)?, hexadecimal(parts.next()?, 2)?);
    if version == 0xff || (version == 0 && parts.next().is_some()) {
        return None;
    }
    parent(trace, u64::try_from(span).ok()?, flags & 1 == 1)
}

/// `TRACE/SPAN;o=OPTIONS`: the trace in hexadecimal, the span in decimal.
fn google(text: &str) -> Option<Parent> {
    let (place, options) = text.trim().split_once(';').unwrap_or((text.trim(), ""));
    let (trace, span) = place.split_once('/')?;
    parent(hexadecimal(trace, 32)?, span.parse().ok()?, options.trim() == "o=1")
}

/// Zeros are nobody's.
fn parent(trace: u128, span: u64, sampled: bool) -> Option<Parent> {
    (trace != 0 && span != 0).then_some(Parent { trace, span, sampled })
}

fn hexadecimal(text: &str, length: usize) -> Option<u128> {
    let is_sound = text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sound.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

    #[test]
    fn both_ways_of_writing_are_read() {
        let place = Parent { trace: TRACE, span: 0x00f0_67aa_0ba9_02b7, sampled: true };
        assert_eq!(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), Some(place));
        assert_eq!(w3c("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"), Some(place));
        assert_eq!(google("4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343;o=1"), Some(place));
        let unsampled = Some(Parent { sampled: false, ..place });
        assert_eq!(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), unsampled);
        assert_eq!(google("4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343"), unsampled);
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(w3c(text), None, "{text}");
        }
        for text in ["", "/", "4bf92f3577b34da6a3ce929d0e0e4736/", "4bf92f3577b34da6a3ce929d0e0e4736/x", "4bf9/1;o=1"] {
            assert_eq!(google(text), None, "{text}");
        }
    }
}
