//! A plan as a document that people like to read, and that is read back as the same plan.

mod fields;
mod style;

use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::entities::enums::{ActionStatus, FunnelStage, ResultStatus};
use crate::ingest::document::{ActionDocument, PlanDocument, ResultDocument};

use super::ink;
use super::instants::{DayMeans, Frame, instant};
use super::results::Inherited;
use super::values::{funnel_stage as stage_in, money, priority};
use fields::Fields;
pub(super) use fields::is_free_in_action;
use style::Style;

#[cfg(test)]
mod tests;

/// Writes a plan as markdown, with days and hours in `zone`.
///
/// Reading it gives the same plan, but for line numbers, where its texts are as a parser leaves them: trimmed, and of one line
/// where a headline or an owner is meant. What no key line can say (nested metadata, texts that would be read as something else)
/// is written as JSON under the key `Metadata`.
#[must_use]
pub fn to_markdown(plan: &PlanDocument, zone: Tz) -> String {
    let mut style = Style::default();
    loop {
        let text = Writer { plan, zone, style: &style, out: String::new() }.write();
        // A text is written the plain way first; whatever is not read back the same is then written out.
        if !style.learn(plan, &text, zone) {
            return text;
        }
    }
}

struct Writer<'a> {
    plan: &'a PlanDocument,
    zone: Tz,
    style: &'a Style,
    out: String,
}

/// Metadata of a plan that has a section of its own.
const SECTIONS: [&str; 6] =
    ["primary_objective", "outcomes", "purpose", "strategic_metrics", "acceptance_criteria", "success_criteria"];

impl Writer<'_> {
    fn write(mut self) -> String {
        self.front();
        self.descriptions();
        for result in &self.plan.results {
            self.result(result);
        }
        self.criteria("acceptance_criteria", "Acceptance Criteria");
        self.criteria("success_criteria", "Success Criteria");
        self.prose();
        self.out
    }

    fn block(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(text.trim_end_matches('\n'));
        self.out.push('\n');
    }

    fn front(&mut self) {
        let plan = self.plan;
        let title = match &plan.code {
            // What a heading would say of code and title is said below it.
            _ if self.style.states_title() => "RPM WEEKLY PLAN".to_owned(),
            Some(code) => format!("{code}: {}", plan.title),
            None => plan.title.clone(),
        };
        let title = format!("# {}", ink::heading(&title));
        self.block(&title);
        let natural = self.style.plan_is_natural();
        let text = |key: &str| plan.metadata.get(key).and_then(Value::as_str).filter(|_| natural);
        let subtitle = text("subtitle").filter(|text| !text.is_empty());
        let tagline = text("tagline").filter(|text| subtitle.is_some() && !text.is_empty());
        if let Some(subtitle) = subtitle {
            self.block(&format!("## {}", ink::heading(subtitle)));
        }
        if let Some(tagline) = tagline {
            self.block(&format!("### {}", ink::heading(&format!("\"{tagline}\""))));
        }
        self.block(&format!("**Week of:** {} to {}", plan.week_start, plan.week_end));
        let mut keys = Fields::default();
        if self.style.states_title() {
            keys.text("Title", &plan.title);
            keys.text("Code", plan.code.as_deref().unwrap_or_default());
        }
        keys.text("Project", plan.project.as_deref().unwrap_or("none"));
        keys.text("Owner", plan.owner.as_deref().unwrap_or_default());
        keys.text("Classification", plan.classification.as_deref().unwrap_or_default());
        keys.text("Version", plan.version.as_deref().unwrap_or_default());
        if let Some(status) = text("status_line").filter(|text| !text.contains('\n')) {
            keys.text("Status", status);
        }
        if let Some(at) = plan.last_updated {
            keys.line("Last Updated", &at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        }
        let stated = text("revenue_target").or_else(|| text("revenue_impact")).and_then(money);
        if let Some((low, high)) = plan.revenue_target.filter(|target| stated != Some(*target)) {
            keys.line("Revenue", &if low == high { format!("${low}") } else { format!("${low}-{high}") });
        }
        let mut rest = Map::new();
        for (key, value) in &plan.metadata {
            let key_of_its_own = key == "sections" && self.style.sections_are_natural()
                || natural && (SECTIONS.contains(&key.as_str()) && self.style.is_section(key))
                || natural && key == "status_line" && value.as_str().is_some_and(|text| !text.contains('\n'))
                || key == "subtitle" && subtitle.is_some()
                || key == "tagline" && tagline.is_some();
            if !(key_of_its_own || natural && keys.natural(key, value, fields::is_free_in_front)) {
                rest.insert(key.clone(), value.clone());
            }
        }
        keys.json(&rest);
        let keys = keys.finish();
        self.block(&keys);
    }

    /// The sections that describe the plan.
    fn descriptions(&mut self) {
        for (key, title) in [
            ("primary_objective", "Primary Objective"),
            ("outcomes", "Outcomes"),
            ("purpose", "Purpose"),
            ("strategic_metrics", "Strategic Metrics"),
        ] {
            let Some(value) = self.plan.metadata.get(key).filter(|_| self.style.plan_is_natural() && self.style.is_section(key))
            else {
                continue;
            };
            let mut text = format!("## {title}\n\n");
            match value {
                Value::String(words) if key == "purpose" && words.contains('\n') => {
                    for (number, line) in (1..).zip(words.lines()) {
                        text.push_str(&format!("{number}. {}\n", ink::item(line)));
                    }
                }
                Value::String(words) => words.lines().for_each(|line| text.push_str(&format!("- {}\n", ink::item(line)))),
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_str).for_each(|item| text.push_str(&format!("- {}\n", ink::item(item))));
                }
                Value::Object(metrics) => {
                    let mut keys = Fields::default();
                    metrics.iter().for_each(|(key, value)| {
                        keys.natural(key, value, |_| true);
                    });
                    text.push_str(&keys.finish());
                }
                _ => {}
            }
            self.block(&text);
        }
    }

    fn result(&mut self, result: &ResultDocument) {
        let (head, says) = ink::result(&result.code, &result.text);
        self.block(&format!("## {head}"));
        let inherited = Inherited::of(&self.plan.metadata);
        let natural = self.style.is_natural(&result.code);
        let said = |key: &str| result.metadata.get(key).and_then(Value::as_str).filter(|_| natural);
        let mut keys = Fields::default();
        if !says {
            keys.text("Headline", &result.text);
        }
        if let Some(status) = result.status {
            keys.line("Status", result_status(status));
        }
        keys.text("Owner", result.owner.as_deref().unwrap_or_default());
        match (said("priority"), result.priority) {
            (Some(words), rank) if rank.is_some() && priority(words) == rank => keys.text("Priority", words),
            (_, Some(rank)) => keys.line("Rank", &rank.to_string()),
            _ => {}
        }
        keys.text("Category", result.category.as_deref().unwrap_or_default());
        keys.text("Outcome", result.outcome.as_deref().unwrap_or_default());
        keys.text(
            "Purpose",
            result.purpose.as_deref().filter(|purpose| inherited.purpose.as_deref() != Some(purpose)).unwrap_or_default(),
        );
        keys.text("Verification", result.verification.as_deref().unwrap_or_default());
        let written =
            |key: &str| key == "priority" && said("priority").and_then(priority) == result.priority && result.priority.is_some();
        // Actions below a result take its stage over, unless they say theirs.
        let staged = |key: &str| {
            key == "funnel_stage"
                && said(key).and_then(stage_in).is_some()
                && result.actions.iter().all(|action| action.funnel_stage.is_some())
        };
        let mut rest = Map::new();
        for (key, value) in result.metadata.iter().filter(|(key, _)| !written(key)) {
            if staged(key) && keys.natural(key, value, |_| true) {
                continue;
            }
            if !(natural && keys.natural(key, value, fields::is_free_in_result)) {
                rest.insert(key.clone(), value.clone());
            }
        }
        keys.json(&rest);
        let keys = keys.finish();
        if !keys.is_empty() {
            self.block(&keys);
        }
        for action in &result.actions {
            self.action(action);
        }
    }

    fn action(&mut self, action: &ActionDocument) {
        let sign = match action.status {
            Some(ActionStatus::Pending) => "□ ",
            Some(ActionStatus::InProgress) => "🔄 ",
            Some(ActionStatus::Blocked) => "🚫 ",
            Some(ActionStatus::Completed) => "✅ ",
            Some(ActionStatus::Cancelled) => "❌ CANCELLED: ",
            None => "",
        };
        let (head, says) = ink::action(sign, &action.code, &action.text);
        self.block(&format!("### {head}"));
        let mut keys = Fields::default();
        if !says {
            keys.text("Headline", &action.text);
        }
        keys.text("Action", action.description.as_deref().unwrap_or_default());
        keys.text("Owner", action.owner.as_deref().unwrap_or_default());
        if let Some(due) = action.due {
            keys.line("Due", &self.time(due, DayMeans::End));
        }
        if let Some(at) = action.completed_at {
            keys.line("Completed", &self.time(at, DayMeans::Noon));
        }
        if let Some(stage) = action.funnel_stage {
            keys.line("Funnel Stage", funnel_stage(stage));
        }
        for (key, hours) in [("Estimated Hours", action.estimated_hours), ("Actual Hours", action.actual_hours)] {
            if let Some(hours) = hours {
                keys.line(key, &hours.to_string());
            }
        }
        keys.text("Dependencies", &action.dependencies.join(", "));
        keys.text("Blocker", action.blocker.as_deref().unwrap_or_default());
        keys.text("Verification", action.verification.as_deref().unwrap_or_default());
        keys.text("Evidence", action.evidence.as_deref().unwrap_or_default());
        let natural = self.style.is_natural(&action.code);
        let mut rest = Map::new();
        for (key, value) in &action.metadata {
            if !(natural && keys.natural(key, value, is_free_in_action)) {
                rest.insert(key.clone(), value.clone());
            }
        }
        keys.json(&rest);
        let keys = keys.finish();
        if !keys.is_empty() {
            self.block(&keys);
        }
    }

    /// A day where the instant is what a day alone means, else the day and the hour, else the instant in full.
    fn time(&self, at: chrono::DateTime<chrono::Utc>, means: DayMeans) -> String {
        let frame = Frame { week: (self.plan.week_start, self.plan.week_end), zone: self.zone, today: None };
        let local = at.with_timezone(&self.zone);
        ["%Y-%m-%d", "%Y-%m-%d %H:%M"]
            .iter()
            .map(|format| local.format(format).to_string())
            .find(|text| instant(text, &frame, means).is_some_and(|(read, _)| read == at))
            .unwrap_or_else(|| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    fn criteria(&mut self, key: &str, title: &str) {
        let natural = self.style.plan_is_natural() && self.style.is_section(key);
        let Some(Value::Array(entries)) = self.plan.metadata.get(key).filter(|_| natural) else { return };
        let mut text = format!("## {title}\n\n");
        let mut group = "";
        for entry in entries {
            let own = entry.get("group").and_then(Value::as_str).unwrap_or_default();
            if own != group {
                text.push_str(&format!("\n### {}\n\n", ink::heading(own)));
                group = own;
            }
            let sign = match entry.get("done").and_then(Value::as_bool) {
                Some(true) => "[x] ",
                Some(false) => "[ ] ",
                None => "",
            };
            text.push_str(&format!("- {sign}{}\n", ink::item(entry.get("text").and_then(Value::as_str).unwrap_or_default())));
        }
        self.block(&text);
    }

    /// The sections that are kept as they stand.
    fn prose(&mut self) {
        let Some(Value::Array(sections)) = self.plan.metadata.get("sections").filter(|_| self.style.sections_are_natural())
        else {
            return;
        };
        for section in sections {
            let text = |key: &str| section.get(key).and_then(Value::as_str).unwrap_or_default();
            self.block(&format!("## {}\n\n{}", ink::heading(text("heading")), text("text")));
        }
    }
}

const fn result_status(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::NotStarted => "Not Started",
        ResultStatus::InProgress => "In Progress",
        ResultStatus::Blocked => "Blocked",
        ResultStatus::Completed => "Completed",
    }
}

const fn funnel_stage(stage: FunnelStage) -> &'static str {
    match stage {
        FunnelStage::Top => "Top",
        FunnelStage::Middle => "Middle",
        FunnelStage::Bottom => "Bottom",
    }
}
