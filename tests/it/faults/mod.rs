//! What happens to a server and to what it stands on, and what its clients see of it.
//!
//! Clients change things under load and write down what they were told (`load`); in the end that is compared with what the database
//! holds (`ledger`): no change that was acknowledged is lost, none is made twice, and nothing is refused but by the announced codes.
//!
//! `RPM_FAULTS_SECONDS` says how long the storm goes on (`make soak` for long), `RPM_FAULTS_SEED` repeats one.

mod away;
mod clocks;
mod disk;
mod drain;
mod ledger;
mod load;
mod places;
mod replica;
mod rig;
mod shed;
mod storm;
mod versions;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}
