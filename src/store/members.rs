//! Members: who may sign in, and as what.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Store;
use crate::entities::enums::Role;
use crate::entities::members;
use crate::error::Result;
use crate::ids::{MemberId, OwnerId};

/// The channel on which the database says that a member's access has changed; the payload is the member's id.
pub const MEMBER_CHANNEL: &str = "rpm_members";

/// A member to be added.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// E-mail, in any case.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Whose actions a TEAM or AGENT member may see.
    pub owner_id: Option<OwnerId>,
}

impl Store {
    /// The member with an e-mail, revoked or not.
    pub async fn member_by_email(&self, email: &str) -> Result<Option<members::Model>> {
        Ok(members::Entity::find().filter(members::Column::Email.eq(email.trim().to_lowercase())).one(&self.db).await?)
    }

    /// The member with an id, revoked or not.
    pub async fn member(&self, id: MemberId) -> Result<Option<members::Model>> {
        Ok(members::Entity::find_by_id(id).one(&self.db).await?)
    }

    /// Every member by e-mail.
    pub async fn members(&self) -> Result<Vec<members::Model>> {
        Ok(members::Entity::find().order_by_asc(members::Column::Email).all(&self.db).await?)
    }

    /// Adds members; one whose e-mail is known already stays as it is.
    pub async fn add_members(&self, new: Vec<NewMember>) -> Result<()> {
        let rows = new.into_iter().map(|member| members::ActiveModel {
            id: Set(MemberId(Uuid::new_v4())),
            email: Set(member.email.trim().to_lowercase()),
            name: Set(member.name),
            role: Set(member.role),
            owner_id: Set(member.owner_id),
            ..Default::default()
        });
        members::Entity::insert_many(rows)
            .on_conflict(OnConflict::column(members::Column::Email).do_nothing().to_owned())
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }
}
