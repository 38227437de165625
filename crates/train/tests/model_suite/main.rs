//! Tests of the network: parity, parameters, conversion, losses and steps.

mod checkpoints;
mod grid;
mod nets;
mod parameters;
mod parity;
mod saving;
mod shapes;
mod starting;
mod stepping;
mod students;
