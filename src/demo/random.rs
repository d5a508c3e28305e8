//! Chance that repeats itself: everything that varies in the demo comes from one seed.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A seeded source of all that varies.
#[derive(Debug)]
pub(super) struct Random(StdRng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// An id in the form of a random UUID.
    pub(super) fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    pub(super) fn between(&mut self, range: RangeInclusive<i64>) -> i64 {
        self.0.random_range(range)
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent.min(100), 100)
    }

    /// One of several things. An array, because there is nothing to pick from an empty slice.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, items: &[T; N]) -> T {
        items[self.0.random_range(0..N)]
    }

    /// An index into something of a length; 0 when it is empty.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length.max(1))
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }

    pub(super) fn minutes(&mut self, range: RangeInclusive<i64>) -> TimeDelta {
        TimeDelta::minutes(self.between(range))
    }

    /// A share of an amount, `percent` in a hundred, in whole quarters (of an hour); at least one quarter.
    pub(super) fn quarters(&mut self, amount: Decimal, percent: RangeInclusive<i64>) -> Decimal {
        let quarters = (amount * Decimal::from(self.between(percent)) / Decimal::from(25)).round();
        quarters.max(Decimal::ONE) * Decimal::new(25, 2)
    }
}
