//! The simulator: one file for each unit of the RTL, with what it does and when.
//!
//! Instructions take effect in program order, which is an order that their waits allow; times follow
//! from the same order, because an instruction's start depends on earlier ones only.

pub mod embed;
pub mod exp;
pub mod head;
pub mod input;
pub mod load;
pub mod machine;
pub mod memory;
pub mod norm;
pub mod qmm;
pub mod run;
pub mod sel;
pub mod sequencer;

/// When an instruction leaves its unit: cycles, counted from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The unit takes its next instruction in this cycle at the earliest.
    pub ready: u64,
    /// The cycle in which `done` is high; counts show it in the next.
    pub done: u64,
}
