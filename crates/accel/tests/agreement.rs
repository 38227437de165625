//! Interpreter, simulator and RTL agree: to the bit, and to the cycle.

#[path = "agreement/bert.rs"]
mod bert;
#[path = "agreement/decoder.rs"]
mod decoder;
#[path = "agreement/jobs.rs"]
mod jobs;
#[path = "agreement/shapes.rs"]
mod shapes;
