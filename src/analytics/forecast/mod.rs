//! When open actions, results and weeks will be completed: a Monte Carlo over how long actions took before. `docs/forecasts.md` says it
//! in words, with what was measured.
//!
//! ```text
//! history (groups of observed times) ─▶ curve (share that takes longer) ─┐
//! week's actions, what they wait for ─▶ order ───────────────────────────┴▶ draws ─▶ outlook (intervals) ─▶ risk
//!                                                                                       └──────────────────▶ backtest
//! ```
//!
//! All of it is pure: rows and an instant in, instants out; the same in gives the same out.

pub mod backtest;
mod curve;
mod draws;
mod history;
mod order;
mod outlook;
mod risk;

pub use curve::{Curve, Draw, Observation, Outcome};
pub use draws::{Basis, DRAWS};
pub use history::{Clock, Estimate, HISTORY, History, LEAST, LEFT_BEHIND_AFTER, Level, MAX_HISTORY, Traits};
pub use outlook::{ActionForecast, Flag, Interval, Missing, Moment, PlanForecast, WeekForecast, forecast};
pub use risk::{AtRisk, Reason, Risk};

#[cfg(test)]
mod tests;
