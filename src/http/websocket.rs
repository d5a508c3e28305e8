//! `graphql-transport-ws` over axum's WebSocket: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.
//!
//! A connection is one task (`connection`), woken when there is something to read or to write. Queries, mutations and the
//! beginnings of subscriptions run in tasks of their own (`operation`), so that a slow field or a panic stays where it is; a
//! subscription that has begun is a stream that the connection asks. One wake and one write for an event, whatever the number
//! of subscriptions on the socket, and some kilobytes for a connection that waits.

mod close;
mod connection;
mod message;
mod operation;

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use self::close::Close;
use self::connection::Connection;
use super::errors::{Rejection, code};
use super::request_id::request_id;
use super::service::Service;
use super::{App, identity, origin};
use crate::telemetry::Work;

/// The only subprotocol spoken here. (`graphql-ws` is the name of its deprecated predecessor.)
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Bytes read at once. The library allocates this for every connection up front and clears it at every read, 128 KiB if left
/// alone: 1.3 GB for ten thousand subscribers who hardly ever send anything.
const READ_BUFFER_BYTES: usize = 512;

/// Bytes gathered before a write; each burst of messages is flushed anyway. Taken only when there are so many.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Answers an upgrade request.
pub(super) async fn upgrade<S: Service>(state: Arc<App<S>>, request: Request) -> Response {
    if !origin::is_allowed(request.headers(), &state.origins) {
        let message = "Pages of this origin may not open a WebSocket here.";
        return Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message).into_json();
    }
    let id = request_id(&request);
    // A task of its own, which goes on when the request is over.
    let work = Work::request(id.shared(), None);
    // A header that is no bearer token counts as no token: `connection_init` may still bring one.
    let token = identity::token(request.headers(), state.cookies).ok().flatten().map(str::to_owned);
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => {
            let refused = refused.into_response();
            return Rejection::new(refused.status(), code::BAD_REQUEST, "This is not a WebSocket handshake.").into_json();
        }
    };
    let limits = &state.limits.websocket;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_frame_size(limits.message_bytes)
        .max_message_size(limits.message_bytes);
    if upgrade.selected_protocol().is_none() {
        // Closed after the handshake, since a browser does not show its page the status of one that failed.
        let patience = limits.close_timeout;
        return upgrade.on_upgrade(move |mut socket| async move {
            let close = Close::new(close::SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable");
            // The peer may be gone already.
            drop(socket.send(Message::Close(Some(close.into()))).await);
            close::read_to_end(socket, patience).await;
        });
    }
    upgrade.on_upgrade(move |socket| work.scope(Connection::open(state, id, token, socket).run()))
}
