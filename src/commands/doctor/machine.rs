//! The machine: the port, and the disk.

use std::path::Path;

use nix::sys::statvfs::statvfs;
use tokio::net::TcpListener;

use super::Examiner;
use super::finding::Finding;
use crate::error::Result;
use cluster::default_home;

const MEBIBYTE: u64 = 1024 * 1024;

/// What RPM_HOME should have free: with the private PostgreSQL in it, and with the outbox alone.
const ROOM_FOR_ALL: u64 = 1024 * MEBIBYTE;
const ROOM_FOR_OUTBOX: u64 = 100 * MEBIBYTE;
/// Too little for anything.
const NO_ROOM: u64 = 16 * MEBIBYTE;

pub(super) async fn examine(examiner: &mut Examiner<'_>) -> Result<()> {
    let port = port(examiner).await;
    examiner.tell(port)?;
    examiner.tell(disk(examiner))
}

async fn port(examiner: &Examiner<'_>) -> Finding {
    let (host, port) = (examiner.serve.host, examiner.serve.port);
    let place = format!("{host} port {port}");
    let error = match TcpListener::bind((host, port)).await {
        Ok(_) => return Finding::ok("port", place, "is free"),
        Err(error) => error,
    };
    if error.kind() == std::io::ErrorKind::AddrInUse && is_ours(examiner).await {
        return Finding::ok("port", place, "an rpm-api serves there");
    }
    Finding::failed("port", place, error, "end what listens there, or set PORT to another")
}

/// Whether what listens there answers as this server does.
async fn is_ours(examiner: &Examiner<'_>) -> bool {
    let host = match examiner.serve.host {
        all if all.is_unspecified() => "127.0.0.1".to_owned(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
        std::net::IpAddr::V4(address) => address.to_string(),
    };
    let url = format!("http://{host}:{}/healthz", examiner.serve.port);
    let asked = async {
        let client = crate::tls::http_client().no_proxy().build()?;
        client.get(url).send().await?.text().await
    };
    examiner.ask(asked).await.is_ok_and(|answer| answer == "ok")
}

fn disk(examiner: &Examiner<'_>) -> Finding {
    let home = examiner.common.home.clone().unwrap_or_else(default_home);
    // Where it is not there yet, what it will be made in.
    let there = home.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let wanted = if examiner.common.database_url.is_some() { ROOM_FOR_OUTBOX } else { ROOM_FOR_ALL };
    let looked_at = format!("RPM_HOME {}", home.display());
    match statvfs(there) {
        Ok(disk) => {
            let free = disk.blocks_available().saturating_mul(disk.fragment_size());
            let found = format!("{} MiB are free", free / MEBIBYTE);
            let advice = format!("free some room, or set RPM_HOME to a larger disk: {} MiB are a good start", wanted / MEBIBYTE);
            match free {
                free if free < NO_ROOM => Finding::failed("disk", looked_at, found, advice),
                free if free < wanted => Finding::warning("disk", looked_at, found, advice),
                _ => Finding::ok("disk", looked_at, found),
            }
        }
        Err(error) => Finding::failed("disk", looked_at, error, "run as the user that the server runs as"),
    }
}
