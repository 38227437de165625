//! Many inputs at a time.

use std::sync::{Mutex, PoisonError};

use noctule_program::{interpret::InputError, parts::Input};

use crate::{
    engine::{Engine, Shared},
    prepare::Plan,
    run::{Blind, Buffers, run},
};

/// Single-thread buffers between two batches.
#[derive(Debug, Default)]
pub(crate) struct Idle(Mutex<Vec<Buffers>>);

/// What so many of them take.
pub(crate) fn bytes(plan: &Plan, threads: usize) -> usize {
    threads * (size_of::<Buffers>() + Buffers::bytes(plan, 1))
}

impl Engine {
    /// The logits of many inputs, each on one thread, as many at a time as there are threads.
    /// An input that does not suit the program has its error in its place.
    ///
    /// Each thread has buffers of its own, which stay for the next batch ([`crate::Memory::batch`]).
    #[must_use]
    pub fn run_batch(&self, inputs: &[Input]) -> Vec<Result<Vec<i32>, InputError>> {
        self.map(inputs, |_, input| self.shared().run_idle(input))
    }

    /// `work` for each index and item, as many at a time as there are threads.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(usize, &T) -> R + Sync,
    ) -> Vec<R> {
        self.shared().pool.map(items, work)
    }
}

impl Shared {
    /// Runs one input in buffers that no other thread uses.
    fn run_idle(&self, input: &Input) -> Result<Vec<i32>, InputError> {
        let mut buffers = self.idle.take().unwrap_or_else(|| Buffers::new(&self.model.plan, 1));
        let mut logits = Vec::with_capacity(self.model.logits);
        let result = run(&self.model, input, &mut buffers, &mut logits, &Blind);
        self.idle.put(buffers, self.threads);
        result.map(|()| logits)
    }
}

impl Idle {
    // A panic elsewhere cannot leave the list half changed.
    fn take(&self) -> Option<Buffers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps one of so many.
    fn put(&self, buffers: Buffers, most: usize) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = list.len();
        list.reserve_exact(most.saturating_sub(others));
        list.push(buffers);
    }
}
