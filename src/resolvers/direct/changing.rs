//! Changes of actions that answer with nothing but columns of the action.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Name, OutputType, PathSegment, Pos, Response, ScalarType, ServerError, Value};
use async_graphql_value::indexmap::IndexMap;
use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{Iden, Iterable, ModelTrait, Value as Column};

use super::super::Api;
use super::super::api::coded;
use super::super::mutation::changes::{ChangeInput, change};
use super::Said;
use super::arguments::{Arguments, Given, Variables};
use super::text::{object, text};
use crate::auth::Viewer;
use crate::entities::actions;
use crate::error::{Error, Result};
use crate::schema::inputs::{
    BlockActionInput, CancelActionInput, CompleteActionInput, ReassignActionInput, ReopenActionInput, RescheduleActionInput,
    StartActionInput, UnblockActionInput,
};
use crate::schema::scalars;
use crate::store::{Form, Store};

/// A document that makes one change.
#[derive(Debug)]
pub(super) struct Changing {
    /// The name of its field in the answer, and where it stands in the document.
    pub(super) key: Name,
    pub(super) at: Pos,
    pub(super) input: Arguments,
    pub(super) change: Change,
    /// The members of the payload.
    pub(super) told: Vec<(String, Told)>,
}

/// What is told of a change.
#[derive(Debug)]
pub(super) enum Told {
    /// The payload's type.
    Type,
    /// The action as it is then.
    Action(Vec<(String, Member)>),
}

/// What is told of an action.
#[derive(Debug)]
pub(super) enum Member {
    Constant(&'static str),
    Column(actions::Column, Form),
}

impl Member {
    pub(super) fn column(name: &str, form: Form) -> Option<Self> {
        actions::Column::iter().find(|column| column.unquoted() == name).map(|column| Self::Column(column, form))
    }
}

/// A change under way; the action as it is then comes of it.
type Made<'a> = BoxFuture<'a, Result<actions::Model>>;

/// A mutation that changes an action.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) payload: Cow<'static, str>,
    /// Makes what is asked for; none where that cannot be read.
    make: for<'a> fn(&'a Store, &'a Viewer, &Given) -> Option<Made<'a>>,
}

impl Change {
    /// None where it is not one of these.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "startAction" => Self::of::<StartActionInput>(),
            "completeAction" => Self::of::<CompleteActionInput>(),
            "blockAction" => Self::of::<BlockActionInput>(),
            "unblockAction" => Self::of::<UnblockActionInput>(),
            "cancelAction" => Self::of::<CancelActionInput>(),
            "reopenAction" => Self::of::<ReopenActionInput>(),
            "reassignAction" => Self::of::<ReassignActionInput>(),
            "rescheduleAction" => Self::of::<RescheduleActionInput>(),
            _ => return None,
        })
    }

    fn of<I: ChangeInput + 'static>() -> Self {
        Self {
            payload: <I::Payload as OutputType>::type_name(),
            make: |store, viewer, given| Some(change::<I>(store, viewer, given.read("input")?, Utc::now()).boxed()),
        }
    }
}

impl Changing {
    /// The data of the answer.
    fn data(&self, action: &actions::Model) -> String {
        let mut data = String::with_capacity(256);
        data.push_str("{\"");
        data.push_str(&self.key);
        data.push_str("\":");
        object(&mut data, &self.told, |data, told| match told {
            Told::Type => text(data, &self.change.payload),
            Told::Action(members) => object(data, members, |data, member| match member {
                Member::Constant(constant) => text(data, constant),
                Member::Column(column, form) => value(data, action.get(*column), *form),
            }),
        });
        data.push('}');
        data
    }

    /// The answer that tells an error.
    fn refusal(&self, error: Error) -> Box<Response> {
        let mut told = ServerError::new(error.to_string(), Some(self.at));
        told.source = Some(Arc::new(error));
        told.path = vec![PathSegment::Field(self.key.to_string())];
        let mut response = Response::new(Value::Object(IndexMap::from([(self.key.clone(), Value::Null)])));
        response.errors.push(told);
        Box::new(coded(response))
    }
}

impl Api {
    /// Makes a change; none where the executor has to say what is wrong with its input.
    pub(super) async fn change(&self, changing: &Changing, variables: Variables<'_>, viewer: &Viewer) -> Option<Said> {
        let made = (changing.change.make)(&self.services().store, viewer, &changing.input.given(variables)?)?.await;
        Some(made.map(|action| changing.data(&action)).map_err(|error| changing.refusal(error)))
    }
}

/// Writes what a column holds, as the scalars of the schema are written.
fn value(data: &mut String, value: Column, form: Form) {
    let scalar = match (value, form) {
        (Column::String(Some(value)), Form::Upper) => return text(data, &value.to_uppercase()),
        (Column::String(Some(value)), _) => return text(data, &value),
        (Column::Uuid(Some(id)), _) => return text(data, &id.to_string()),
        (Column::Int(Some(number)), _) => Value::from(number),
        (Column::ChronoDateTimeUtc(Some(at)), _) => scalars::DateTime(at).to_value(),
        (Column::Decimal(Some(number)), _) => scalars::Decimal(number).to_value(),
        (empty, _) => {
            debug_assert_eq!(empty.as_null(), empty, "a column of another kind");
            Value::Null
        }
    };
    data.push_str(&scalar.to_string());
}
