//! Pictures of what was measured, as SVG.

use std::fmt::Write;

pub(crate) const DARK: &str = "#24292f";
pub(crate) const GREY: &str = "#57606a";

/// A picture under way.
pub(crate) struct Picture {
    body: String,
}

/// Where a text stands beside its place.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    End,
}

impl Picture {
    pub(crate) fn new() -> Self {
        Self { body: String::new() }
    }

    /// A box; `title` is what is said of it under the mouse, if anything.
    pub(crate) fn rect(&mut self, [x, y, width, height]: [f64; 4], fill: &str, title: &str) {
        let place = format!(r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2" fill="{fill}""#);
        let end = if title.is_empty() { "/>".to_owned() } else { format!("><title>{}</title></rect>", escaped(title)) };
        let _ = writeln!(self.body, "{place}{end}");
    }

    pub(crate) fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, size: u32, weight: u32, fill: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        };
        let text = escaped(text);
        let style = format!(r#"text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}""#);
        let _ = writeln!(self.body, r#"<text x="{x:.1}" y="{y:.1}" {style}>{text}</text>"#);
    }

    /// The whole, so large; `label` says it in words.
    pub(crate) fn finish(self, width: f64, height: f64, label: &str) -> String {
        let font = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif";
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{}\" font-family=\"{font}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escaped(label),
            self.body
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
