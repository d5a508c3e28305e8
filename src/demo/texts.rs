//! The words of the plans: text files in a small form of their own, explained at the top of `texts/building.txt`.

use crate::entities::enums::{ActionStatus, DeliverableType, FunnelStage};

use super::random::Random;

/// The categories of results, in the order of the library.
pub(super) const CATEGORIES: [&str; 6] = ["ARCH", "DEV", "DOCS", "PLAN", "OPS", "MUSIC"];

const PRODUCTS: [&str; 8] =
    ["gummies", "tinctures", "hemp teas", "pre-rolls", "topicals", "flower jars", "vape cartridges", "hemp seltzers"];
const CITIES: [&str; 8] = ["San Antonio", "Austin", "Houston", "Dallas", "El Paso", "Corpus Christi", "Lubbock", "New Braunfels"];

/// A result to be worked towards.
#[derive(Clone, Debug)]
pub(super) struct ResultText {
    pub category: &'static str,
    pub text: &'static str,
    pub purpose: &'static str,
    pub outcome: &'static str,
    pub owner: &'static str,
    pub actions: Vec<ActionText>,
    /// Kind and title of what comes out of it.
    pub outputs: Vec<(DeliverableType, &'static str)>,
}

/// An action towards a result.
#[derive(Clone, Debug)]
pub(super) struct ActionText {
    pub stage: FunnelStage,
    /// Estimate in whole hours.
    pub hours: i64,
    /// Where it stands, for the current week.
    pub status: ActionStatus,
    pub owner: &'static str,
    pub text: &'static str,
    pub check: &'static str,
    pub blocker: Option<&'static str>,
}

/// The words that fill the gaps of a result's texts.
#[derive(Clone, Debug)]
pub(super) struct Words {
    product: &'static str,
    city: &'static str,
    album: &'static str,
    /// Number of the week, which numbers the episodes too.
    week: usize,
    n: i64,
}

impl Words {
    pub(super) fn new(random: &mut Random, week: usize, album: &'static str) -> Self {
        Self { product: random.pick(&PRODUCTS), city: random.pick(&CITIES), album, week, n: random.between(6..=20) }
    }

    pub(super) fn fill(&self, text: &str) -> String {
        // Seven episodes a week, counted from the first.
        let days = format!("Days {}–{}", 7 * self.week + 1, 7 * self.week + 7);
        text.replace("{product}", self.product)
            .replace("{city}", self.city)
            .replace("{album}", self.album)
            .replace("{days}", &days)
            .replace("{n}", &self.n.to_string())
    }
}

/// The results of the current week.
pub(super) fn current() -> Vec<ResultText> {
    parse(include_str!("texts/current.txt"))
}

/// The results that the weeks before choose from.
pub(super) fn library() -> Vec<ResultText> {
    let mut results = parse(include_str!("texts/building.txt"));
    results.extend(parse(include_str!("texts/running.txt")));
    results
}

/// Reads what it understands; a test sees to it that this is everything.
fn parse(file: &'static str) -> Vec<ResultText> {
    let mut results: Vec<ResultText> = Vec::new();
    for line in file.lines() {
        let Some((mark, rest)) = line.split_once(' ') else { continue };
        let fields: Vec<&'static str> = rest.split(" | ").map(str::trim).collect();
        if let ("#", [category, text]) = (mark, fields.as_slice()) {
            results.push(ResultText {
                category,
                text,
                purpose: "",
                outcome: "",
                owner: "",
                actions: Vec::new(),
                outputs: Vec::new(),
            });
            continue;
        }
        let Some(result) = results.last_mut() else { continue };
        match (mark, fields.as_slice()) {
            (">", [purpose]) => result.purpose = purpose,
            ("=", [outcome]) => result.outcome = outcome,
            ("@", [owner]) => result.owner = owner,
            ("-", [head, owner, text, check, blocker @ ..]) => {
                result.actions.extend(action(head, owner, text, check, blocker.first().copied()));
            }
            ("*", [kind, title @ ..]) => {
                result.outputs.extend(kind_of(kind).map(|kind| (kind, title.first().copied().unwrap_or_default())));
            }
            _ => {}
        }
    }
    results
}

fn action(
    head: &'static str,
    owner: &'static str,
    text: &'static str,
    check: &'static str,
    blocker: Option<&'static str>,
) -> Option<ActionText> {
    let mut words = head.split(' ');
    let stage = match words.next()? {
        "top" => FunnelStage::Top,
        "middle" => FunnelStage::Middle,
        "bottom" => FunnelStage::Bottom,
        _ => return None,
    };
    let hours = words.next()?.trim_end_matches('h').parse().ok()?;
    let status = match words.next() {
        Some("done") => ActionStatus::Completed,
        Some("doing") => ActionStatus::InProgress,
        Some("blocked") => ActionStatus::Blocked,
        _ => ActionStatus::Pending,
    };
    Some(ActionText { stage, hours, status, owner, text, check, blocker })
}

fn kind_of(text: &str) -> Option<DeliverableType> {
    match text {
        "song" => Some(DeliverableType::Song),
        "album" => Some(DeliverableType::Album),
        "code" => Some(DeliverableType::Code),
        "document" => Some(DeliverableType::Document),
        "video" => Some(DeliverableType::Video),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::owners::SPELLINGS;
    use super::*;
    use crate::store::split_owners;

    fn all_is_filled_in(result: &ResultText) {
        let texts = [result.text, result.purpose, result.outcome, result.owner];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", result.text);
        for action in &result.actions {
            assert!(!action.text.is_empty() && !action.check.is_empty(), "{}", action.text);
            assert!((1..=12).contains(&action.hours), "{}", action.text);
            assert_eq!(action.blocker.is_some(), action.status == ActionStatus::Blocked, "{}", action.text);
            for name in split_owners(action.owner) {
                assert!(SPELLINGS.iter().any(|(spelling, _)| *spelling == name), "{name}");
            }
        }
    }

    #[test]
    fn the_library_has_five_results_of_five_actions_for_each_category() {
        let library = library();
        for category in CATEGORIES {
            assert_eq!(library.iter().filter(|result| result.category == category).count(), 5, "{category}");
        }
        for result in &library {
            assert_eq!((result.actions.len(), result.outputs.len()), (5, 2), "{}", result.text);
            all_is_filled_in(result);
        }
    }

    #[test]
    fn the_current_week_stands_as_the_wireframe_shows_it() {
        let current = current();
        let sizes: Vec<usize> = current.iter().map(|result| result.actions.len()).collect();
        assert_eq!(sizes, [5, 5, 5, 5, 4, 4]);
        current.iter().for_each(all_is_filled_in);
        let actions: Vec<&ActionText> = current.iter().flat_map(|result| &result.actions).collect();
        let standing = |status| actions.iter().filter(|action| action.status == status).count();
        use ActionStatus::{Blocked, Completed, InProgress, Pending};
        assert_eq!([Completed, InProgress, Blocked, Pending].map(standing), [19, 5, 2, 2]);
        let at = |stage| actions.iter().filter(|action| action.stage == stage).count();
        assert_eq!([FunnelStage::Top, FunnelStage::Middle, FunnelStage::Bottom].map(at), [10, 12, 6]);
    }
}
