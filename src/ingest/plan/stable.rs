//! Codes for what carries none: made of its words, so that they stay when lines move, boxes are ticked or owners change.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::dates::begins_with_day;
use super::values::is_duration;

/// The most characters of a code that is made of a heading.
const LONGEST: usize = 48;

/// The most characters of a day in words.
const LONGEST_DAY: usize = 30;

/// The words of a text in lower case, without signs, times that something takes and the day at its end by which it is due.
pub(in crate::ingest) fn normal(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let due = [" by ", " before ", " due "].iter().find_map(|word| {
        text.rsplit_once(word).filter(|(_, day)| day.len() <= LONGEST_DAY && begins_with_day(day)).map(|(before, _)| before)
    });
    let text = due.unwrap_or(text);
    for piece in text.split(['(', ')', '[', ']']) {
        if is_duration(piece.trim()) {
            continue;
        }
        let end = piece.trim_end();
        let without = [" - ", " – ", " — ", " ~", ", "]
            .iter()
            .find_map(|dash| end.rsplit_once(dash).filter(|(_, last)| is_duration(last.trim())));
        let piece = without.map_or(piece, |(before, _)| before);
        words.extend(piece.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase));
    }
    words.join(" ")
}

/// Gives out codes, none twice.
#[derive(Debug, Default)]
pub(super) struct Codes {
    taken: HashSet<String>,
    /// How often a code was wanted.
    wanted: HashMap<String, usize>,
}

impl Codes {
    /// Enters a code that is written in the document; false when it was taken already.
    pub(super) fn take(&mut self, code: &str) -> bool {
        self.taken.insert(code.to_owned())
    }

    pub(super) fn is_taken(&self, code: &str) -> bool {
        self.taken.contains(code)
    }

    /// The code of an action: of the plan's, its first day and the action's words.
    pub(super) fn action(&mut self, plan: &str, week_start: NaiveDate, words: &str) -> String {
        let day = week_start.format("%Y%m%d");
        let hash = Sha256::digest(format!("{plan}\n{day}\n{words}").as_bytes());
        let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        self.free(format!("{plan}-{day}-{hash}"))
    }

    /// The code of a section: the words of its heading, without what stands in parentheses.
    pub(super) fn section(&mut self, heading: &str) -> String {
        let heading = heading.split('(').next().filter(|head| head.contains(char::is_alphanumeric)).unwrap_or(heading);
        let mut code = String::new();
        for word in heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            if code.len() + word.len() >= LONGEST && !code.is_empty() {
                break;
            }
            if !code.is_empty() {
                code.push('-');
            }
            code.extend(word.chars().flat_map(char::to_uppercase).take(LONGEST));
        }
        self.free(if code.is_empty() { "PLAN".to_owned() } else { code })
    }

    /// The code, or the code and the next number where it is taken.
    fn free(&mut self, code: String) -> String {
        let wanted = self.wanted.entry(code.clone()).or_default();
        let mut free = code.clone();
        loop {
            *wanted += 1;
            if *wanted > 1 {
                free = format!("{code}-{wanted}");
            }
            if self.taken.insert(free.clone()) {
                return free;
            }
        }
    }
}

/// Whether a code was made here: it ends in a day, a hash, and perhaps a number.
pub(in crate::ingest) fn is_made(code: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.len() < 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    let code = code.rsplit_once('-').filter(|(_, last)| is_number(last)).map_or(code, |(code, _)| code);
    let Some((before, hash)) = code.rsplit_once('-') else { return false };
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let is_day = before.rsplit_once('-').is_some_and(|(_, day)| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()));
    is_hash && is_day
}

/// What codes of a plan's actions begin with: its project, else its own code.
pub(in crate::ingest) fn stem(project: Option<&str>, code: Option<&str>) -> String {
    let stem: String = project
        .or(code)
        .unwrap_or("MAIN")
        .chars()
        .flat_map(char::to_uppercase)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let parts: Vec<_> = stem.split('-').filter(|part| !part.is_empty()).collect();
    match parts.first() {
        Some(first) if first.starts_with(|c: char| c.is_ascii_uppercase()) => parts.join("-"),
        Some(_) => format!("P-{}", parts.join("-")),
        None => "MAIN".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes::is_code;
    use super::*;

    #[test]
    fn words_without_what_changes() {
        for text in [
            "Order the labels",
            "✅ Order the labels - 10 min",
            "order, the labels! (2-4 hours)",
            "Order the labels ~3h",
            "**Order** the labels (15 min)",
            "Order the labels by EOD Friday",
        ] {
            assert_eq!(normal(text), "order the labels", "{text}");
        }
        assert_eq!(normal("Call Ana (yard)"), "call ana yard");
    }

    #[test]
    fn codes_stay_and_never_meet() {
        let day = NaiveDate::from_ymd_opt(2025, 10, 27).unwrap_or_default();
        let mut codes = Codes::default();
        let first = codes.action("HARBOR", day, "order the labels");
        assert_eq!(first, Codes::default().action("HARBOR", day, "order the labels"));
        let second = codes.action("HARBOR", day, "order the labels");
        assert_eq!(second, format!("{first}-2"));
        assert!(is_code(&first) && is_code(&second), "{first} {second}");
        assert!(is_made(&first) && is_made(&second) && !is_made("ARCH-BOOT-001a") && !is_made("RPM-WEEKLY-001-20251027"));
        assert_ne!(first, codes.action("HARBOR", day.succ_opt().unwrap_or_default(), "order the labels"));
        assert_eq!(codes.section("🚀 MASSIVE ACTION PLAN (MAP)"), "MASSIVE-ACTION-PLAN");
        assert_eq!(codes.section("Massive action plan"), "MASSIVE-ACTION-PLAN-2");
        assert_eq!(codes.section("🚀"), "PLAN");
    }

    #[test]
    fn stems() {
        assert_eq!(stem(Some("CLOUD-INFRA"), Some("X-001")), "CLOUD-INFRA");
        assert_eq!(stem(None, Some("RPM-BOOT-001")), "RPM-BOOT-001");
        assert_eq!(stem(Some("straße 7"), None), "STRASSE-7");
        assert_eq!(stem(Some("7 up"), None), "P-7-UP");
        assert_eq!(stem(None, None), "MAIN");
    }
}
