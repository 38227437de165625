//! What a program will take, found out before it is prepared.

use noctule_program::Program;

use super::{Choice, Layer, Plan, logits};
use crate::{
    kernels::Kernels,
    memory::{Heap, list},
};

/// Sizes of a prepared program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Bytes that it holds on the heap.
    pub(crate) heap: usize,
    /// Most logits of an input.
    pub(crate) logits: usize,
    /// Its buffers.
    pub(crate) plan: Plan,
}

impl Sizes {
    /// One layer at a time is prepared, without its weights: of these the shapes are enough.
    pub(crate) fn new(program: &Program, kernels: Kernels) -> Self {
        let choice = Choice { bare: true, ..Choice::new(program, kernels) };
        let mut plan = Plan::new(choice.of_rows(), program);
        let layer = |layer| {
            let layer = Layer::new(layer, choice);
            plan = plan.cover(&layer);
            size_of::<Layer>() + layer.heap()
        };
        let layers: usize = program.layers.iter().map(layer).sum();
        let heap = program.embed.heap() + list(&program.masks) + layers + program.head.heap();
        Self { heap, logits: logits(program), plan }
    }
}
