//! The page of a plan.
//!
//! ```text
//! title, dates
//! completed | principal | velocity | revenue
//! results, each with its progress
//! funnel            | what brought the most
//! blocked           | carried over
//! ```

use super::SIZE;
use super::canvas::{Canvas, Color, Style, Weight};
use crate::analytics::formulas::percentage;
use crate::analytics::week::Completion;
use crate::entities::enums::ResultStatus;
use crate::report::figures::{UNKNOWN, day, days, dollars, one_place, percent, share, stage, target};
use crate::report::{IsoWeek, OpenAction, WeekReport};
use crate::store::ResultSums;

const MARGIN: f32 = 46.0;
const WIDTH: f32 = SIZE.0 - 2.0 * MARGIN;
/// Between things side by side.
const GUTTER: f32 = 22.0;
const COLUMN: f32 = (WIDTH - GUTTER) / 2.0;
const RIGHT: f32 = MARGIN + COLUMN + GUTTER;
/// Where the lists end and the foot begins.
const FOOT: f32 = SIZE.1 - 38.0;

const INK: Color = Color(0x0014_213d);
const GREY: Color = Color(0x005b_6b82);
const PALE: Color = Color(0x00f2_f5fa);
const TRACK: Color = Color(0x00dd_e4ee);
const BLUE: Color = Color(0x002f_6fde);
const GREEN: Color = Color(0x0023_9a6b);
const AMBER: Color = Color(0x00d9_8324);
const RED: Color = Color(0x00c8_3e3e);
const BAND: Color = Color(0x0016_2641);
const ON_BAND: Color = Color(0x00ff_ffff);
const DIM_ON_BAND: Color = Color(0x00b4_c4de);

/// How many results have room.
const MOST_RESULTS: usize = 9;

const fn plain(size: f32, color: Color) -> Style {
    Style { size, weight: Weight::Regular, color }
}

const fn bold(size: f32, color: Color) -> Style {
    Style { size, weight: Weight::SemiBold, color }
}

pub(super) fn draw(canvas: &mut Canvas<'_, '_>, week: IsoWeek, plan: &WeekReport, (number, of): (usize, usize)) {
    head(canvas, week, plan);
    cards(canvas, 124.0, plan);
    let below = results(canvas, 216.0, plan);
    let below = below + 20.0;
    let left = funnel(canvas, below, plan);
    let right = revenue(canvas, below, plan);
    lists(canvas, left.max(right) + 16.0, plan);
    let foot = plain(7.5, GREY);
    canvas.text((MARGIN, SIZE.1 - 22.0), &format!("Weekly report {week}"), foot);
    canvas.text_up_to((SIZE.0 - MARGIN, SIZE.1 - 22.0), &format!("{number} of {of}"), foot);
}

fn head(canvas: &mut Canvas<'_, '_>, week: IsoWeek, plan: &WeekReport) {
    canvas.rectangle((0.0, 0.0), (SIZE.0, 104.0), 0.0, BAND);
    canvas.text((MARGIN, 34.0), "WEEKLY REPORT", bold(8.5, DIM_ON_BAND));
    canvas.text_up_to((SIZE.0 - MARGIN, 34.0), &week.to_string(), bold(8.5, DIM_ON_BAND));
    let whole = [21.0, 18.0, 16.0, 14.5].map(|size| bold(size, ON_BAND));
    match whole.into_iter().find(|style| canvas.fonts.width(&plan.title, *style) <= WIDTH) {
        Some(style) => canvas.text_within((MARGIN, 63.0), &plan.title, style, WIDTH),
        // A long one takes two lines.
        None => {
            let style = bold(14.5, ON_BAND);
            for (line, y) in canvas.fonts.wrap(&plan.title, style, WIDTH, 2).iter().zip([56.0, 73.0]) {
                canvas.text((MARGIN, y), line, style);
            }
        }
    }
    let mut line = days(plan.days);
    if plan.project != plan.title && !plan.project.is_empty() {
        line.push_str(&format!("  ·  {}", plan.project));
    }
    canvas.text_within((MARGIN, 88.0), &line, plain(10.0, DIM_ON_BAND), WIDTH);
}

fn cards(canvas: &mut Canvas<'_, '_>, y: f32, plan: &WeekReport) {
    let of = |part: Completion| format!("{} of {} actions", part.completed, part.total);
    let revenue = plan.revenue.actual.map_or_else(|| UNKNOWN.to_owned(), dollars);
    let aim = target(&plan.revenue).map_or_else(|| "no target".to_owned(), |target| format!("of {target}"));
    let on_time = format!("a day · {} on time", percent(plan.on_time_rate));
    let cards = [
        ("COMPLETED".to_owned(), percent(plan.all.rate()), of(plan.all), Some(share(plan.all.rate()))),
        (
            plan.principal_name.to_uppercase(),
            percent(plan.principal.rate()),
            of(plan.principal),
            Some(share(plan.principal.rate())),
        ),
        ("VELOCITY".to_owned(), one_place(plan.velocity), on_time, None),
        ("REVENUE".to_owned(), revenue, aim, plan.revenue.achievement().map(|rate| share(Some(rate)))),
    ];
    let gap = 10.0;
    let width = (WIDTH - 3.0 * gap) / 4.0;
    for ((label, figure, note, reached), at) in cards.into_iter().zip(0_u8..) {
        let x = MARGIN + f32::from(at) * (width + gap);
        let room = width - 20.0;
        canvas.rectangle((x, y), (width, 66.0), 6.0, PALE);
        canvas.text_within((x + 10.0, y + 16.0), &label, bold(7.0, GREY), room);
        canvas.text_within((x + 10.0, y + 37.0), &figure, bold(18.0, INK), room);
        canvas.text_within((x + 10.0, y + 50.0), &note, plain(7.5, GREY), room);
        if let Some(reached) = reached {
            canvas.bar((x + 10.0, y + 56.0), (room, 3.0), reached, (TRACK, BLUE));
        }
    }
}

/// A heading, and what is said beside it.
fn heading(canvas: &mut Canvas<'_, '_>, (x, y): (f32, f32), width: f32, text: &str, beside: &str) {
    canvas.text((x, y), text, bold(11.0, INK));
    canvas.text_up_to((x + width, y), beside, plain(8.0, GREY));
    canvas.rectangle((x, y + 5.0), (width, 0.7), 0.0, TRACK);
}

/// Where it ends.
fn results(canvas: &mut Canvas<'_, '_>, y: f32, plan: &WeekReport) -> f32 {
    let is_reached = |result: &ResultSums| result.status == ResultStatus::Completed;
    let achieved = plan.results.iter().filter(|result| is_reached(result)).count();
    heading(canvas, (MARGIN, y), WIDTH, "Results", &format!("{achieved} of {} reached", plan.results.len()));
    let mut y = y + 22.0;
    if plan.results.is_empty() {
        canvas.text((MARGIN, y), "The plan has no results.", plain(9.0, GREY));
    }
    for result in plan.results.iter().take(MOST_RESULTS) {
        let rate = percentage(result.completed, result.total);
        let is_reached = is_reached(result);
        canvas.text_within((MARGIN, y), &result.result_text, plain(9.5, INK), WIDTH - 104.0);
        canvas.text_up_to((SIZE.0 - MARGIN - 44.0, y), &format!("{} of {}", result.completed, result.total), plain(8.5, GREY));
        canvas.text_up_to((SIZE.0 - MARGIN, y), &percent(rate), bold(9.5, if is_reached { GREEN } else { INK }));
        canvas.bar((MARGIN, y + 5.0), (WIDTH, 4.0), share(rate), (TRACK, if is_reached { GREEN } else { BLUE }));
        y += 25.0;
    }
    let left_out = plan.results.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        canvas.text((MARGIN, y), &format!("and {left_out} more"), plain(8.0, GREY));
        y += 12.0;
    }
    y
}

/// Where it ends.
fn funnel(canvas: &mut Canvas<'_, '_>, y: f32, plan: &WeekReport) -> f32 {
    heading(canvas, (MARGIN, y), COLUMN, "Funnel", "");
    let columns = [COLUMN - 108.0, COLUMN - 72.0, COLUMN - 38.0, COLUMN];
    for (label, x) in ["entered", "done", "open", "days"].into_iter().zip(columns) {
        canvas.text_up_to((MARGIN + x, y + 18.0), label, plain(7.0, GREY));
    }
    let mut y = y + 33.0;
    for row in &plan.funnel.stages {
        let is_slowest = plan.funnel.bottleneck == Some(row.stage);
        if is_slowest {
            canvas.rectangle((MARGIN - 5.0, y - 10.0), (COLUMN + 10.0, 15.0), 3.0, Color(0x00fb_efdf));
        }
        let style = if is_slowest { bold(8.5, INK) } else { plain(8.5, INK) };
        canvas.text_within((MARGIN, y), stage(row.stage), style, COLUMN - 136.0);
        let figures = [row.entered.to_string(), row.completed.to_string(), row.open.to_string(), one_place(row.average_days)];
        for (figure, x) in figures.iter().zip(columns) {
            canvas.text_up_to((MARGIN + x, y), figure, style);
        }
        y += 16.0;
    }
    let advice = plan.funnel.recommendation();
    let advice = advice.as_deref().unwrap_or("No stage holds the others up.");
    let style = plain(8.5, if plan.funnel.bottleneck.is_some() { AMBER } else { GREY });
    for line in canvas.fonts.wrap(advice, style, COLUMN, 2) {
        canvas.text((MARGIN, y + 2.0), &line, style);
        y += 12.0;
    }
    y + 4.0
}

/// Where it ends.
fn revenue(canvas: &mut Canvas<'_, '_>, y: f32, plan: &WeekReport) -> f32 {
    let reached = plan.revenue.achievement();
    let beside = reached.map_or_else(String::new, |rate| format!("{} of the target", percent(Some(rate))));
    heading(canvas, (RIGHT, y), COLUMN, "What brought the most", &beside);
    let mut y = y + 20.0;
    if plan.top_deliverables.is_empty() {
        canvas.text((RIGHT, y), "No revenue is recorded.", plain(8.5, GREY));
        return y + 10.0;
    }
    let most = plan.top_deliverables.iter().map(|(_, revenue)| *revenue).max().unwrap_or_default();
    for (title, revenue) in &plan.top_deliverables {
        canvas.text_within((RIGHT, y), title, plain(8.5, INK), COLUMN - 70.0);
        canvas.text_up_to((RIGHT + COLUMN, y), &dollars(*revenue), bold(8.5, INK));
        let part = crate::analytics::formulas::achievement(Some(*revenue), Some(most));
        canvas.bar((RIGHT, y + 3.5), (COLUMN, 2.5), share(part), (TRACK, GREEN));
        y += 17.0;
    }
    y
}

fn lists(canvas: &mut Canvas<'_, '_>, y: f32, plan: &WeekReport) {
    let blocked: Vec<&OpenAction> = plan.open.iter().filter(|action| action.blocked_by.is_some()).collect();
    let others: Vec<&OpenAction> = plan.open.iter().filter(|action| action.blocked_by.is_none()).collect();
    let open = plan.open_count - plan.blocked_count;
    list(canvas, (MARGIN, y), "Blocked", &blocked, plan.blocked_count, "Nothing is blocked.");
    let title = if plan.is_over { "Carried over" } else { "Open" };
    list(canvas, (RIGHT, y), title, &others, open, "Nothing is left.");
}

fn list(canvas: &mut Canvas<'_, '_>, (x, y): (f32, f32), title: &str, actions: &[&OpenAction], count: i64, none: &str) {
    heading(canvas, (x, y), COLUMN, title, &count.to_string());
    let mut y = y + 20.0;
    if actions.is_empty() {
        canvas.text((x, y), none, plain(8.5, GREY));
        return;
    }
    let mut named = 0;
    for action in actions {
        let text = format!("{}  {}", action.code, action.text);
        let style = plain(8.5, INK);
        let lines = canvas.fonts.wrap(&text, style, COLUMN - 8.0, 2);
        let height = 10.5 * lines.len() as f32;
        // Room for this one and for a word about those that are left out.
        if y + height + 14.0 > FOOT {
            break;
        }
        let is_blocked = action.blocked_by.is_some();
        canvas.rectangle((x, y - 7.5), (2.0, height + 8.5), 1.0, if is_blocked { RED } else { BLUE });
        for (line, at) in lines.iter().zip(0_u8..) {
            canvas.text((x + 8.0, y + 10.5 * f32::from(at)), line, style);
        }
        canvas.text_within((x + 8.0, y + height), &note(action), plain(7.5, GREY), COLUMN - 8.0);
        y += height + 16.0;
        named += 1;
    }
    let left_out = count - named;
    if left_out > 0 {
        canvas.text((x, y.min(FOOT)), &format!("and {left_out} more"), plain(8.0, GREY));
    }
}

/// What is to be known of an open action beside its text.
fn note(action: &OpenAction) -> String {
    let reason = action.blocked_by.as_ref().filter(|reason| !reason.is_empty());
    let parts = [reason.cloned(), action.owner.clone(), action.due.map(|due| format!("due {}", day(due, false)))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
}
