//! Black-box tests over HTTP, WebSocket and the command line, against real components. One binary, so that it links once.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod access;
mod architecture;
mod checker;
mod cluster;
mod cockpit;
mod commands;
mod commit_order;
mod contract;
mod demo;
mod errors;
mod explorer;
mod fanout;
mod fuzz;
mod ingest;
mod ingest_agents;
mod ingest_songs;
mod instances;
mod keys;
mod lake;
mod live;
mod matrix;
mod metrics;
mod mutations;
mod queries;
mod retention;
mod sessions;
mod sign_in;
mod support;
mod surface;
mod sync;
mod transports;
mod walk;
