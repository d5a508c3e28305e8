//! Which parts of a plan are written the plain way.

use std::collections::HashSet;

use chrono_tz::Tz;

use crate::ingest::document::PlanDocument;

use super::super::parse_plan;

/// What is not read back from key lines and sections, and is written as JSON instead.
#[derive(Debug, Default)]
pub(super) struct Style {
    /// Whether the title is stated in a key line.
    title: bool,
    plan: bool,
    sections: bool,
    /// Keys of the plan's metadata whose sections are not read back.
    keys: HashSet<String>,
    /// Codes of the results and actions whose metadata are not.
    codes: HashSet<String>,
    everything: bool,
}

impl Style {
    pub(super) const fn states_title(&self) -> bool {
        self.title
    }

    pub(super) const fn plan_is_natural(&self) -> bool {
        !self.plan
    }

    pub(super) const fn sections_are_natural(&self) -> bool {
        !self.sections
    }

    pub(super) fn is_section(&self, key: &str) -> bool {
        !self.keys.contains(key)
    }

    pub(super) fn is_natural(&self, code: &str) -> bool {
        !self.everything && !self.codes.contains(code)
    }

    /// Reads what was written, and notes what is to be written out. False when there is nothing more to be done.
    pub(super) fn learn(&mut self, plan: &PlanDocument, text: &str, zone: Tz) -> bool {
        let parsed = parse_plan("plan.md", text, zone);
        let Some(read) = &parsed.plan else { return self.write_all_out() };
        let mut changed = false;
        if (&read.title, &read.code) != (&plan.title, &plan.code) && !self.title {
            self.title = true;
            changed = true;
        }
        for key in super::SECTIONS {
            if read.metadata.get(key) != plan.metadata.get(key) && self.keys.insert(key.to_owned()) {
                changed = true;
            }
        }
        if read.metadata.get("sections") != plan.metadata.get("sections") && !self.sections {
            self.sections = true;
            changed = true;
        }
        let known = |read: &PlanDocument| {
            let results = read.results.iter().map(|result| (result.code.clone(), result.metadata.clone()));
            let actions = read.results.iter().flat_map(|result| &result.actions);
            results.chain(actions.map(|action| (action.code.clone(), action.metadata.clone()))).collect::<Vec<_>>()
        };
        let (said, meant) = (known(read), known(plan));
        for ((_, said), (code, meant)) in said.iter().zip(&meant) {
            if said != meant && self.codes.insert(code.clone()) {
                changed = true;
            }
        }
        if changed {
            return true;
        }
        let same = said == meant
            && read.metadata == plan.metadata
            && read.revenue_target == plan.revenue_target
            && read.owner == plan.owner;
        if same { false } else { self.write_all_out() }
    }

    /// The last resort: all metadata as JSON.
    fn write_all_out(&mut self) -> bool {
        let more = !self.everything;
        (self.title, self.plan, self.sections, self.everything) = (true, true, true, true);
        more
    }
}
