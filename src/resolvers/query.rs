//! The queries.

use async_graphql::{Context, ID, MergedObject, Object};
use futures_util::FutureExt;
use uuid::Uuid;

use super::access::{access, roles, see};
use super::admin::AdminQuery;
use super::alerts::AlertQuery;
use super::analytics::AnalyticsQuery;
use super::context::{ContextExt, EventPosition, Nullable, nullable};
use super::ingest::IngestQuery;
use super::metrics::MetricsQuery;
use super::result::result_query;
use crate::auth::Permission;
use crate::error::{ClientError, Error, Result};
use crate::ids::{ActionId, AgentId, DeliverableId, IngestRunId, OwnerId, PeriodId, ProjectId, ResultId, SongId, WeekId};
use crate::loaders::AgentName;
use crate::schema::connection::{
    ActionConnection, AgentConnection, Count, DeliverableConnection, MAX_PAGE_SIZE, PeriodConnection, ResultConnection,
    SongConnection, WeekConnection, page,
};
use crate::schema::enums::{EventType, OrderDirection};
use crate::schema::inputs::{
    ActionFilter, ActionOrder, AgentFilter, AgentOrder, DeliverableFilter, DeliverableOrder, PeriodFilter, ResultFilter,
    ResultOrder, SongFilter, SongOrder, WeekFilter, WeekOrder,
};
use crate::schema::scalars::{Cursor, Date};
use crate::schema::types::{Action, Agent, Deliverable, Event, EventPage, Member, Node, Owner, PlanResult, Song, Week};
use crate::store::{
    self, ActionKey, ActionOrderField, ActionQuery, AgentOrderField, DeliverableOrderField, Direction, NodeKind, Order, Page,
    SongOrderField, WeekKey, WeekOrderField,
};

/// What can be asked. Every answer holds what the caller may see and nothing else.
#[derive(MergedObject, Clone, Copy, Debug, Default)]
pub struct Query(PlanQuery, AdminQuery, IngestQuery, MetricsQuery, AnalyticsQuery, AlertQuery);

/// Plans, what they led to, and what happens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlanQuery;

/// The most values in one list of a filter.
const MAX_FILTER_VALUES: usize = 1000;

/// A list of a filter, as the store knows its values.
pub(super) fn list<A: Into<B>, B>(field: &str, values: Option<Vec<A>>) -> Result<Option<Vec<B>>, ClientError> {
    let Some(values) = values else { return Ok(None) };
    if values.len() > MAX_FILTER_VALUES {
        return Err(ClientError::input(
            field,
            format!("`{field}` takes {MAX_FILTER_VALUES} values at most, not {}", values.len()),
        ));
    }
    Ok(Some(values.into_iter().map(Into::into).collect()))
}

/// The query behind a connection of actions.
pub(super) fn action_query(
    filter: Option<ActionFilter>,
    order: Option<ActionOrder>,
    default: ActionOrderField,
    page: Page,
) -> Result<ActionQuery, ClientError> {
    let ActionFilter {
        status,
        owner,
        funnel_stage,
        due_before,
        due_from,
        completed_since,
        updated_since,
        week_id,
        result_id,
        search,
    } = filter.unwrap_or_default();
    let filter = store::ActionFilter {
        status: list("filter.status", status)?,
        owner: list("filter.owner", owner)?,
        funnel_stage: list("filter.funnelStage", funnel_stage)?,
        due_before: due_before.map(|instant| instant.0),
        due_from: due_from.map(|instant| instant.0),
        completed_since: completed_since.map(|instant| instant.0),
        updated_since: updated_since.map(|instant| instant.0),
        week_id,
        result_id,
        search,
    };
    let order = order.map_or(Order { field: default, direction: Direction::Asc }, |order| Order {
        field: order.field.into(),
        direction: order.direction.into(),
    });
    Ok(ActionQuery { filter, order, page })
}

/// The filter of an event stream.
pub(super) async fn event_filter(
    ctx: &Context<'_>,
    types: Option<Vec<EventType>>,
    owner: Option<Vec<String>>,
    week_id: Option<WeekId>,
) -> Result<store::EventFilter> {
    let owners = match list("owner", owner)? {
        Some(names) => Some(ctx.store()?.owner_ids_by_name(&names).await?),
        None => None,
    };
    Ok(store::EventFilter { types: list("types", types)?, owners, week_id })
}

/// A cursor ahead of the log is of another database, or of this one before it was restored: to wait there would be silence.
pub(super) fn not_ahead(after: i64, newest: i64) -> Result<(), ClientError> {
    if after <= newest {
        Ok(())
    } else {
        Err(ClientError::input("after", "The cursor is ahead of the event log: it is not of this log"))
    }
}

/// Which action is meant by an id or a code.
pub(super) fn action_key(id: Option<ActionId>, code: Option<String>, field: &str) -> Result<ActionKey, ClientError> {
    match (id, code) {
        (Some(id), None) => Ok(ActionKey::Id(id)),
        (None, Some(code)) => Ok(ActionKey::Code(code)),
        _ => Err(ClientError::input(field, "Give `id` or `code`, one of the two")),
    }
}

#[Object]
impl PlanQuery {
    /// Who is signed in.
    #[graphql(
        directive = access::apply(roles(Permission::ReadSelf))
    )]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Member> {
        let viewer = ctx.actor(Permission::ReadSelf)?.clone();
        Ok(Member { id: viewer.member_id, email: viewer.email, name: viewer.name, role: viewer.role.into(), revoked_at: None })
    }

    /// Anything by its global id; null when there is no such thing, or none that you may see.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Global id.")] id: ID) -> Nullable<Node> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(nodes(ctx, vec![id], "id").await?.pop().flatten())
        })
        .await
    }

    /// Many things by their global ids, in the order asked for; null for those that are not there or that you may not see.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        ctx.require(Permission::ReadPlans)?;
        if ids.len() > MAX_PAGE_SIZE.unsigned_abs() as usize {
            return Err(ClientError::input("ids", format!("At most {MAX_PAGE_SIZE} ids at a time")).into());
        }
        nodes(ctx, ids, "ids").await
    }

    /// The plan of the week we are in, where the plans are made (RPM_TIMEZONE); of several that hold today, the one that
    /// began last. Null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn current_week(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the project; the default project where absent.")] project: Option<String>,
    ) -> Nullable<Week> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = WeekKey::Holding(project, ctx.today()?);
            Ok(ctx.store()?.week(ctx.scope()?, key).await?.map(Into::into))
        })
        .await
    }

    /// A week by its id, or by its first day and project; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn week(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the week; or give `startDate`.")] id: Option<WeekId>,
        #[graphql(desc = "First day of the week; or give `id`.")] start_date: Option<Date>,
        #[graphql(desc = "Code of the project; the default project where absent. Only with `startDate`.")] project: Option<
            String,
        >,
    ) -> Nullable<Week> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = match (id, start_date) {
                (Some(id), None) => WeekKey::Id(id),
                (None, Some(day)) => WeekKey::Start(project, day.0),
                _ => return Err(ClientError::input("startDate", "Give `id` or `startDate`, one of the two").into()),
            };
            Ok(ctx.store()?.week(ctx.scope()?, key).await?.map(Into::into))
        })
        .await
    }

    /// Weeks, the latest first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn weeks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<WeekFilter>,
        #[graphql(desc = "The order; the latest first day first where absent.")] order_by: Option<WeekOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<WeekConnection> {
        ctx.require(Permission::ReadPlans)?;
        let WeekFilter { status, project, starts_from, starts_before } = filter.unwrap_or_default();
        let filter = store::WeekFilter {
            status: list("filter.status", status)?,
            project: list("filter.project", project)?,
            starts_from: starts_from.map(|day| day.0),
            starts_before: starts_before.map(|day| day.0),
        };
        let order = order_by.map_or(Order { field: WeekOrderField::StartDate, direction: Direction::Desc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.weeks(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_weeks(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(WeekConnection::new(slice, count))
    }

    /// A result by its id; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn result(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the result.")] id: ResultId) -> Nullable<PlanResult> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(ctx.loaders()?.load_one(id).await?.map(Into::into))
        })
        .await
    }

    /// Results over all weeks, those changed last first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ResultFilter>,
        #[graphql(desc = "The order; the last changed first where absent.")] order_by: Option<ResultOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ResultConnection> {
        ctx.require(Permission::ReadPlans)?;
        let latest = ResultOrder { field: crate::schema::enums::ResultOrderField::UpdatedAt, direction: OrderDirection::Desc };
        let query = result_query(filter, Some(order_by.unwrap_or(latest)), page(first, after, last, before)?)?;
        let slice = ctx.store()?.results(ctx.scope()?, &query).await?;
        let count: Count = Box::new(move |ctx| {
            let query = query.clone();
            async move { ctx.store()?.count_results(ctx.scope()?, &query).await }.boxed()
        });
        Ok(ResultConnection::new(slice, count))
    }

    /// An action by its id or its code; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the action; or give `code`.")] id: Option<ActionId>,
        #[graphql(desc = "Code of the action (`ARCH-BOOT-001c`); or give `id`.")] code: Option<String>,
    ) -> Nullable<Action> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = action_key(id, code, "code")?;
            Ok(ctx.store()?.action(ctx.scope()?, &key).await?.map(Into::into))
        })
        .await
    }

    /// Actions over all weeks, by due time unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ActionFilter>,
        #[graphql(desc = "The order; by due time where absent.")] order_by: Option<ActionOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ActionConnection> {
        ctx.require(Permission::ReadPlans)?;
        let query = action_query(filter, order_by, ActionOrderField::DueDate, page(first, after, last, before)?)?;
        let slice = ctx.store()?.actions(ctx.scope()?, &query).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = query.filter.clone();
            async move { ctx.store()?.count_actions(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(ActionConnection::new(slice, count))
    }

    /// All owners by name: the people and agents that actions can belong to, at most 1000.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<Owner>> {
        ctx.require(Permission::ReadPlans)?;
        Ok(ctx.store()?.owners(ctx.scope()?).await?.into_iter().map(Into::into).collect())
    }

    /// An agent by any of its spellings; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name (`ExecMon`, `execution monitor`).")] name: String,
    ) -> Nullable<Agent> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let Some(owner) = ctx.store()?.owner_by_name(ctx.scope()?, &name).await? else { return Ok(None) };
            let agent = ctx.loaders()?.load_one(AgentName(owner.name)).await?;
            agent.map(|agent| Ok(ctx.shown(agent)?.into())).transpose()
        })
        .await
    }

    /// Agents, by name unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn agents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<AgentFilter>,
        #[graphql(desc = "The order; by name where absent.")] order_by: Option<AgentOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<AgentConnection> {
        ctx.require(Permission::ReadPlans)?;
        let AgentFilter { status, max_health_score } = filter.unwrap_or_default();
        let stale_before = status.is_some().then(|| ctx.stale_before()).transpose()?;
        let filter = store::AgentFilter { status: list("filter.status", status)?, max_health: max_health_score, stale_before };
        let order = order_by.map_or(Order { field: AgentOrderField::Name, direction: Direction::Asc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.agents(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_agents(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(AgentConnection::new(ctx.shown_slice(slice)?, count))
    }

    /// A deliverable by its id; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn deliverable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the deliverable.")] id: DeliverableId,
    ) -> Nullable<Deliverable> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(ctx.loaders()?.load_one(id).await?.map(Into::into))
        })
        .await
    }

    /// Deliverables, the latest made first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn deliverables(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<DeliverableFilter>,
        #[graphql(desc = "The order; the latest made first where absent.")] order_by: Option<DeliverableOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<DeliverableConnection> {
        ctx.require(Permission::ReadPlans)?;
        let DeliverableFilter { types, status, published_since, action_id, week_id } = filter.unwrap_or_default();
        let filter = store::DeliverableFilter {
            types: list("filter.type", types)?,
            status: list("filter.status", status)?,
            published_since: published_since.map(|instant| instant.0),
            action_id,
            week_id,
        };
        let order = order_by.map_or(Order { field: DeliverableOrderField::CreatedAt, direction: Direction::Desc }, |order| {
            Order { field: order.field.into(), direction: order.direction.into() }
        });
        let slice = ctx.store()?.deliverables(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_deliverables(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(DeliverableConnection::new(slice, count))
    }

    /// A song by its global id or by Suno's id; null when there is none.
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn song(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the song; or give `songId`.")] id: Option<SongId>,
        #[graphql(desc = "Suno's id of the song; or give `id`.")] song_id: Option<String>,
    ) -> Nullable<Song> {
        nullable(async {
            ctx.require(Permission::ReadCompany)?;
            let song = match (id, song_id) {
                (Some(id), None) => ctx.loaders()?.load_one(id).await?,
                (None, Some(song_id)) => ctx.store()?.song_by_song_id(ctx.scope()?, &song_id).await?,
                _ => return Err(ClientError::input("songId", "Give `id` or `songId`, one of the two").into()),
            };
            Ok(song.map(Into::into))
        })
        .await
    }

    /// Songs, by title unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn songs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<SongFilter>,
        #[graphql(desc = "The order; by title where absent.")] order_by: Option<SongOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<SongConnection> {
        ctx.require(Permission::ReadCompany)?;
        let SongFilter { album, status, genre, search } = filter.unwrap_or_default();
        let filter = store::SongFilter {
            album: list("filter.album", album)?,
            status: list("filter.status", status)?,
            genre: list("filter.genre", genre)?,
            search,
        };
        let order = order_by.map_or(Order { field: SongOrderField::Title, direction: Direction::Asc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.songs(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_songs(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(SongConnection::new(slice, count))
    }

    /// DNA periods by their start, the latest first unless another direction is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn dna_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<PeriodFilter>,
        #[graphql(desc = "Which way they are ordered by their start.", default_with = "OrderDirection::Desc")]
        direction: OrderDirection,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<PeriodConnection> {
        ctx.require(Permission::ReadCompany)?;
        let PeriodFilter { types, starts_from, starts_before } = filter.unwrap_or_default();
        let filter = store::PeriodFilter {
            types: list("filter.type", types)?,
            starts_from: starts_from.map(|instant| instant.0),
            starts_before: starts_before.map(|instant| instant.0),
        };
        let slice = ctx.store()?.periods(ctx.scope()?, &filter, direction.into(), &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_periods(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(PeriodConnection::new(slice, count))
    }

    /// The event log behind a cursor, oldest first: for those who poll. Subscriptions show the same log.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events behind this cursor; from the oldest event there is where absent.")] after: Option<Cursor>,
        #[graphql(desc = "How many, 1–100; 50 where absent.")] first: Option<i32>,
        #[graphql(desc = "Only of these types.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
    ) -> Result<EventPage> {
        ctx.require(Permission::ReadPlans)?;
        let filter = event_filter(ctx, types, owner, week_id).await?;
        let page = page(first, None, None, None)?;
        let after = after.map(|cursor| cursor.0);
        // Read before the events: what is committed after it cannot be behind the cursor that an empty page ends with.
        let position = ctx.store()?.last_event().await?;
        not_ahead(after.unwrap_or_default(), position)?;
        let mut rows = ctx.store()?.events_after(ctx.scope()?, &filter, after, page.limit + 1).await?;
        let has_next_page = u64::try_from(rows.len()).is_ok_and(|length| length > page.limit);
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        let last = rows.last().map_or(after.unwrap_or_default(), |row| row.id);
        let end_cursor = Cursor(if has_next_page { last } else { last.max(position) });
        let nodes = rows.into_iter().map(|row| Event::from(std::sync::Arc::new(row))).collect();
        Ok(EventPage { nodes, end_cursor, has_next_page })
    }

    /// Where the event log stood when this query began: subscribe `after` it, and nothing is missed in between.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        ctx.require(Permission::ReadPlans)?;
        let position: &EventPosition = ctx.data_opt().ok_or_else(|| Error::internal("no event position in the context"))?;
        Ok(Cursor(position.0.clone()?))
    }
}

/// Things by their ids, in the order asked for.
async fn nodes(ctx: &Context<'_>, ids: Vec<ID>, field: &str) -> Result<Vec<Option<Node>>> {
    let ids: Vec<Uuid> = ids
        .iter()
        .map(|id| id.parse().map_err(|_| ClientError::input(field, format!("{:?} is not an id: ids are UUIDs", id.as_str()))))
        .collect::<Result<_, _>>()?;
    let kinds: std::collections::HashMap<Uuid, NodeKind> = ctx.store()?.node_kinds(&ids).await?.into_iter().collect();
    let loaders = ctx.loaders()?;
    let load = ids.into_iter().map(|id| {
        let kind = kinds.get(&id).copied();
        async move {
            let Some(kind) = kind else { return Ok(None) };
            Ok(match kind {
                NodeKind::Week => loaders.load_one(WeekId(id)).await?.map(|row| Node::Week(row.into())),
                NodeKind::Result => loaders.load_one(ResultId(id)).await?.map(|row| Node::Result(row.into())),
                NodeKind::Action => loaders.load_one(ActionId(id)).await?.map(|row| Node::Action(row.into())),
                NodeKind::Owner => loaders.load_one(OwnerId(id)).await?.map(|row| Node::Owner(row.into())),
                NodeKind::Agent => match loaders.load_one(AgentId(id)).await? {
                    Some(row) => Some(Node::Agent(ctx.shown(row)?.into())),
                    None => None,
                },
                NodeKind::Deliverable => loaders.load_one(DeliverableId(id)).await?.map(|row| Node::Deliverable(row.into())),
                NodeKind::Song => loaders.load_one(SongId(id)).await?.map(|row| Node::Song(row.into())),
                NodeKind::Period => loaders.load_one(PeriodId(id)).await?.map(|row| Node::Period(row.into())),
                NodeKind::IngestRun => loaders.load_one(IngestRunId(id)).await?.map(|row| Node::IngestRun(row.into())),
                NodeKind::Project => loaders.load_one(ProjectId(id)).await?.map(|row| Node::Project(row.into())),
            })
        }
    });
    futures_util::future::try_join_all(load).await
}
