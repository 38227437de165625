//! How many bytes a parsed program holds, and copies of its parts.

use noctule_program::{Program, bits::BitMatrix, parts};

use crate::memory::{Heap, array};

/// Its lists grew while they were read.
impl Heap for Program {
    fn heap(&self) -> usize {
        let extras = self.extras.iter().map(|(name, bytes)| name.len() + bytes.len());
        let lists = [
            self.masks.capacity() * size_of::<BitMatrix>(),
            self.masks.iter().map(Heap::heap).sum(),
            self.layers.capacity() * size_of::<parts::Layer>(),
            self.layers.iter().map(Heap::heap).sum(),
        ];
        let lists: usize = lists.into_iter().sum();
        self.embed.heap() + lists + self.head.heap() + extras.sum::<usize>()
    }
}

impl Heap for BitMatrix {
    fn heap(&self) -> usize {
        self.rows() * self.cols().div_ceil(64) * size_of::<u64>()
    }
}

impl Heap for parts::Embed {
    fn heap(&self) -> usize {
        self.source.heap() + self.norm.heap()
    }
}

impl Heap for parts::Source {
    fn heap(&self) -> usize {
        match self {
            Self::Text { token, position, segment } => {
                token.heap() + position.heap() + segment.heap()
            }
            Self::Channel { position, .. } => position.heap(),
            Self::Patches { weights, rescale, position, .. } => {
                array(weights) + rescale.heap() + position.heap()
            }
        }
    }
}

impl Heap for parts::Table {
    fn heap(&self) -> usize {
        let own = if self.codes.owner().is_none() { array(&self.codes) } else { 0 };
        own + array(&self.mul)
    }
}

impl Heap for parts::AttentionForm {
    fn heap(&self) -> usize {
        match self {
            Self::Softmax { table, .. } => array(table),
            Self::Sps { thresholds } => array(thresholds),
        }
    }
}

impl Heap for parts::Weights {
    fn heap(&self) -> usize {
        self.high.heap() + self.low.as_ref().map_or(0, |low| low.bits.heap())
    }
}

impl Heap for parts::Quantizer {
    fn heap(&self) -> usize {
        match &self.rule {
            parts::Rule::Threshold(bounds) => array(bounds),
            parts::Rule::Rescale(rescale) => rescale.heap(),
        }
    }
}

impl Heap for parts::Rescale {
    fn heap(&self) -> usize {
        array(&self.mul) + array(&self.add)
    }
}

impl Heap for parts::Norm {
    fn heap(&self) -> usize {
        array(&self.gain) + array(&self.bias)
    }
}

impl Heap for parts::Head {
    fn heap(&self) -> usize {
        array(&self.weights) + array(&self.bias)
    }
}
