//! The typed ids as GraphQL's `ID`.

use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult, Value,
    parser::types::Field,
};

use crate::ids::{
    ActionId, AgentId, AlertDeliveryId, AlertSubscriptionId, ApiKeyId, CalendarFeedId, DeliverableId, IngestRunId, MemberId,
    OwnerId, PeriodId, ProjectId, ResultId, SongId, WeekId,
};

macro_rules! graphql_id {
    ($($name:ident),+) => {$(
        impl InputType for $name {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                <ID as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as InputType>::create_type_info(registry)
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value.unwrap_or_default() {
                    Value::String(text) => {
                        text.parse().map_err(|_| InputValueError::custom(format!("{text:?} is not an id: ids are UUIDs")))
                    }
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.to_string())
            }

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                Some(self)
            }
        }

        impl OutputType for $name {
            fn type_name() -> std::borrow::Cow<'static, str> {
                <ID as OutputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as OutputType>::create_type_info(registry)
            }

            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(Value::String(self.to_string()))
            }
        }
    )+};
}

graphql_id!(
    ActionId,
    AgentId,
    AlertDeliveryId,
    AlertSubscriptionId,
    ApiKeyId,
    CalendarFeedId,
    DeliverableId,
    IngestRunId,
    MemberId,
    OwnerId,
    PeriodId,
    ProjectId,
    ResultId,
    SongId,
    WeekId
);
