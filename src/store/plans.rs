//! What loading a plan needs of a transaction.

use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, LockType, OnConflict, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use uuid::Uuid;

use super::changing::action_event;
use super::{NewEvent, Store, Tx};
use crate::entities::enums::EventType;
use crate::entities::{actions, ingested_files, projects, results, weeks};
use crate::error::{Error, Result};
use crate::ids::{OwnerId, ProjectId, ResultId, WeekId};

/// Rows in one statement: PostgreSQL takes 65,535 parameters, and no table of ours has more than 60 columns.
pub(super) const ROWS_PER_STATEMENT: usize = 1000;

#[derive(FromQueryResult)]
struct Next {
    position: i32,
}

/// The kind of a file that was looked at, and in which there was nothing for the other tables.
pub const UNREAD: &str = "unread";

/// What is noted of a file takes the place of what was noted before.
fn noted_anew() -> OnConflict {
    use ingested_files::Column as C;
    let columns = [C::Sha256, C::Kind, C::WeekId, C::Parsed, C::Report, C::ModifiedAt, C::IngestedAt, C::Reader];
    OnConflict::column(C::Path).update_columns(columns).to_owned()
}

async fn ingested_file(db: &impl ConnectionTrait, path: &str) -> Result<Option<ingested_files::Model>> {
    Ok(ingested_files::Entity::find().filter(ingested_files::Column::Path.eq(path)).one(db).await?)
}

/// Results with their actions.
type ResultRows = Vec<(results::Model, Vec<actions::Model>)>;

impl Store {
    /// The project of a week, and its results with their actions, in their order: for documents.
    pub async fn plan_rows(&self, week: &weeks::Model) -> Result<(projects::Model, ResultRows)> {
        let project = projects::Entity::find_by_id(week.project_id).one(&self.db).await?;
        let project = project.ok_or_else(|| Error::internal("a week without a project"))?;
        let results = results::Entity::find()
            .filter(results::Column::WeeklyPlanId.eq(week.id))
            .order_by_asc(results::Column::Position)
            .order_by_asc(results::Column::ResultCode)
            .all(&self.db)
            .await?;
        let actions = actions::Entity::find()
            .filter(actions::Column::ResultId.is_in(results.iter().map(|result| result.id)))
            .order_by_asc(actions::Column::Position)
            .order_by_asc(actions::Column::ActionCode)
            .all(&self.db)
            .await?;
        let mut rows: ResultRows = results.into_iter().map(|result| (result, Vec::new())).collect();
        for action in actions {
            if let Some((_, own)) = rows.iter_mut().find(|(result, _)| result.id == action.result_id) {
                own.push(action);
            }
        }
        Ok((project, rows))
    }

    /// What was last read from a file.
    pub async fn ingested_file(&self, path: &str) -> Result<Option<ingested_files::Model>> {
        ingested_file(&self.db, path).await
    }

    /// Notes a file of the kind [`UNREAD`], which holds nothing for the other tables. What was noted of a file that did hold something
    /// stays: it is what its next reading is compared with.
    pub async fn remember_unread(&self, row: ingested_files::ActiveModel) -> Result<()> {
        let unless_known = noted_anew().action_and_where(ingested_files::Column::Kind.eq(UNREAD)).to_owned();
        ingested_files::Entity::insert(row).on_conflict(unless_known).exec_without_returning(&self.db).await?;
        Ok(())
    }
}

impl Tx {
    /// The project with a code, made when it is new; the default project where the code is absent.
    pub async fn project(&self, code: Option<&str>) -> Result<projects::Model> {
        let select = projects::Entity::find();
        let Some(code) = code else {
            let default = select.filter(projects::Column::IsDefault.eq(true)).one(&self.db).await?;
            return default.ok_or_else(|| Error::internal("there is no default project"));
        };
        let code = code.to_uppercase();
        let find = || select.clone().filter(projects::Column::Code.eq(&code)).one(&self.db);
        if let Some(known) = find().await? {
            return Ok(known);
        }
        let row = projects::ActiveModel {
            id: Set(ProjectId(Uuid::new_v4())),
            code: Set(code.clone()),
            title: Set(code.clone()),
            ..Default::default()
        };
        projects::Entity::insert(row)
            .on_conflict(OnConflict::column(projects::Column::Code).do_nothing().to_owned())
            .exec_without_returning(&self.db)
            .await?;
        find().await?.ok_or_else(|| Error::internal("a project vanished while it was made"))
    }

    /// The week of a project that begins on a day, locked until the transaction ends.
    ///
    /// Also locks the pair itself, so that two loads of the same new week do not both make it.
    pub async fn lock_week(&self, project: ProjectId, start: NaiveDate) -> Result<Option<weeks::Model>> {
        let key = format!("week:{project}:{start}");
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [key.into()],
        );
        self.db.execute_raw(lock).await?;
        Ok(weeks::Entity::find()
            .filter(weeks::Column::ProjectId.eq(project))
            .filter(weeks::Column::WeekStartDate.eq(start))
            .lock(LockType::NoKeyUpdate)
            .one(&self.db)
            .await?)
    }

    /// The results of a week, in their order.
    pub async fn results_of(&self, week: WeekId) -> Result<Vec<results::Model>> {
        Ok(results::Entity::find()
            .filter(results::Column::WeeklyPlanId.eq(week))
            .order_by_asc(results::Column::Position)
            .all(&self.db)
            .await?)
    }

    /// The actions of a week, locked until the transaction ends.
    pub async fn lock_actions_of(&self, week: WeekId) -> Result<Vec<actions::Model>> {
        let of_week = Query::select()
            .column(results::Column::Id)
            .from(results::Entity)
            .and_where(results::Column::WeeklyPlanId.eq(week))
            .take();
        Ok(actions::Entity::find()
            .filter(actions::Column::ResultId.in_subquery(of_week))
            .order_by_asc(actions::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(&self.db)
            .await?)
    }

    /// Those of the codes that actions of other weeks have, with their week's first day.
    pub async fn codes_elsewhere(&self, week: Option<WeekId>, codes: Vec<String>) -> Result<Vec<(String, NaiveDate)>> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            include_str!("sql/codes_elsewhere.sql"),
            [codes.into(), week.map(|week| week.0).into()],
        );
        let mut found = Vec::new();
        for row in self.db.query_all_raw(statement).await? {
            found.push((row.try_get("", "action_code")?, row.try_get("", "week_start_date")?));
        }
        Ok(found)
    }

    /// The place behind the last action of a result.
    pub async fn next_position(&self, result: ResultId) -> Result<i32> {
        let sql = "SELECT COALESCE(max(position) + 1, 0) AS position FROM rpm_action_items WHERE result_id = $1";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [result.0.into()]);
        Ok(Next::find_by_statement(statement).one(&self.db).await?.map_or(0, |next| next.position))
    }

    /// Inserts a row.
    pub async fn insert<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        Ok(row.insert(&self.db).await?)
    }

    /// Writes a whole row back.
    pub async fn update<M, A>(&self, row: M) -> Result<M>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        A::Entity: EntityTrait<Model = M>,
        M: IntoActiveModel<A>,
    {
        Ok(row.into_active_model().reset_all().update(&self.db).await?)
    }

    /// Inserts many rows, all with the same columns set.
    pub async fn insert_many<A>(&self, rows: Vec<A>) -> Result<()>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
    {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<A> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
            A::Entity::insert_many(chunk).exec_without_returning(&self.db).await?;
        }
        Ok(())
    }

    /// Whether all plans here are the demo's: they name it as their maker, and no plan was read from a document.
    pub async fn is_demo_only(&self, actor: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT FROM rpm_weekly_plans WHERE metadata->>'madeBy' = $1)
            AND NOT EXISTS (SELECT FROM ingested_files) AS is_demo";
        let row = self.db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [actor.into()])).await?;
        row.map_or(Ok(false), |row| Ok(row.try_get("", "is_demo")?))
    }

    /// Takes everything away that a demo consists of; members, owners and projects stay, and positions of the log go on rising.
    pub async fn clear_demo(&self) -> Result<()> {
        self.db.execute_unprepared(include_str!("sql/clear_demo.sql")).await?;
        Ok(())
    }

    /// A week by its id, locked until the transaction ends.
    pub async fn lock_week_by_id(&self, week: WeekId) -> Result<Option<weeks::Model>> {
        Ok(weeks::Entity::find_by_id(week).lock(LockType::NoKeyUpdate).one(&self.db).await?)
    }

    /// What was last read of a week from any file with this content, or with this title.
    pub async fn ingested_elsewhere(&self, week: WeekId, sha256: &str, title: &str) -> Result<Option<ingested_files::Model>> {
        Ok(ingested_files::Entity::find()
            .filter(ingested_files::Column::WeekId.eq(week))
            .filter(
                Condition::any()
                    .add(ingested_files::Column::Sha256.eq(sha256))
                    .add(Expr::cust_with_values("parsed ->> 'title' = $1", [title])),
            )
            .order_by_desc(ingested_files::Column::IngestedAt)
            .one(&self.db)
            .await?)
    }

    /// What was last read from a file.
    pub async fn ingested_file(&self, path: &str) -> Result<Option<ingested_files::Model>> {
        ingested_file(&self.db, path).await
    }

    /// Notes what has been read from a file, in place of what was noted before.
    pub async fn save_ingested_file(&self, row: ingested_files::ActiveModel) -> Result<()> {
        ingested_files::Entity::insert(row).on_conflict(noted_anew()).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Leaves the event that a change of an action through its document deserves.
    pub fn emit_action(
        &mut self,
        event_type: EventType,
        change: &str,
        week: WeekId,
        action: &actions::Model,
        owners: &[OwnerId],
    ) {
        let event = action_event(event_type, change, action, owners);
        self.emit(NewEvent { week_id: Some(week), ..event });
    }
}
