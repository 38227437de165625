//! Interpreter, simulator and RTL agree: to the bit, and to the cycle.

mod bert;
mod decoder;
mod jobs;
mod mutations;
#[path = "../not_run/mod.rs"]
mod not_run;
mod shapes;

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/accelerator.md");
