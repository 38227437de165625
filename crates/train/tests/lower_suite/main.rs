//! Lowering of whole networks.

mod agreement;
mod choices;
mod grid;
mod nets;
mod refusals;
mod trained;
