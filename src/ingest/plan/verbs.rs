//! Words by which a line asks for something, and headings under which nothing is asked for.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::sections::words;

static ASKING: LazyLock<HashSet<&str>> = LazyLock::new(|| VERBS.split(' ').collect());
static TELLING: LazyLock<HashSet<&str>> = LazyLock::new(|| PROSE.split(' ').collect());

/// Verbs that a thing to do begins with.
const VERBS: &str = "\
    accelerate activate add address adjust adopt agree align analyze announce answer apply approve archive arrange ask assemble \
    assign attend audit automate bake book borrow brief bring build buy calculate call cancel change check choose clean \
    clear close collect compare compile complete configure confirm connect contact convert cook coordinate copy count \
    create cut debug decide define deliver deploy deposit design develop dig discuss distribute document draft draw edit \
    email empty enable establish evaluate execute expand export extend fetch file fill film finalize find finish fix follow \
    forward gather generate get give hang haul hire host identify implement import improve increase inform inspect install \
    integrate interview invite invoice join launch lead learn lend list load lock log make map measure meet mend migrate \
    monitor move mow negotiate notify onboard open order organize outline pack paint pay phone photograph pick pilot plan \
    polish post prepare present print process prune publish pull purchase push raise rebook rebuild record recruit reduce \
    refactor register rehearse release remind remove renew rent reopen reorder repaint repair replace reply report request \
    research reserve resolve respond restock return review revise rewrite ring rotate run scan schedule secure sell send set \
    settle setup ship shoot sign sort start stop submit swap sweep sync take talk teach tell test tidy tighten track train \
    translate triage trim unpack update upgrade upload validate verify visit walk wash watch weigh wipe wire work wrap write";

/// Whether a text begins with a verb that asks for something: `Order the labels`.
pub(super) fn asks(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (verb, rest) = (text[..end].to_lowercase(), &text[end..]);
    let list = rest.starts_with([',', '/', '&']) || rest.starts_with(" & ");
    let object = rest.starts_with([' ', '-', '(', ',', '/']) && rest.contains(char::is_alphanumeric);
    (object || list) && ASKING.contains(verb.as_str())
}

/// Words of headings and labels under which clearly nothing is asked for.
const PROSE: &str = "\
    acceptance accomplished accomplishments achieved agenda alignment appendix architecture assumptions background \
    benefits blockers breakthroughs budget calendar changelog columns communication completed completion compliance \
    consensus constraints content context contingency coordination corrections costs cries criteria dashboard debrief \
    decisions definition delivered dependencies description distribution download escalation evidence example examples faq \
    feedback figures files flagged footer forecast formats glossary goals highlights icebox ideas history impact imperatives index \
    indicators kpi kpis learned lessons links log materials matrix memory meta metadata metrics mission mitigation note \
    notes objective objectives outcome outcomes overall overview parking path pointers principles progress protocol protocols \
    purpose quotes rationale receipts references reintegration resources responsibilities result results risk risks roles \
    rules scope shipped someday sources stack stakeholders star success summary timestamp tools training value values \
    verification vision went why";

/// Whether clearly nothing is asked for below a heading or label: `Why this matters`, `Risks`, `Executive summary`.
pub(super) fn is_prose(heading: &str) -> bool {
    words(heading).iter().any(|word| TELLING.contains(word.as_str()))
}

/// Whether a label says when what stands below it is to be done: `This week:`.
pub(super) fn is_now(label: &str) -> bool {
    let words = words(label);
    matches!(
        words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
        ["this", "week"] | ["this", "week", "s", "focus"] | ["today"] | ["tomorrow"] | ["now"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_ask_and_headings_that_do_not() {
        for text in ["Order the labels", "📦 Ship (today)", "Review, sign and send", "Set up the desk"] {
            assert!(asks(text), "{text}");
        }
        for text in ["Order", "Orders are up", "Review: first day", "The order", "40 sign-ups", "Tested the pump", ""] {
            assert!(!asks(text), "{text}");
        }
        for text in
            ["Why This Matters", "Executive Summary", "Lessons learned", "Links", "Background & context", "Success Criteria"]
        {
            assert!(is_prose(text), "{text}");
        }
        for text in ["Marketing", "New opportunities", "This Week", "Friday", "Next steps", "Adjustments"] {
            assert!(!is_prose(text), "{text}");
        }
    }
}
