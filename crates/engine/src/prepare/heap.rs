//! How many bytes a prepared layer holds.

use super::{Attention, FeedForward, Layer, Linear, Projection};
use crate::memory::{Heap, array};

impl Heap for Layer {
    fn heap(&self) -> usize {
        self.attention.heap() + self.ffn.heap()
    }
}

impl Heap for Attention {
    fn heap(&self) -> usize {
        let linears = [&self.query, &self.key, &self.value].map(Heap::heap);
        let others =
            [&self.input as &dyn Heap, &self.context, &self.form, &self.output, &self.norm];
        let others = others.map(Heap::heap);
        linears.into_iter().chain(others).sum::<usize>() + array(&self.masks)
    }
}

impl Heap for FeedForward {
    fn heap(&self) -> usize {
        self.input.heap() + self.up.heap() + self.down.heap() + self.norm.heap()
    }
}

impl Heap for Linear {
    fn heap(&self) -> usize {
        self.weights.heap() + self.output.heap()
    }
}

impl Heap for Projection {
    fn heap(&self) -> usize {
        self.weights.heap() + self.rescale.heap()
    }
}
