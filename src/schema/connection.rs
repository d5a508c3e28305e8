//! Relay connections: pages of a list, with `nodes` beside `edges` and a count only when it is asked for.

use async_graphql::{Context, SimpleObject};
use futures_util::future::BoxFuture;

use crate::error::{ClientError, Result};
use crate::store::{Page, Slice};

/// The page size where none is asked for.
pub const DEFAULT_PAGE_SIZE: i32 = 50;

/// The largest page.
pub const MAX_PAGE_SIZE: i32 = 100;

/// Where a page stands in its list.
#[derive(SimpleObject, Clone, Debug)]
pub struct PageInfo {
    /// Whether more follow after this page.
    pub has_next_page: bool,
    /// Whether some precede this page.
    pub has_previous_page: bool,
    /// Cursor of the first edge; null on an empty page.
    pub start_cursor: Option<String>,
    /// Cursor of the last edge; null on an empty page.
    pub end_cursor: Option<String>,
}

/// Counts a whole list, when somebody asks.
pub type Count = Box<dyn for<'a> Fn(&'a Context<'_>) -> BoxFuture<'a, Result<u64>> + Send + Sync>;

/// Reads the four arguments of a connection.
///
/// # Errors
/// `BAD_USER_INPUT` when a size is not 1–100, or both `first` and `last` are given.
pub fn page(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<Page, ClientError> {
    let (field, size) = match (first, last) {
        (Some(_), Some(_)) => return Err(ClientError::input("last", "Give `first` or `last`, not both")),
        (Some(size), None) => ("first", size),
        (None, Some(size)) => ("last", size),
        (None, None) => ("first", DEFAULT_PAGE_SIZE),
    };
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(ClientError::input(field, format!("`{field}` must be from 1 to {MAX_PAGE_SIZE}, not {size}")));
    }
    Ok(Page { limit: u64::from(size.unsigned_abs()), after, before, from_end: last.is_some() })
}

/// Declares a connection and its edge.
macro_rules! connection {
    ($($connection:ident, $edge:ident, $node:ident, $list:literal, $one:literal;)+) => {$(
        #[doc = concat!("A page of ", $list, ".")]
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub struct $connection {
            #[doc = concat!("The ", $list, " of this page, each with its cursor.")]
            pub edges: Vec<$edge>,
            /// Where this page stands in the list.
            pub page_info: PageInfo,
            #[graphql(skip)]
            count: Count,
        }

        #[async_graphql::ComplexObject]
        impl $connection {
            #[doc = concat!("The ", $list, " of this page, without cursors.")]
            async fn nodes(&self) -> Vec<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            #[doc = concat!("How many ", $list, " the whole list has. Counted only when asked for.")]
            async fn total_count(&self, ctx: &Context<'_>) -> Result<u64> {
                (self.count)(ctx).await
            }
        }

        #[doc = concat!($one, " in a page, and its place in the list.")]
        #[derive(SimpleObject)]
        pub struct $edge {
            /// Its place in the list, for `after` and `before`.
            pub cursor: String,
            #[doc = concat!($one, ".")]
            pub node: $node,
        }

        impl $connection {
            /// The connection for a page of rows.
            pub fn new<M: Into<$node>>(slice: Slice<M>, count: Count) -> Self {
                let edges: Vec<$edge> =
                    slice.rows.into_iter().map(|(cursor, row)| $edge { cursor, node: row.into() }).collect();
                let page_info = PageInfo {
                    has_next_page: slice.has_next,
                    has_previous_page: slice.has_previous,
                    start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                    end_cursor: edges.last().map(|edge| edge.cursor.clone()),
                };
                Self { edges, page_info, count }
            }
        }
    )+};
}

use super::types::{Action, Agent, Deliverable, IngestRun, Period, PlanResult, Song, Week};

connection! {
    WeekConnection, WeekEdge, Week, "weeks", "A week";
    ResultConnection, ResultEdge, PlanResult, "results", "A result";
    ActionConnection, ActionEdge, Action, "actions", "An action";
    AgentConnection, AgentEdge, Agent, "agents", "An agent";
    DeliverableConnection, DeliverableEdge, Deliverable, "deliverables", "A deliverable";
    SongConnection, SongEdge, Song, "songs", "A song";
    PeriodConnection, PeriodEdge, Period, "periods", "A period";
    IngestRunConnection, IngestRunEdge, IngestRun, "looks at the files", "A look at the files";
}
