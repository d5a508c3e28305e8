//! The numbers: what is computed from the database, and the warehouse that holds it for those who ask much.

pub mod tables;
