//! Lowering: from a trained network to an integer program.

pub mod fold;
