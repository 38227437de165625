//! Where the time of an inference goes.

use noctule_program::{interpret::InputError, parts::Input};

use crate::{
    engine::{Engine, Session},
    kernels::{Kernel, KernelName},
    prepare::Layer,
    run::{Clock, Operator},
};

impl Engine {
    /// The kernel of an operator in a layer, or outside.
    #[must_use]
    pub fn kernel_of(&self, layer: Option<usize>, operator: Operator) -> KernelName {
        let model = &self.shared().model;
        let product = layer.and_then(|n| kernel(operator, model.layers.get(n)?));
        product.unwrap_or(model.kernel).name()
    }

    /// A clock for [`Session::run_timed`].
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::new(self.shared().model.layers.len(), self.threads())
    }
}

impl Session {
    /// [`Self::run`], with the time of each operator added up in `clock`, one of this engine's.
    ///
    /// # Errors
    /// Where the input does not suit the program.
    pub fn run_timed(
        &mut self,
        input: &Input,
        logits: &mut Vec<i32>,
        clock: &Clock,
    ) -> Result<(), InputError> {
        self.probe(input, logits, clock)
    }
}

/// The kernel of a product.
fn kernel(operator: Operator, layer: &Layer) -> Option<&'static dyn Kernel> {
    let Layer { attention, ffn } = layer;
    match operator {
        Operator::Query => Some(attention.query.weights.kernel()),
        Operator::Key => Some(attention.key.weights.kernel()),
        Operator::Value => Some(attention.value.weights.kernel()),
        Operator::Scores => Some(attention.kernels[0]),
        Operator::Context => Some(attention.kernels[1]),
        Operator::Output => Some(attention.output.weights.kernel()),
        Operator::Up => Some(ffn.up.weights.kernel()),
        Operator::Down => Some(ffn.down.weights.kernel()),
        _ => None,
    }
}
