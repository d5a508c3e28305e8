//! A way to PostgreSQL that is slow, hangs, or is cut, as a test wants it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the way does with what is sent over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Passes it on.
    Passes,
    /// Passes it on later.
    Slow(Duration),
    /// Keeps it until it does something else.
    Hangs,
    /// Hangs up, and lets nobody in.
    Cut,
}

/// Listens on loopback and passes everything on to a database, in the manner of the moment. Ends when dropped.
pub struct Wire {
    url: String,
    manner: Arc<watch::Sender<Manner>>,
    /// How often all that was open was left hanging for good.
    stranded: Arc<watch::Sender<u64>>,
    task: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
        self.manner.send_replace(Manner::Cut);
    }
}

impl Wire {
    pub async fn to(url: &str) -> Self {
        let upstream: PgConnectOptions = url.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let database = upstream.get_database().unwrap().to_owned();
        let url = format!("postgres://{}@127.0.0.1:{port}/{database}?sslmode=disable", upstream.get_username());
        let manner = Arc::new(watch::Sender::new(Manner::Passes));
        let stranded = Arc::new(watch::Sender::new(0));
        let (told, strands) = (Arc::clone(&manner), Arc::clone(&stranded));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *told.borrow() != Manner::Cut {
                    let own = Own { manner: told.subscribe(), strands: strands.subscribe(), number: *strands.borrow() };
                    tokio::spawn(serve(client, upstream.clone(), own));
                }
            }
        });
        Self { url, manner, stranded, task }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Leaves all that is open hanging for good, without a word, as after a failover; what is opened from now on is passed on.
    pub fn strands(&self) {
        self.stranded.send_modify(|number| *number += 1);
    }

    /// Is like that from now on, also with what is open.
    pub fn becomes(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }
}

/// What one connection goes by.
#[derive(Clone)]
struct Own {
    manner: watch::Receiver<Manner>,
    strands: watch::Receiver<u64>,
    number: u64,
}

async fn serve(client: TcpStream, upstream: PgConnectOptions, own: Own) {
    let _ = client.set_nodelay(true);
    let port = upstream.get_port();
    // The database may be away.
    match upstream.get_socket() {
        Some(folder) => {
            let Ok(server) = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await else { return };
            pass(client, server, own).await;
        }
        None => {
            let Ok(server) = TcpStream::connect((upstream.get_host(), port)).await else { return };
            pass(client, server, own).await;
        }
    }
}

async fn pass(client: impl AsyncRead + AsyncWrite, server: impl AsyncRead + AsyncWrite, mut own: Own) {
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(server);
    let (there, back) = (carry(from_client, to_server, own.clone()), carry(from_server, to_client, own.clone()));
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = own.manner.wait_for(|manner| *manner == Manner::Cut) => {}
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut own: Own) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        if *own.strands.borrow() > own.number {
            std::future::pending::<()>().await;
        }
        let now = *own.manner.borrow_and_update();
        match now {
            Manner::Passes => {}
            Manner::Slow(by) => tokio::time::sleep(by).await,
            Manner::Hangs => match own.manner.wait_for(|manner| *manner != Manner::Hangs).await {
                Ok(now) if *now != Manner::Cut => {}
                _ => return,
            },
            Manner::Cut => return,
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
