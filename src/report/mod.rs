//! A week in numbers, for those who are not at the cockpit: as a PDF (`pdf`), and in the weekly digest (`digest`).
//!
//! The numbers are those of `analytics`, over what a scope sees; this puts them together and writes them down.

mod digest;
mod figures;
pub mod pdf;

use chrono::{Datelike, Days, NaiveDate, Weekday};

pub use digest::Digest;

use crate::analytics::funnel::Funnel;
use crate::analytics::revenue::{self, Revenue};
use crate::analytics::week::{self, Completion};
use crate::analytics::{Basis, Span};
use crate::entities::enums::ActionStatus;
use crate::entities::{actions, projects, weeks};
use crate::error::Result;
use crate::ids::WeekId;
use crate::store::{ActionFilter, ActionOrderField, ActionQuery, Direction, Order, Page, ResultSums, Scope, Store};
use rust_decimal::Decimal;

/// How many deliverables that brought the most are named.
const TOP_DELIVERABLES: u32 = 5;
/// How many open actions are read.
const OPEN_ACTIONS: u64 = 100;
/// The longest plan, in days: how far back one may have begun that ended in some days.
const LONGEST_PLAN: u64 = 366;

/// A plan's week in numbers.
#[derive(Clone, Debug)]
pub struct WeekReport {
    /// Its title.
    pub title: String,
    /// Title of its project.
    pub project: String,
    /// Its first and its last day.
    pub days: (NaiveDate, NaiveDate),
    /// Whether its last day has passed.
    pub is_over: bool,
    /// Its actions.
    pub all: Completion,
    /// Who the principal is.
    pub principal_name: String,
    /// Those that the principal owns.
    pub principal: Completion,
    /// Completed actions for each day that has begun.
    pub velocity: Option<Decimal>,
    /// Completed by their due date, of those completed that have one, in percent.
    pub on_time_rate: Option<Decimal>,
    /// Its results, in the plan's order.
    pub results: Vec<ResultSums>,
    /// What was aimed at, and what was earned.
    pub revenue: Revenue,
    /// The funnel.
    pub funnel: Funnel,
    /// Title and revenue of the deliverables that brought the most.
    pub top_deliverables: Vec<(String, Decimal)>,
    /// What is open, the first due first: at most 100. Once the week is over: what is carried over.
    pub open: Vec<OpenAction>,
    /// How many are open.
    pub open_count: i64,
    /// How many of these are blocked.
    pub blocked_count: i64,
}

/// An action that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAction {
    /// Its code.
    pub code: String,
    /// What is to be done.
    pub text: String,
    /// Whose it is, as written.
    pub owner: Option<String>,
    /// The day on which it is due.
    pub due: Option<NaiveDate>,
    /// What holds it up; none where nothing does.
    pub blocked_by: Option<String>,
}

/// An ISO week, as it is written (`2025-W43`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsoWeek(NaiveDate);

impl IsoWeek {
    /// The week that a plan is of which begins on a day: the one that most of its first seven days are in.
    #[must_use]
    pub fn of_plan(first_day: NaiveDate) -> Self {
        Self::holding(first_day.checked_add_days(Days::new(3)).unwrap_or(first_day))
    }

    /// The week that holds a day.
    #[must_use]
    pub fn holding(day: NaiveDate) -> Self {
        Self(day.week(Weekday::Mon).first_day())
    }

    /// The week before.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.checked_sub_days(Days::new(7)).unwrap_or(self.0))
    }

    /// A first day of the plans of this week.
    #[must_use]
    pub const fn monday(self) -> NaiveDate {
        self.0
    }

    /// The days on which its plans begin.
    fn first_days(self) -> Span {
        let from = self.0.checked_sub_days(Days::new(3)).unwrap_or(self.0);
        Span { from, through: from.checked_add_days(Days::new(6)).unwrap_or(from) }
    }
}

impl std::fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let week = self.0.iso_week();
        write!(f, "{:04}-W{:02}", week.year(), week.week())
    }
}

impl std::str::FromStr for IsoWeek {
    type Err = String;

    /// `2025-W43`, or a day in the week (`2025-10-27`).
    fn from_str(text: &str) -> Result<Self, String> {
        let of_week = || {
            let (year, week) = text.split_once("-W")?;
            let is_written = year.len() == 4 && week.len() == 2;
            let monday = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
            is_written.then_some(Self(monday))
        };
        let of_day = || text.parse().ok().map(Self::holding);
        of_week().or_else(of_day).ok_or_else(|| "give a week such as 2025-W43, or a day in it such as 2025-10-27".to_owned())
    }
}

/// The plans of an ISO week that a scope sees, by first day and project.
///
/// # Errors
/// The database's own.
pub async fn plans_of(store: &Store, scope: Scope, week: IsoWeek) -> Result<Vec<weeks::Model>> {
    let days = week.first_days();
    let ids = store.plan_weeks(days.from, days.through).await?.into_iter().map(|plan| plan.id).collect();
    in_order(store, scope, ids).await
}

/// The plans that a scope sees and whose last day is among some days, by first day and project.
///
/// # Errors
/// The database's own.
pub async fn plans_ended(store: &Store, scope: Scope, days: Span) -> Result<Vec<weeks::Model>> {
    let from = days.from.checked_sub_days(Days::new(LONGEST_PLAN)).unwrap_or(days.from);
    let plans = store.plan_weeks(from, days.through).await?;
    let ended = plans.into_iter().filter(|plan| (days.from..=days.through).contains(&plan.last_day)).map(|plan| plan.id);
    in_order(store, scope, ended.collect()).await
}

async fn in_order(store: &Store, scope: Scope, ids: Vec<WeekId>) -> Result<Vec<weeks::Model>> {
    let mut found = if ids.is_empty() { Vec::new() } else { store.weeks_by_id(scope, &ids).await? };
    found.sort_by_key(|week| ids.iter().position(|id| *id == week.id));
    Ok(found)
}

/// Puts the numbers of plans together, over what a scope sees, as of a day.
///
/// # Errors
/// The database's own.
pub async fn gather(
    store: &Store,
    basis: &Basis,
    scope: Scope,
    plans: &[weeks::Model],
    today: NaiveDate,
) -> Result<Vec<WeekReport>> {
    let ids: Vec<WeekId> = plans.iter().map(|plan| plan.id).collect();
    let projects: Vec<_> = plans.iter().map(|plan| plan.project_id).collect();
    let projects = store.projects_by_id(scope, &projects).await?;
    let principal = basis.principal(store).await?;
    let sums = store.action_sums_by_week(scope, &ids, principal).await?;
    let results = store.result_sums_by_week(scope, &ids).await?;
    let stages = store.stage_sums_by_week(scope, &ids).await?;
    let busy = store.stage_owners_by_week(scope, &ids).await?;
    let mut reports = Vec::new();
    for plan in plans {
        let sums = sums.iter().find(|(week, _)| *week == plan.id).map(|(_, sums)| sums.clone()).unwrap_or_default();
        let of_plan = |week: &WeekId| *week == plan.id;
        let results: Vec<ResultSums> = results.iter().filter(|row| of_plan(&row.week_id)).cloned().collect();
        let stages: Vec<_> = stages.iter().filter(|row| of_plan(&row.week_id)).cloned().collect();
        let busy: Vec<_> = busy.iter().filter(|row| of_plan(&row.week_id)).cloned().collect();
        let top = store.top_deliverables(scope, plan.id, TOP_DELIVERABLES).await?;
        let open = store.actions(scope, &open_of(plan.id)).await?;
        let days = (plan.week_start_date, plan.week_end_date);
        let all = week::all(&sums);
        // The plan's own target is everybody's.
        let target = (scope == Scope::All).then_some((plan.revenue_target_low, plan.revenue_target_high));
        reports.push(WeekReport {
            title: title(plan, &projects),
            project: project(plan, &projects),
            days,
            is_over: days.1 < today,
            all,
            principal_name: basis.principal.to_string(),
            principal: week::principal(&sums),
            velocity: week::velocity(all.completed, days, today),
            on_time_rate: week::on_time_rate(&sums),
            revenue: revenue::of_week(target, &results),
            results,
            funnel: Funnel::new(&stages, &busy),
            top_deliverables: top.into_iter().filter_map(|made| Some((made.title, made.revenue_actual?))).collect(),
            open: open.rows.into_iter().map(|(_, action)| open_action(action, basis)).collect(),
            open_count: all.total - all.completed,
            blocked_count: sums.blocked,
        });
    }
    Ok(reports)
}

fn project(plan: &weeks::Model, projects: &[projects::Model]) -> String {
    projects.iter().find(|project| project.id == plan.project_id).map(|project| project.title.clone()).unwrap_or_default()
}

/// What a plan is called; one without a title by its project.
fn title(plan: &weeks::Model, projects: &[projects::Model]) -> String {
    if plan.title.trim().is_empty() { project(plan, projects) } else { plan.title.clone() }
}

fn open_of(week: WeekId) -> ActionQuery {
    let status = Some(vec![ActionStatus::Pending, ActionStatus::InProgress, ActionStatus::Blocked]);
    ActionQuery {
        filter: ActionFilter { status, week_id: Some(week), ..ActionFilter::default() },
        order: Order { field: ActionOrderField::DueDate, direction: Direction::Asc },
        page: Page::first(OPEN_ACTIONS),
    }
}

fn open_action(action: actions::Model, basis: &Basis) -> OpenAction {
    let is_blocked = action.status == ActionStatus::Blocked;
    OpenAction {
        code: action.action_code,
        text: action.action_text,
        owner: action.owner,
        due: action.due_date.map(|due| basis.day(due)),
        blocked_by: is_blocked.then(|| action.blocker_description.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_written_and_read_as_iso_8601_says() {
        for (text, monday) in [
            ("2025-W43", "2025-10-20"),
            ("2025-10-20", "2025-10-20"),
            ("2025-10-26", "2025-10-20"),
            ("2026-W01", "2025-12-29"),
            ("2026-W53", "2026-12-28"),
        ] {
            let week: IsoWeek = text.parse().expect("a week");
            assert_eq!(week.monday().to_string(), monday, "{text}");
            assert_eq!(week.to_string().parse(), Ok(week));
        }
        for wrong in ["2025-W54", "2025-W00", "2025-W4", "25-W43", "2025W43", "soon", "2025-13-01"] {
            assert!(wrong.parse::<IsoWeek>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_plan_is_of_the_week_that_the_lake_files_it_under() {
        let day = |text: &str| text.parse().expect("a day");
        for (first, week) in [("2025-10-21", "2025-W43"), ("2025-10-26", "2025-W44"), ("2025-12-29", "2026-W01")] {
            let own = IsoWeek::of_plan(day(first));
            assert_eq!(own.to_string(), week, "{first}");
            let days = own.first_days();
            assert!((days.from..=days.through).contains(&day(first)), "{first}");
        }
    }
}
