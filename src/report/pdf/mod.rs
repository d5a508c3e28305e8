//! The weekly report as a PDF: a page for each plan. The same numbers give the same bytes.

mod canvas;
mod page;

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use canvas::{Canvas, Fonts};

use super::{IsoWeek, WeekReport};
use crate::error::{Error, Result};

/// US Letter, in points.
const SIZE: (f32, f32) = (612.0, 792.0);

/// The report on a week; none where there are no plans.
///
/// # Errors
/// When it cannot be written, which is nobody's fault but ours.
pub fn write(week: IsoWeek, plans: &[WeekReport]) -> Result<Option<Vec<u8>>> {
    if plans.is_empty() {
        return Ok(None);
    }
    let fonts = Fonts::new()?;
    let mut document = Document::new();
    // No moment of making: it would be another each time.
    document.set_metadata(
        Metadata::new().title(format!("Weekly report {week}")).language("en".to_owned()).creator("rpm-api".to_owned()),
    );
    for (number, plan) in plans.iter().enumerate() {
        let settings = PageSettings::from_wh(SIZE.0, SIZE.1).ok_or_else(|| Error::internal("a page without a size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut canvas = Canvas { surface: &mut surface, fonts: &fonts };
        page::draw(&mut canvas, week, plan, (number + 1, plans.len()));
        surface.finish();
        page.finish();
    }
    document.finish().map(Some).map_err(|error| Error::internal(format!("the report cannot be written: {error:?}")))
}
