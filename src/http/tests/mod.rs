//! The HTTP layer from outside: a served router, driven by an HTTP and a WebSocket client. The schema is a toy; what real
//! operations answer is tested elsewhere.

mod browsers;
mod budget;
mod errors;
mod graphql;
mod lines;
mod liveness;
mod pages;
mod polling;
mod refusals;
mod renewal;
mod schema;
mod session;
mod socket;
mod sse;
mod support;
mod websocket;
