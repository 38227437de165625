//! What an engine takes from the allocator.

/// Bytes asked of the allocator. What it adds for itself, stacks, and what a pool of threads takes
/// are not in it, nor is the [`noctule_program::Program`], which an engine does not need once it
/// is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The prepared program, which all sessions and batches share.
    pub program: usize,
    /// The buffers of one session on all threads, and the logits of the longest input.
    pub session: usize,
    /// The buffers of one batch (`run_batch`) at a time: a set a thread, made when first needed and
    /// kept as long as the engine. The answers, a vector an input, are the caller's and come on top.
    #[cfg(feature = "std")]
    pub batch: usize,
    /// The most that is there while the engine is made: the prepared program and the arrays of the
    /// parsed one, but not the bytes that it was parsed from. No [`Work`] counts it.
    pub load: usize,
    /// Not from the allocator: tables that stay in the file the program was mapped from, in pages
    /// that all processes share and that the system may take back.
    pub shared: usize,
}

/// What an engine is to do, as far as memory goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Inputs one after another, in one session.
    Session,
    /// Many inputs at a time, in one batch after another.
    #[cfg(feature = "std")]
    Batch,
    /// Batches, while there is a session.
    #[cfg(feature = "std")]
    Both,
}

impl Memory {
    /// The most that is ever there for such work.
    #[must_use]
    pub fn total(&self, work: Work) -> usize {
        self.program
            + match work {
                Work::Session => self.session,
                #[cfg(feature = "std")]
                Work::Batch => self.batch,
                #[cfg(feature = "std")]
                Work::Both => self.session + self.batch,
            }
    }
}

/// Bytes that a value holds on the heap, where every array has just the room that it needs.
pub(crate) trait Heap {
    fn heap(&self) -> usize;
}

/// Of numbers and the like.
pub(crate) fn array<T: Copy>(values: &[T]) -> usize {
    size_of_val(values)
}

/// Of values that hold more.
pub(crate) fn list<T: Heap>(values: &[T]) -> usize {
    size_of_val(values) + values.iter().map(Heap::heap).sum::<usize>()
}

impl<T: Heap> Heap for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Heap::heap)
    }
}
