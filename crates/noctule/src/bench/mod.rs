//! Measuring programs: times of whole inferences and of each operator, what the machine could do at
//! most, and other engines on the same network.
//!
//! [`network`] makes programs of known shapes, [`cost`] counts what an operator does, [`roofline`] sets
//! its time against the machine's limits, [`peers`] runs the others, [`report`] is what a user gets,
//! [`suite`] all of it for many networks, [`page`] the pictures.

pub mod cost;
pub mod machine;
pub mod measure;
pub mod network;
pub mod page;
pub mod peers;
pub mod quiet;
pub mod report;
pub mod roofline;
pub mod suite;
pub mod text;
pub mod times;
