//! Deliveries: what became of each.

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Select, Statement, Value};

use super::subscriptions::Whose;
use crate::entities::enums::{AlertKind, DeliveryState};
use crate::entities::{alert_deliveries, alert_subscriptions};
use crate::error::Result;
use crate::ids::AlertSubscriptionId;
use crate::store::page::{Key, Kind};
use crate::store::{Direction, Page, Scope, Slice, Store};

/// The longest reason of a failure that is kept, in characters.
const MAX_ERROR: usize = 500;

/// Which deliveries are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Any of these.
    pub states: Option<Vec<DeliveryState>>,
    /// Any of these.
    pub kinds: Option<Vec<AlertKind>>,
    /// Of this subscription.
    pub subscription_id: Option<AlertSubscriptionId>,
    /// Decided on at or after this instant.
    pub created_from: Option<DateTime<Utc>>,
    /// Decided on for who sees just this.
    pub seen_by: Option<Scope>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertOutcome {
    /// The other side has taken it.
    Sent,
    /// It was not taken; another try at this time.
    Again(DateTime<Utc>, String),
    /// It was not taken and never will be.
    Failed(String),
    /// Nobody wants it any more; why.
    Suppressed(String),
    /// It was not its time: not a try.
    Held(DateTime<Utc>),
}

impl AlertFilter {
    fn select(&self, whose: Whose) -> Select<alert_deliveries::Entity> {
        use alert_deliveries::Column as C;
        let mut select = alert_deliveries::Entity::find();
        if let Whose::Of(member) = whose {
            let own = Query::select()
                .column(alert_subscriptions::Column::Id)
                .from(alert_subscriptions::Entity)
                .and_where(alert_subscriptions::Column::MemberId.eq(member))
                .take();
            select = select.filter(C::SubscriptionId.in_subquery(own));
        }
        if let Some(states) = &self.states {
            select = select.filter(C::State.is_in(states.iter().copied()));
        }
        if let Some(kinds) = &self.kinds {
            select = select.filter(C::Kind.is_in(kinds.iter().copied()));
        }
        if let Some(subscription) = self.subscription_id {
            select = select.filter(C::SubscriptionId.eq(subscription));
        }
        if let Some(instant) = self.created_from {
            select = select.filter(C::CreatedAt.gte(instant));
        }
        if let Some(scope) = self.seen_by {
            select = select.filter(C::SeenBy.eq(scope.name()));
        }
        select
    }
}

/// Those of `claims` whose claim it still is: nobody has begun another try. They are locked in the order in which whoever claims locks
/// them, so that no two wait for each other.
macro_rules! claimed {
    () => {
        "WITH claimed AS MATERIALIZED ( \
            SELECT delivery.id FROM alert_deliveries AS delivery \
            JOIN unnest($1::UUID[], $2::TIMESTAMPTZ[]) AS claim(id, until) ON claim.id = delivery.id AND claim.until = next_attempt_at \
            WHERE state = 'pending' ORDER BY delivery.id FOR UPDATE OF delivery) "
    };
}
pub(super) use claimed;

const FINISH: &str = concat!(
    claimed!(),
    "UPDATE alert_deliveries AS delivery SET state = $3, last_error = $4, finished_at = $5 FROM claimed WHERE delivery.id = claimed.id"
);

const PUT_BACK: &str = concat!(
    claimed!(),
    "UPDATE alert_deliveries AS delivery SET attempts = attempts - $3, last_error = COALESCE($4, last_error), next_attempt_at = $5 \
    FROM claimed WHERE delivery.id = claimed.id"
);

const FORGET: &str = "DELETE FROM alert_deliveries WHERE state <> 'pending' AND finished_at < $1";

/// What deliveries are claimed by: their ids, and until when. That time names the claim: it only moves on, with each claim and with
/// each that is put back, while a try that was none is taken off `attempts` again.
pub(super) fn claims(claimed: &[alert_deliveries::Model]) -> [Value; 2] {
    let ids: Vec<_> = claimed.iter().map(|delivery| delivery.id.0).collect();
    let until: Vec<_> = claimed.iter().map(|delivery| delivery.next_attempt_at).collect();
    [ids.into(), until.into()]
}

impl Store {
    /// A page of deliveries, the latest decided first.
    pub async fn alert_deliveries(
        &self,
        whose: Whose,
        filter: &AlertFilter,
        page: &Page,
    ) -> Result<Slice<alert_deliveries::Model>> {
        use alert_deliveries::Column as C;
        let key = Key {
            column: C::CreatedAt,
            id: C::Id,
            kind: Kind::Instant,
            nullable: false,
            direction: Direction::Desc,
            name: "alert.created",
        };
        self.slice(filter.select(whose), key, page).await
    }

    /// How many deliveries a filter lets through.
    pub async fn count_alert_deliveries(&self, whose: Whose, filter: &AlertFilter) -> Result<u64> {
        Ok(filter.select(whose).count(&self.db).await?)
    }

    /// The delivery of a subscription about a subject.
    pub async fn alert_delivery(
        &self,
        subscription: AlertSubscriptionId,
        kind: AlertKind,
        subject: &str,
    ) -> Result<Option<alert_deliveries::Model>> {
        use alert_deliveries::Column as C;
        let of = alert_deliveries::Entity::find().filter(C::SubscriptionId.eq(subscription));
        Ok(of.filter(C::Kind.eq(kind)).filter(C::Subject.eq(subject)).one(&self.db).await?)
    }

    /// Writes down what came of claimed deliveries, but for those that have passed to somebody else meanwhile; whether there were none.
    pub async fn finish_alerts(
        &self,
        claimed: &[alert_deliveries::Model],
        outcome: &AlertOutcome,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let short = |error: &String| Some(error.chars().take(MAX_ERROR).collect::<String>());
        let now = now.trunc_subsecs(6);
        let finished = |state: DeliveryState, error: Option<String>| -> (&str, Vec<Value>) {
            (FINISH, vec![state.as_str().into(), error.into(), now.into()])
        };
        let (sql, values): (&str, Vec<Value>) = match outcome {
            AlertOutcome::Sent => finished(DeliveryState::Sent, None),
            AlertOutcome::Failed(error) => finished(DeliveryState::Failed, short(error)),
            AlertOutcome::Suppressed(why) => finished(DeliveryState::Suppressed, short(why)),
            AlertOutcome::Again(at, error) => (PUT_BACK, vec![0.into(), short(error).into(), (*at).into()]),
            AlertOutcome::Held(at) => (PUT_BACK, vec![1.into(), None::<String>.into(), (*at).into()]),
        };
        let values = claims(claimed).into_iter().chain(values);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(self.db.execute_raw(statement).await?.rows_affected() == claimed.len() as u64)
    }

    /// Forgets deliveries that were finished before an instant; how many they were.
    pub async fn forget_alerts(&self, before: DateTime<Utc>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FORGET, [before.into()]);
        Ok(self.db.execute_raw(statement).await?.rows_affected())
    }
}
