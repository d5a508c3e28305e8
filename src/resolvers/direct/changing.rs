//! Changes of actions that answer with nothing but columns of the action.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Name, OutputType, PathSegment, Pos, Response, ScalarType, ServerError, Value};
use async_graphql_value::indexmap::IndexMap;
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::{Iden, Iterable, ModelTrait, Value as Column};

use super::super::Api;
use super::super::api::coded;
use super::super::mutation::changes::{ChangeInput, request};
use super::Said;
use super::arguments::{Arguments, Given, Variables};
use crate::auth::{Permission, Viewer};
use crate::entities::actions;
use crate::error::Error;
use crate::schema::inputs::{
    BlockActionInput, CancelActionInput, CompleteActionInput, ReassignActionInput, ReopenActionInput, RescheduleActionInput,
    StartActionInput, UnblockActionInput,
};
use crate::schema::scalars;
use crate::store::{ChangeRequest, Form};

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

/// A mutation that changes an action.
#[derive(Debug)]
pub(super) struct Change {
    permission: Permission,
    pub(super) payload: Cow<'static, str>,
    /// Reads what is asked for; none where it cannot be read.
    read: fn(&Given, DateTime<Utc>) -> Option<ChangeRequest>,
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

    fn of<I: ChangeInput>() -> Self {
        Self {
            permission: I::PERMISSION,
            payload: <I::Payload as OutputType>::type_name(),
            read: |given, now| request(given.read::<I>("input")?, now).ok(),
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
    /// Makes a change; none where the executor has to say what is wrong with it.
    pub(super) async fn change(&self, changing: &Changing, variables: Variables<'_>, viewer: &Viewer) -> Option<Said> {
        if !changing.change.permission.is_of(viewer.role) {
            return None;
        }
        let request = (changing.change.read)(&changing.input.given(variables)?, Utc::now())?;
        let made = self.services().store.change_action(viewer.scope(), &viewer.email, &request).boxed().await;
        Some(made.map(|action| changing.data(&action)).map_err(|error| changing.refusal(error)))
    }
}

/// Writes an object.
fn object<T>(data: &mut String, members: &[(String, T)], mut write: impl FnMut(&mut String, &T)) {
    data.push('{');
    for (at, (name, member)) in members.iter().enumerate() {
        data.push_str(if at > 0 { ",\"" } else { "\"" });
        data.push_str(name);
        data.push_str("\":");
        write(data, member);
    }
    data.push('}');
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

fn text(data: &mut String, text: &str) {
    // Texts can be written.
    data.push_str(&serde_json::to_string(text).unwrap_or_default());
}
