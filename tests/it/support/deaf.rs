//! A way to PostgreSQL that swallows notifications, as a transaction pooler does, from the beginning or from some moment on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinHandle;

/// The type of PostgreSQL's NotificationResponse.
const NOTIFICATION: u8 = b'A';

/// Listens on loopback and passes everything on to a database, save for notifications. Ends when dropped.
pub struct Deaf {
    url: String,
    swallowed: Arc<AtomicUsize>,
    hears: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Deaf {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Deaf {
    pub async fn to(url: &str) -> Self {
        let deaf = Self::hearing(url).await;
        deaf.turn();
        deaf
    }

    /// One that passes everything on, until it is told otherwise.
    pub async fn hearing(url: &str) -> Self {
        let upstream: PgConnectOptions = url.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let database = upstream.get_database().unwrap().to_owned();
        // TLS would hide the messages.
        let url = format!("postgres://{}@127.0.0.1:{port}/{database}?sslmode=disable", upstream.get_username());
        let swallowed = Arc::new(AtomicUsize::new(0));
        let hears = Arc::new(AtomicBool::new(true));
        let (count, still) = (Arc::clone(&swallowed), Arc::clone(&hears));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, upstream.clone(), Arc::clone(&count), Arc::clone(&still)));
            }
        });
        Self { url, swallowed, hears, task }
    }

    /// Swallows notifications from now on, without a word.
    pub fn turn(&self) {
        self.hears.store(false, Ordering::SeqCst);
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Notifications that were not passed on.
    pub fn has_swallowed(&self) -> usize {
        self.swallowed.load(Ordering::SeqCst)
    }
}

async fn serve(client: TcpStream, upstream: PgConnectOptions, swallowed: Arc<AtomicUsize>, hears: Arc<AtomicBool>) {
    let port = upstream.get_port();
    match upstream.get_socket() {
        Some(folder) => {
            let socket = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.unwrap();
            pass(client, socket, swallowed, hears).await;
        }
        None => pass(client, TcpStream::connect((upstream.get_host(), port)).await.unwrap(), swallowed, hears).await,
    }
}

async fn pass(client: TcpStream, server: impl AsyncRead + AsyncWrite, swallowed: Arc<AtomicUsize>, hears: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let there = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let back = async {
        loop {
            // A type, and a length that counts itself.
            let kind = from_server.read_u8().await?;
            let length = from_server.read_u32().await?;
            let mut body = vec![0; length as usize - 4];
            from_server.read_exact(&mut body).await?;
            if kind == NOTIFICATION && !hears.load(Ordering::SeqCst) {
                swallowed.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            to_client.write_u8(kind).await?;
            to_client.write_u32(length).await?;
            to_client.write_all(&body).await?;
        }
        #[allow(unreachable_code)]
        Ok::<(), std::io::Error>(())
    };
    // Either end may hang up.
    let _ = tokio::try_join!(there, back);
}
