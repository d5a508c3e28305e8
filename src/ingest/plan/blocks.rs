//! Things to do that take more than a line: headings with key lines below them, and steps in code blocks.

use std::rc::Rc;

use super::cards::{TaskHead, Topic};
use super::cutter::{Cutter, Open};
use super::heads;
use super::markdown::{Kind, Line};
use super::values::snake;

impl Cutter<'_> {
    /// A code block that is a numbered list: people set steps for their tools that way.
    pub(super) fn takes_steps(&mut self, line: &Line) -> bool {
        let work = self.slot.as_ref().map_or(self.around().work, |slot| slot.work);
        if !work || self.aside() || matches!(self.home_topic(), Some(Topic::Action(_) | Topic::Task(_))) {
            return false;
        }
        let rows: Vec<&str> = line.text.lines().map(str::trim).collect();
        let steps = rows.iter().filter(|row| step(row).is_some()).count();
        if steps < 2 || rows.iter().any(|row| !row.is_empty() && !row.starts_with('#') && step(row).is_none()) {
            return false;
        }
        let around = self.slot.as_ref().map_or(&self.around().context, |slot| &slot.context);
        let (around, mut context) = (Rc::clone(around), Rc::clone(around));
        // The words begin below the fence; a block by indentation has none.
        let fenced = line.last > line.number + rows.len() - 1;
        let first = line.number + usize::from(fenced);
        let shape = Line { kind: Kind::Text, text: String::new(), lead: None, ..*line };
        for (row, number) in rows.iter().zip(first..) {
            let Some(text) = step(row) else {
                let remark = row.trim_start_matches('#').trim();
                if !remark.is_empty() {
                    let group = around.group.as_deref().map_or_else(|| remark.to_owned(), |group| format!("{group} — {remark}"));
                    context = Rc::new(around.named(&group));
                    self.shape.push(number);
                }
                continue;
            };
            let words = Line { number, last: number, kind: Kind::Text, text: text.to_owned(), ..shape.clone() };
            let head = TaskHead { context: Rc::clone(&context), ..self.head(&words, false) };
            self.add_task(Topic::Task(Box::new(head)), &words);
        }
        if fenced {
            self.shape.extend([line.number, line.last]);
        }
        self.task = None;
        true
    }

    /// Whether a heading is a thing to do: it has a box, or key lines of an action below it.
    pub(super) fn is_block(&self, line: &Line, rest: &[Line], outer: &Open) -> bool {
        if outer.scope.is_none() && !outer.work {
            return false;
        }
        if heads::is_headless_action(line) {
            return true;
        }
        if self.coded && !outer.work || line.text.trim_end().ends_with(':') {
            return false;
        }
        let below = || rest.iter().take_while(|line| !matches!(line.kind, Kind::Heading(_)));
        let keys = || below().filter_map(|line| line.bold_key().map(|(key, _)| snake(key)));
        if keys().any(|key| matches!(key.as_str(), "action" | "task")) {
            return true;
        }
        let own = keys().any(|key| {
            matches!(
                key.as_str(),
                "status"
                    | "due"
                    | "due_date"
                    | "deadline"
                    | "owner"
                    | "agent"
                    | "assignee"
                    | "assigned_to"
                    | "blocker"
                    | "blocked_by"
            ) || super::tasks::is_date_key(&key)
        });
        let lists = below().any(|line| match line.kind {
            Kind::Item { ticked, .. } => ticked.is_some() || line.bold_key().is_none() && line.plain_key().is_none(),
            Kind::Row { .. } => true,
            _ => false,
        });
        own && !lists
    }
}

/// The words of a numbered line in a code block.
fn step(row: &str) -> Option<&str> {
    let (number, rest) = row.split_once(['.', ')'])?;
    let numbered = !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    Some(rest.trim()).filter(|rest| numbered && rest.contains(char::is_alphabetic))
}
