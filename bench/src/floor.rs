//! The floor: a bare axum WebSocket broadcast. What is POSTed to `/publish` goes to every socket at `/ws` as it is.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// As in the server under test; the library's own default is 128 KiB for every socket.
const READ_BUFFER_BYTES: usize = 512;

type Events = broadcast::Sender<Utf8Bytes>;

pub(crate) async fn serve() {
    let events: Events = broadcast::channel(1024).0;
    let router = Router::new().route("/ws", get(upgrade)).route("/publish", post(publish)).with_state(events);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("the floor serves on http://{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

async fn publish(State(events): State<Events>, body: String) {
    let _ = events.send(body.into());
}

async fn upgrade(State(events): State<Events>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(READ_BUFFER_BYTES).on_upgrade(move |socket| follow(socket, events.subscribe()))
}

async fn follow(mut socket: WebSocket, mut events: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => if socket.send(Message::Text(event)).await.is_err() { return },
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            said = socket.recv() => if !matches!(said, Some(Ok(_))) { return },
        }
    }
}
