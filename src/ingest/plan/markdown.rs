//! A markdown document as a flat list of lines that know what they are.
//!
//! Plans are written line by line: several `**Key:** value` lines stand in one paragraph, and a list follows its label
//! without a blank line. So a paragraph is cut at its line breaks, and every piece keeps its place in the source.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// One line of a document, markup removed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Line in the source, from 1.
    pub(super) number: usize,
    pub(super) kind: Kind,
    /// How many lists it stands in.
    pub(super) depth: usize,
    /// Its words; the whole content of a code block.
    pub(super) text: String,
    /// Where the bold text that opens the line ends, in bytes of `text`.
    pub(super) lead: Option<usize>,
    /// Whether it goes on with the paragraph of the line before.
    pub(super) follows: bool,
    /// Whether the source line begins at the margin.
    pub(super) flush: bool,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A heading, from 1 to 6.
    Heading(u8),
    /// A line of a paragraph.
    Text,
    /// The first line of a list item.
    Item {
        /// Whether the list is numbered.
        ordered: bool,
        /// The task box before it.
        ticked: Option<bool>,
    },
    /// A code block.
    Code,
    /// A table row; the cells are joined by ` | ` in `text`.
    Row(Vec<String>),
    /// A thematic break.
    Rule,
}

impl Line {
    /// Splits `**Key:** value` or `**Key**: value` into key and value, both trimmed.
    pub(super) fn bold_key(&self) -> Option<(&str, &str)> {
        let (head, rest) = self.text.split_at_checked(self.lead?)?;
        let (key, value) = match head.trim_end().strip_suffix(':') {
            Some(key) => (key, rest),
            None => (head, rest.trim_start().strip_prefix(':')?),
        };
        let key = key.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
        (!key.is_empty() && key.chars().count() <= 60).then_some((key, value.trim()))
    }

    /// Splits `Key: value` at its first colon, whatever is bold.
    pub(super) fn plain_key(&self) -> Option<(&str, &str)> {
        if matches!(self.kind, Kind::Code | Kind::Row(_) | Kind::Heading(_)) {
            return None;
        }
        let (key, value) = self.text.split_once(':')?;
        Some((key.trim(), value.trim()))
    }
}

/// Reads a document (any text at all) into its lines, in document order.
pub(super) fn outline(source: &str) -> Vec<Line> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::new(source);
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        builder.event(event, range.start);
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
    code: bool,
    cells: Option<Vec<String>>,
    strong: usize,
    /// Destinations of the links around us, and where their words begin.
    links: Vec<(String, usize)>,
    follows: bool,
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
            code: false,
            cells: None,
            strong: 0,
            links: Vec::new(),
            follows: false,
        }
    }

    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text, at),
            Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => self.push(" ", at),
            // `<bucket>` in running text is a placeholder far more often than it is a tag.
            Event::InlineHtml(html) => self.push(&html, at),
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
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::HtmlBlock => self.block(),
            Tag::Heading { level, .. } => {
                self.block();
                self.heading = Some((rank(level), at, self.lines.len()));
            }
            Tag::CodeBlock(_) => {
                self.block();
                self.item = None;
                self.code = true;
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
                self.open = Some(self.line(Kind::Row(Vec::new()), at));
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

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::BlockQuote(_) => self.block(),
            TagEnd::Heading(_) => {
                self.block();
                self.settle_heading();
            }
            TagEnd::CodeBlock => {
                self.block();
                self.code = false;
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
                if let (Some(cells), Some(open)) = (self.cells.take(), &mut self.open) {
                    open.text = cells.join(" | ");
                    open.lead = None;
                    open.kind = Kind::Row(cells);
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

    fn push(&mut self, text: &str, at: usize) {
        self.opened(at).text.push_str(text);
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
                line
            }
        };
        // Bold opens the line when nothing but marks and boxes stands before it; its end is not known yet.
        let in_text = !matches!(line.kind, Kind::Code | Kind::Row(_));
        if in_text && self.strong > 0 && line.lead.is_none() && !line.text.contains(char::is_alphanumeric) {
            line.lead = Some(usize::MAX);
        }
        self.open.insert(line)
    }

    fn line(&self, kind: Kind, at: usize) -> Line {
        let number = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts.get(number - 1).copied().unwrap_or(0);
        let flush = self.source.get(start..).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_whitespace());
        Line { number, kind, depth: self.lists.len(), text: String::new(), lead: None, follows: false, flush }
    }

    /// Ends the open line and keeps it if it says anything.
    fn close(&mut self) {
        let Some(mut line) = self.open.take() else { return };
        if matches!(line.kind, Kind::Code) {
            line.text.truncate(line.text.trim_end().len());
        } else {
            let before = line.text.len() - line.text.trim_start().len();
            line.text = line.text.trim().to_owned();
            line.lead = line.lead.map(|end| end.saturating_sub(before).min(line.text.len()));
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

fn rank(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_lines_of_one_paragraph_stand_apart() {
        let lines = outline("**Owner:** Ana\r\n**Due**: `2026-03-04`\nplain **bold** end\n");
        let keys: Vec<_> = lines.iter().map(|line| (line.number, line.bold_key())).collect();
        assert_eq!(keys, [(1, Some(("Owner", "Ana"))), (2, Some(("Due", "2026-03-04"))), (3, None)]);
        assert!(lines[1].follows && lines[2].follows && !lines[0].follows);
    }

    #[test]
    fn a_rule_below_key_lines_makes_no_heading() {
        let lines = outline("**Owner:** Ana\n**Week:** x\n---\nTitle\n===\n");
        let kinds: Vec<_> = lines.iter().map(|line| line.kind.clone()).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Text, Kind::Heading(1)]);
    }

    #[test]
    fn lists_tables_and_code_keep_their_shape() {
        let lines = outline("- [x] one\n  - two\n\n1. three\n\n| a | **b** |\n|---|---|\n| c | d |\n\n```sh\nx \\\n  y\n```\n");
        let shapes: Vec<_> = lines.iter().map(|line| (line.number, line.depth, line.text.as_str())).collect();
        assert_eq!(
            shapes,
            [(1, 1, "one"), (2, 2, "two"), (4, 1, "three"), (6, 0, "a | b"), (8, 0, "c | d"), (10, 0, "x \\\n  y")]
        );
        assert_eq!(lines[0].kind, Kind::Item { ordered: false, ticked: Some(true) });
        assert_eq!(lines[2].kind, Kind::Item { ordered: true, ticked: None });
    }
}
