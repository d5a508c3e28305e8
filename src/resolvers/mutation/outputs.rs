//! What happens to what was produced.

use async_graphql::{Context, Object};

use super::check;
use crate::auth::Permission;
use crate::error::ClientError;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::schema::inputs::{PublishDeliverableInput, RecordRevenueInput};
use crate::schema::payloads::{PublishDeliverablePayload, RecordRevenuePayload};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutputMutation;

#[Object]
impl OutputMutation {
    /// Records all the revenue that a deliverable or a song has brought so far.
    #[graphql(visible = "see::outputs", directive = access::apply(roles(Permission::ManageOutputs)))]
    async fn record_revenue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose revenue, and how much.")] input: RecordRevenueInput,
    ) -> Nullable<RecordRevenuePayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageOutputs)?;
            let RecordRevenueInput { deliverable_id, song_id, revenue_actual, expected_updated_at } = input;
            let actual = check::dollars("input.revenueActual", revenue_actual.0)?;
            let expected = expected_updated_at.map(|instant| instant.0);
            let (store, scope, actor, now) = (ctx.store()?, viewer.scope(), &viewer.email, ctx.now());
            match (deliverable_id, song_id) {
                (Some(id), None) => {
                    let row = store.record_deliverable_revenue(scope, actor, id, actual, expected, now).await?;
                    Ok(RecordRevenuePayload { deliverable: Some(row.into()), song: None })
                }
                (None, Some(id)) => {
                    let row = store.record_song_revenue(scope, actor, id, actual, expected, now).await?;
                    Ok(RecordRevenuePayload { deliverable: None, song: Some(row.into()) })
                }
                _ => Err(ClientError::input("input.deliverableId", "Give `deliverableId` or `songId`, one of the two").into()),
            }
        })
        .await
    }

    /// Publishes a deliverable.
    #[graphql(visible = "see::outputs", directive = access::apply(roles(Permission::ManageOutputs)))]
    async fn publish_deliverable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which deliverable.")] input: PublishDeliverableInput,
    ) -> Nullable<PublishDeliverablePayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageOutputs)?;
            let expected = input.expected_updated_at.map(|instant| instant.0);
            let row = ctx.store()?.publish_deliverable(viewer.scope(), &viewer.email, input.id, expected, ctx.now()).await?;
            Ok(PublishDeliverablePayload { deliverable: row.into() })
        })
        .await
    }
}
