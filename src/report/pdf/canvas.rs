//! A page to draw on: text that is measured before it is drawn, and plain shapes. Lengths are points (1/72 inch), from the top left.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use rustybuzz::{Face, UnicodeBuffer};

use crate::error::{Error, Result};

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSans-SemiBold.ttf");

/// A part of a circle as a curve: how far its handles are from its ends.
const CIRCLE: f32 = 0.552_284_8;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) weight: Weight,
    pub(super) color: Color,
}

/// A colour as 0xRRGGBB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub(super) u32);

struct Letters {
    font: Font,
    face: Face<'static>,
}

/// The fonts of the reports.
pub(super) struct Fonts {
    regular: Letters,
    semibold: Letters,
}

impl Letters {
    fn new(bytes: &'static [u8]) -> Result<Self> {
        let unreadable = || Error::internal("a font of the reports cannot be read");
        let font = Font::new(bytes.into(), 0).ok_or_else(unreadable)?;
        Ok(Self { font, face: Face::from_slice(bytes, 0).ok_or_else(unreadable)? })
    }
}

impl Fonts {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { regular: Letters::new(REGULAR)?, semibold: Letters::new(SEMIBOLD)? })
    }

    fn of(&self, weight: Weight) -> &Letters {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semibold,
        }
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        let face = &self.of(style.weight).face;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(face, &[], buffer);
        let units: i32 = shaped.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
        units as f32 * style.size / face.units_per_em() as f32
    }

    /// As much of a text as there is room for; an ellipsis says where it goes on.
    pub(super) fn fit(&self, text: &str, style: Style, room: f32) -> String {
        let text = plain(text);
        if self.width(&text, style) <= room {
            return text;
        }
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |count: usize| format!("{}…", text[..ends[count]].trim_end());
        // The longest that fits; each is longer than the one before.
        let count = ends.partition_point(|end| self.width(&format!("{}…", text[..*end].trim_end()), style) <= room);
        cut(count.saturating_sub(1))
    }

    /// A text in at most so many lines, broken between words; the last one is cut.
    pub(super) fn wrap(&self, text: &str, style: Style, room: f32, most: usize) -> Vec<String> {
        let text = plain(text);
        let mut lines: Vec<String> = Vec::new();
        if text.is_empty() {
            return lines;
        }
        let mut words = text.split(' ').peekable();
        while let (Some(_), true) = (words.peek(), lines.len() + 1 < most) {
            let mut line = String::new();
            while let Some(word) = words.peek() {
                let longer = if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
                if !line.is_empty() && self.width(&longer, style) > room {
                    break;
                }
                line = longer;
                words.next();
            }
            lines.push(self.fit(&line, style, room));
        }
        let rest = words.collect::<Vec<_>>().join(" ");
        if !rest.is_empty() {
            lines.push(self.fit(&rest, style, room));
        }
        lines
    }
}

/// Text in one line, without characters that are none.
fn plain(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A page.
pub(super) struct Canvas<'a, 'b> {
    pub(super) surface: &'a mut Surface<'b>,
    pub(super) fonts: &'a Fonts,
}

impl Canvas<'_, '_> {
    fn fill(&mut self, Color(color): Color) {
        let [_, red, green, blue] = color.to_be_bytes();
        let paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
    }

    /// Draws a text that begins at a point of its base line.
    pub(super) fn text(&mut self, (x, y): (f32, f32), text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        self.fill(style.color);
        let font = self.fonts.of(style.weight).font.clone();
        self.surface.draw_text(Point::from_xy(x, y), font, style.size, text, false, TextDirection::Auto);
    }

    /// Draws a text that ends there.
    pub(super) fn text_up_to(&mut self, (x, y): (f32, f32), text: &str, style: Style) {
        let width = self.fonts.width(text, style);
        self.text((x - width, y), text, style);
    }

    /// Draws a text that begins there, with no more of it than there is room for.
    pub(super) fn text_within(&mut self, at: (f32, f32), text: &str, style: Style, room: f32) {
        let text = self.fonts.fit(text, style, room);
        self.text(at, &text, style);
    }

    /// Fills a rectangle with round corners.
    pub(super) fn rectangle(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, color: Color) {
        let radius = radius.min(width / 2.0).min(height / 2.0);
        let shape = if radius > 0.0 { rounded(x, y, width, height, radius) } else { square(x, y, width, height) };
        // Nothing is drawn of what has no size.
        if let Some(shape) = shape {
            self.fill(color);
            self.surface.draw_path(&shape);
        }
    }

    /// Draws how much of a whole is reached.
    pub(super) fn bar(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), share: f32, (track, color): (Color, Color)) {
        self.rectangle((x, y), (width, height), height / 2.0, track);
        if share > 0.0 {
            self.rectangle((x, y), ((width * share).max(height), height), height / 2.0, color);
        }
    }
}

fn square(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(x, y, width, height)?);
    path.finish()
}

fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    let (right, bottom, handle) = (x + width, y + height, radius * (1.0 - CIRCLE));
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - handle, y, right, y + handle, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - handle, right - handle, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + handle, bottom, x, bottom - handle, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + handle, x + handle, y, x + radius, y);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits_or_is_cut_and_breaks_between_words() {
        let fonts = Fonts::new().expect("fonts");
        let style = Style { size: 10.0, weight: Weight::Regular, color: Color(0) };
        let text = "Ship the ten thousand labels before Friday";
        let whole = fonts.width(text, style);
        assert_eq!(fonts.fit(text, style, whole + 0.1), text);
        for room in [0.0, 5.0, 20.0, 77.0, whole / 2.0] {
            let cut = fonts.fit(text, style, room);
            assert!(cut.ends_with('…'), "{cut}");
            assert!(fonts.width(&cut, style) <= room.max(fonts.width("…", style)), "{room}: {cut}");
        }
        let lines = fonts.wrap(text, style, whole / 2.5, 4);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|line| fonts.width(line, style) <= whole / 2.5));
        let two = fonts.wrap(text, style, whole / 4.0, 2);
        assert!(two.len() == 2 && two[1].ends_with('…'), "{two:?}");
        assert_eq!(fonts.wrap("", style, 10.0, 3), [""; 0]);
        assert_eq!(fonts.fit("a\n b\u{7}", style, 100.0), "a b");
    }

    #[test]
    fn names_of_many_tongues_have_letters() {
        let fonts = Fonts::new().expect("fonts");
        for text in ["Jesse Niesen", "Łukasz Żółć", "Ελένη", "Дмитрий", "Nguyễn Thị", "naïve “œuvre” – 5 × 3 €"]
        {
            for weight in [Weight::Regular, Weight::SemiBold] {
                let face = &fonts.of(weight).face;
                assert!(text.chars().all(|c| c == ' ' || face.glyph_index(c).is_some()), "{text}");
            }
        }
    }
}
