//! What an engine takes from the allocator.

use alloc::vec::Vec;

use noctule_program::{bits::BitMatrix, parts};

/// Bytes asked of the allocator. What it adds for itself, stacks, and what a pool of threads takes
/// are not in it, nor is the [`noctule_program::Program`], which an engine does not need once it
/// is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The prepared program, which all sessions share.
    pub program: usize,
    /// The buffers of one session and the logits of the longest input.
    pub session: usize,
    /// Not from the allocator: tables that stay in the file the program was mapped from, in pages
    /// that all processes share and that the system may take back.
    pub shared: usize,
}

impl Memory {
    /// The most that is ever there with one session and one vector of logits.
    #[must_use]
    pub fn total(&self) -> usize {
        self.program + self.session
    }
}

/// Bytes that a value holds on the heap.
pub(crate) trait Heap {
    fn heap(&self) -> usize;
}

/// Of numbers and the like.
pub(crate) fn array<T: Copy>(values: &Vec<T>) -> usize {
    values.capacity() * size_of::<T>()
}

/// Of values that hold more.
pub(crate) fn list<T: Heap>(values: &Vec<T>) -> usize {
    values.capacity() * size_of::<T>() + values.iter().map(Heap::heap).sum::<usize>()
}

impl<T: Heap> Heap for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Heap::heap)
    }
}

impl Heap for BitMatrix {
    fn heap(&self) -> usize {
        self.rows() * self.cols().div_ceil(64) * size_of::<u64>()
    }
}

impl Heap for parts::Norm {
    fn heap(&self) -> usize {
        array(&self.gain) + array(&self.bias)
    }
}

impl Heap for parts::Rescale {
    fn heap(&self) -> usize {
        array(&self.mul) + array(&self.add)
    }
}

impl Heap for parts::Table {
    fn heap(&self) -> usize {
        self.codes.heap() + array(&self.mul)
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

impl Heap for parts::AttentionForm {
    fn heap(&self) -> usize {
        match self {
            Self::Softmax { table, .. } => array(table),
            Self::Sps { thresholds } => array(thresholds),
        }
    }
}

impl Heap for parts::Head {
    fn heap(&self) -> usize {
        array(&self.weights) + array(&self.bias)
    }
}
