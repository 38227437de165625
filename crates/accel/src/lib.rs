//! BAT, the accelerator: schedule, cycle-exact simulator, SystemVerilog and cost. `docs/accelerator.md` defines all of it.
#![forbid(unsafe_code)]

pub mod config;
pub mod cosim;
pub mod cost;
pub mod design;
pub mod isa;
pub mod package;
pub mod registers;
pub mod rtl;
pub mod schedule;
pub mod sim;
pub mod synth;
pub mod vcd;
