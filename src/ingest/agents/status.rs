//! The words that agents use for how they are, as one of four states.

use crate::entities::enums::AgentState::{self, Active, Error, Idle, Offline};

/// At work: it does something, or listens.
const ACTIVE: &str = "running active operational in_progress working busy monitoring listening processing executing \
    online healthy ok up alive live started steady degraded watching recording";

/// Well, and at rest: not yet begun, waiting, or done with its task. What is blocked waits too, unless it names failures.
const IDLE: &str = "idle starting startup initializing initialized booting ready waiting standby stand_by standing_by paused \
    pending queued sleeping blocked complete completed done success succeeded passed";

/// Something is wrong.
const ERROR: &str = "error failed failure crashed unhealthy critical fatal panic timeout timed_out dead";

/// Gone, on purpose or not: nobody is there to be asked.
const OFFLINE: &str =
    "offline stopped stopping finished ended terminated exited shutdown shut_down killed disabled inactive down";

/// The state that a word means, and what stands around it: `RUNNING (pid 12)`, `✅ active`. Whole phrases come before their
/// words; of several words the first that is known counts. `None` when there is none.
pub(super) fn state(text: &str) -> Option<AgentState> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let pairs = words.windows(2).map(|pair| pair.join("_"));
    known(&words.join("_")).or_else(|| pairs.chain(words.iter().cloned()).find_map(|word| known(&word)))
}

fn known(word: &str) -> Option<AgentState> {
    let table = [(ACTIVE, Active), (IDLE, Idle), (ERROR, Error), (OFFLINE, Offline)];
    table.into_iter().find(|(words, _)| words.split_whitespace().any(|known| known == word)).map(|(_, state)| state)
}

/// Whether a word says that the agent cannot go on.
pub(super) fn is_blocked(text: &str) -> bool {
    text.to_lowercase().contains("block")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_kinds() {
        for (text, expected) in [
            ("running", Some(Active)),
            ("RUNNING (pid 12)", Some(Active)),
            ("✅ Active", Some(Active)),
            ("in progress", Some(Active)),
            ("In-Progress", Some(Active)),
            ("starting", Some(Idle)),
            ("stand by", Some(Idle)),
            ("complete", Some(Idle)),
            ("timed out after 30 s", Some(Error)),
            ("failed", Some(Error)),
            ("shut-down", Some(Offline)),
            ("ended", Some(Offline)),
            ("dancing", None),
            ("", None),
        ] {
            assert_eq!(state(text), expected, "{text}");
        }
    }
}
