//! Lowering: from a trained network to an integer program.
//!
//! [`lower`] reads a [`Model`](crate::model::Model), folds every scale, shift and bias into integers ([`fold`]), chooses the
//! binary point of the residual stream from calibration inputs and reports how far the program
//! agrees with the network. `docs/lowering.md` has the equations.

mod embed;
mod error;
pub mod fold;
mod input;
mod layer;
mod network;
mod options;
mod trained;

pub use error::LowerError;
pub use input::program_inputs;
pub use options::LowerOptions;

#[cfg(test)]
mod tests {
    use crate::model::{Activation, Arch, Head, Input, Masks};

    /// A small text network.
    pub(crate) fn arch() -> Arch {
        Arch {
            width: 16,
            layers: 1,
            heads: 2,
            ffn: 24,
            max_tokens: 8,
            input: Input::Text { vocab: 20, segments: 2 },
            head: Head::Pooled { classes: 3 },
            activation: Activation::Relu,
            norm_eps: 1e-5,
            pooler: false,
            masks: Masks::default(),
            causal: false,
        }
    }
}
