//! Interpreter, simulator and RTL agree: to the bit, and to the cycle.

mod bert;
mod decoder;
mod jobs;
mod mutations;
mod shapes;
