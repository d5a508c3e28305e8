//! A markdown document as a flat list of lines that know what they are.
//!
//! Plans are written line by line: several `**Key:** value` lines stand in one paragraph, and a list follows its label
//! without a blank line. So a paragraph is cut at its line breaks, and every piece keeps its place in the source.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::bullets::{Bullet, bullet, keycap, numbered};
use super::lines::surplus;
use super::matter;

pub(super) use super::lines::{Kind, Line};

/// The deepest that a box without a bullet is taken to stand below others.
const DEEPEST: usize = 4;

/// Reads a document (any text at all) into its lines, in document order.
pub(super) fn outline(source: &str) -> Vec<Line> {
    let Some((mut lines, end)) = matter::read(source) else { return body(source) };
    // Without the words of the front matter, so that all below keep their numbers.
    let blank = "\n".repeat(source[..end].matches('\n').count());
    lines.extend(body(&format!("{blank}{}", &source[end..])));
    lines
}

/// Reads markdown.
fn body(source: &str) -> Vec<Line> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::new(source);
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        builder.event(event, range);
    }
    builder.close();
    builder.lines
}

/// Collects parser events into lines.
struct Builder<'a> {
    source: &'a str,
    /// Byte offsets at which the source's lines begin.
    starts: Vec<usize>,
    lines: Vec<Line>,
    open: Option<Line>,
    /// For each list around us, whether it is numbered.
    lists: Vec<bool>,
    /// An item that has begun and has no words yet.
    item: Option<usize>,
    /// The heading around us: its level, where it begins, how many lines stood before it.
    heading: Option<(u8, usize, usize)>,
    /// Whether the HTML around us is a comment.
    comment: bool,
    cells: Option<Vec<String>>,
    strong: usize,
    /// Destinations of the links around us, and where their words begin.
    links: Vec<(String, usize)>,
    follows: bool,
    /// The length of the number that the open line begins with.
    number: usize,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            source,
            starts,
            lines: Vec::new(),
            open: None,
            lists: Vec::new(),
            item: None,
            heading: None,
            comment: false,
            cells: None,
            strong: 0,
            links: Vec::new(),
            follows: false,
            number: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let at = range.start;
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag, range.end),
            Event::Text(text) | Event::Code(text) => self.push(&text, range),
            Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => self.push(" ", range),
            // `<bucket>` in running text is a placeholder far more often than it is a tag.
            Event::InlineHtml(html) => self.push(&html, range),
            Event::Html(html) if self.comment || html.trim_start().starts_with("<!--") => self.comment = !html.contains("-->"),
            Event::Html(html) => {
                self.push(html.trim_end(), range);
                self.close();
            }
            Event::SoftBreak | Event::HardBreak => {
                self.close();
                self.follows = true;
            }
            Event::Rule => {
                self.block();
                let line = self.line(Kind::Rule, at);
                self.lines.push(line);
            }
            Event::TaskListMarker(done) => {
                if let Kind::Item { ticked, .. } = &mut self.opened(at).kind {
                    *ticked = Some(done);
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::HtmlBlock => {
                self.block();
                self.comment = false;
            }
            Tag::Paragraph | Tag::BlockQuote(_) => self.block(),
            Tag::Heading { level, .. } => {
                self.block();
                self.heading = Some((level as u8, at, self.lines.len()));
            }
            Tag::CodeBlock(_) => {
                self.block();
                self.item = None;
                self.open = Some(self.line(Kind::Code, at));
            }
            Tag::List(first) => {
                self.block();
                self.lists.push(first.is_some());
            }
            Tag::Item => {
                self.block();
                self.item = Some(at);
            }
            Tag::TableHead | Tag::TableRow => {
                self.block();
                self.cells = Some(Vec::new());
                let head = matches!(tag, Tag::TableHead);
                self.open = Some(self.line(Kind::Row { cells: Vec::new(), head }, at));
            }
            Tag::Strong => {
                self.strong += 1;
                self.opened(at);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let from = self.opened(at).text.len();
                self.links.push((dest_url.into_string(), from));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, end: usize) {
        match tag {
            TagEnd::Paragraph | TagEnd::BlockQuote(_) => self.block(),
            TagEnd::Heading(_) => {
                self.block();
                self.settle_heading();
            }
            TagEnd::CodeBlock => {
                let last = self.line_of(end.saturating_sub(1));
                if let Some(open) = &mut self.open {
                    open.last = last.max(open.number);
                }
                self.block();
            }
            TagEnd::List(_) => {
                self.block();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.block();
                self.item = None;
            }
            TagEnd::TableCell => {
                if let (Some(cells), Some(open)) = (&mut self.cells, &mut self.open) {
                    cells.push(std::mem::take(&mut open.text).trim().to_owned());
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let more = self.cells.as_ref().map_or_else(Vec::new, |cells| self.surplus(cells.len()));
                if let (Some(mut cells), Some(open)) = (self.cells.take(), &mut self.open) {
                    cells.extend(more);
                    open.text = cells.join(" | ");
                    open.lead = None;
                    if let Kind::Row { cells: slot, .. } = &mut open.kind {
                        *slot = cells;
                    }
                }
                self.block();
            }
            TagEnd::Strong => {
                self.strong = self.strong.saturating_sub(1);
                if let Some(open) = &mut self.open
                    && open.lead == Some(usize::MAX)
                    && self.strong == 0
                {
                    open.lead = Some(open.text.len());
                }
            }
            TagEnd::Link | TagEnd::Image => {
                if let (Some((to, from)), Some(open)) = (self.links.pop(), &mut self.open)
                    && !to.is_empty()
                    && open.text.get(from..).is_some_and(|words| !to.ends_with(words) || words.is_empty())
                {
                    open.text.push_str(&format!(" ({to})"));
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, range: Range<usize>) {
        let last = self.line_of(range.end.saturating_sub(1).max(range.start));
        let open = self.opened(range.start);
        open.text.push_str(text);
        open.last = open.last.max(last);
    }

    /// The line that words go to: the open one, or one that begins here.
    fn opened(&mut self, at: usize) -> &mut Line {
        let mut line = match self.open.take() {
            Some(line) => line,
            None => {
                let kind = match (self.item.take(), self.heading) {
                    (_, Some((level, ..))) => Kind::Heading(level),
                    (Some(_), None) => Kind::Item { ordered: self.lists.last() == Some(&true), ticked: None },
                    (None, None) => Kind::Text,
                };
                let mut line = self.line(kind, at);
                line.follows = std::mem::take(&mut self.follows);
                self.number = self.begin_item(&mut line, at);
                line
            }
        };
        // Bold opens the line when nothing but marks and boxes stands before it; its end is not known yet.
        let in_text = !matches!(line.kind, Kind::Code | Kind::Row { .. });
        let words = line.text.get(self.number..).unwrap_or_default();
        if in_text && self.strong > 0 && line.lead.is_none() && !words.contains(char::is_alphanumeric) {
            line.lead = Some(usize::MAX);
        }
        self.open.insert(line)
    }

    fn line(&self, kind: Kind, at: usize) -> Line {
        let number = self.line_of(at);
        let start = self.starts.get(number - 1).copied().unwrap_or(0);
        let flush = self.source.get(start..).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_whitespace());
        Line { number, last: number, kind, depth: self.lists.len(), text: String::new(), lead: None, follows: false, flush }
    }

    /// Makes an item of a line that begins like one, and returns how much of it are no words.
    fn begin_item(&self, line: &mut Line, at: usize) -> usize {
        let rest = self.source.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if let Kind::Item { .. } = line.kind {
            return keycap(rest.trim_start_matches('*')).unwrap_or(0);
        }
        if line.kind != Kind::Text {
            return 0;
        }
        // By the rules of markdown only `1.` begins a list right below a sentence.
        let number = line.follows.then(|| self.source.get(at..)).flatten().and_then(numbered);
        let bold = || keycap(rest.trim_start_matches('*')).map(|length| Bullet { ordered: true, length });
        let Some(found) = number.map(|length| Bullet { ordered: true, length }).or_else(|| bullet(rest)).or_else(bold) else {
            return 0;
        };
        line.kind = Kind::Item { ordered: found.ordered, ticked: None };
        let indent = at - self.starts.get(line.number - 1).copied().unwrap_or(at);
        let nested = if found.length == 0 && self.lists.is_empty() { indent / 2 } else { 0 };
        (line.follows, line.depth) = (false, self.lists.len() + 1 + nested.min(DEEPEST));
        found.length
    }

    /// The cells of a row beyond those of the table's head, which markdown leaves out.
    fn surplus(&self, known: usize) -> Vec<String> {
        let start = self.open.as_ref().and_then(|open| self.starts.get(open.number - 1)).copied().unwrap_or(0);
        surplus(self.source.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default(), known)
    }

    /// The line, from 1, of a byte of the source.
    fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// Ends the open line and keeps it if it says anything.
    fn close(&mut self) {
        let Some(mut line) = self.open.take() else { return };
        if matches!(line.kind, Kind::Code) {
            line.text.truncate(line.text.trim_end().len());
        } else {
            let words = line.text.get(std::mem::take(&mut self.number)..).unwrap_or_default();
            let before = line.text.len() - words.trim_start().len();
            line.text = words.trim().to_owned();
            line.lead = line.lead.map(|end| end.saturating_sub(before).min(line.text.len()));
        }
        // A bold line at the margin right below a list is a label for what follows, which markdown takes for more of the item.
        let is_label = line.lead.is_some_and(|end| matches!(line.text.get(end..).map(str::trim), Some("" | ":")));
        if line.kind == Kind::Text && line.follows && line.flush && is_label {
            (line.depth, line.follows) = (0, false);
        }
        if !line.text.is_empty() {
            self.lines.push(line);
        }
    }

    /// Ends the open line at the border of a block, where no line goes on.
    fn block(&mut self) {
        self.close();
        self.follows = false;
        self.strong = 0;
        self.links.clear();
    }

    /// `---` right below key lines makes them a heading by the rules of markdown, and never by the author's intent.
    fn settle_heading(&mut self) {
        let Some((_, at, first)) = self.heading.take() else { return };
        let atx = self.source.get(at..).is_some_and(|rest| rest.trim_start().starts_with('#'));
        let lines = self.lines.get_mut(first..).unwrap_or_default();
        if !atx && (lines.len() > 1 || lines.first().is_some_and(|line| line.bold_key().is_some())) {
            for line in lines {
                line.kind = Kind::Text;
            }
        }
    }
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
