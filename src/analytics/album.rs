//! How far the albums are: SPEC 2.3, section 5, and `suno_album_analytics`.

use rust_decimal::Decimal;

use super::formulas::{mean, percentage};
use super::revenue::Revenue;
use crate::store::AlbumDay;

/// How many albums there are to be (SPEC: “21 album release tracking”).
pub const GOAL: i64 = 21;

/// Average tempo, in beats a minute; none where no song has one.
#[must_use]
pub fn average_bpm(album: &AlbumDay) -> Option<Decimal> {
    mean(album.bpm.into(), album.timed)
}

/// Length of all its songs, in minutes.
#[must_use]
pub fn minutes(album: &AlbumDay) -> Decimal {
    Decimal::from(album.seconds) / Decimal::from(60)
}

/// Released of all its songs, in percent.
#[must_use]
pub fn progress(album: &AlbumDay) -> Option<Decimal> {
    percentage(album.released, album.generated)
}

/// What its songs are to bring and brought.
#[must_use]
pub fn revenue(album: &AlbumDay) -> Revenue {
    Revenue::of(album.target, album.actual)
}

/// Whether all its songs are released.
#[must_use]
pub fn is_released(album: &AlbumDay) -> bool {
    album.generated > 0 && album.released == album.generated
}
