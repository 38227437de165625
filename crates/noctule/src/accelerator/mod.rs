//! What the accelerator's simulator found, for people and machines.

pub mod gantt;
pub mod report;
mod text;
