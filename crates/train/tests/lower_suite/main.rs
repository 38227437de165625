//! Lowering of whole networks.

mod agreement;
mod choices;
mod nets;
mod refusals;
mod trained;
