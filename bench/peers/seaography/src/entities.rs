//! The tables that are measured, with the columns that are asked for.

pub mod rpm_weekly_plans {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rpm_weekly_plans")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: Option<String>,
        pub title: String,
        pub week_start_date: Date,
        pub week_end_date: Date,
        pub status: String,
        pub owner: String,
        pub completion_rate: Option<Decimal>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::rpm_results::Entity")]
        RpmResults,
    }

    impl Related<super::rpm_results::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::RpmResults.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::rpm_results::Entity")]
        RpmResults,
    }
}

pub mod rpm_results {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rpm_results")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub weekly_plan_id: Uuid,
        pub position: i32,
        pub result_code: String,
        pub result_text: String,
        pub purpose: String,
        pub status: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::rpm_weekly_plans::Entity",
            from = "Column::WeeklyPlanId",
            to = "super::rpm_weekly_plans::Column::Id"
        )]
        RpmWeeklyPlans,
        #[sea_orm(has_many = "super::rpm_action_items::Entity")]
        RpmActionItems,
    }

    impl Related<super::rpm_weekly_plans::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::RpmWeeklyPlans.def()
        }
    }

    impl Related<super::rpm_action_items::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::RpmActionItems.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::rpm_weekly_plans::Entity")]
        RpmWeeklyPlans,
        #[sea_orm(entity = "super::rpm_action_items::Entity")]
        RpmActionItems,
    }
}

pub mod rpm_action_items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rpm_action_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub result_id: Uuid,
        pub position: i32,
        pub action_code: String,
        pub action_text: String,
        pub description: Option<String>,
        pub owner: Option<String>,
        pub due_date: Option<DateTimeUtc>,
        pub funnel_stage: String,
        pub status: String,
        pub started_at: Option<DateTimeUtc>,
        pub completion_date: Option<DateTimeUtc>,
        pub estimated_hours: Option<Decimal>,
        pub actual_hours: Option<Decimal>,
        pub blocker_description: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::rpm_results::Entity",
            from = "Column::ResultId",
            to = "super::rpm_results::Column::Id"
        )]
        RpmResults,
    }

    impl Related<super::rpm_results::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::RpmResults.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::rpm_results::Entity")]
        RpmResults,
    }
}

pub mod agent_status {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent_status")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub agent_name: String,
        pub status: String,
        pub health_score: i32,
        pub current_action_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::rpm_action_items::Entity",
            from = "Column::CurrentActionId",
            to = "super::rpm_action_items::Column::Id"
        )]
        RpmActionItems,
    }

    impl Related<super::rpm_action_items::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::RpmActionItems.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::rpm_action_items::Entity")]
        RpmActionItems,
    }
}
