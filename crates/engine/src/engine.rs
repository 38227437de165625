//! The engine: a program made ready for this machine.

use std::sync::{Arc, Mutex, PoisonError};

use noctule_program::{Program, interpret::InputError, parts::Input};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use crate::{
    error::{EngineError, KERNEL_VARIABLE},
    kernels::{KernelName, Kernels},
    prepare::Model,
    run::{Blind, Buffers, Clock, Operator, Probe, run},
};

/// How to run a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads, 1 to 1024.
    pub threads: usize,
    /// The kernel; none: what the environment variable `NOCTULE_KERNEL` names, else the fastest
    /// that this machine has.
    pub kernel: Option<KernelName>,
}

/// A program made ready for this machine. Clones share it.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    model: Model,
    threads: usize,
    /// Where there is more than one thread.
    pool: Option<ThreadPool>,
    /// Single-thread buffers between two batches.
    idle: Mutex<Vec<Buffers>>,
}

impl Engine {
    /// Lays the program out for this machine.
    ///
    /// # Errors
    /// Where the kernel or the number of threads cannot be had.
    pub fn new(program: &Program, options: Options) -> Result<Self, EngineError> {
        let Options { threads, kernel } = options;
        if !(1..=1024).contains(&threads) {
            return Err(EngineError::Threads(threads));
        }
        let model = Model::new(program, choose(kernel)?);
        let idle = Mutex::default();
        Ok(Self(Arc::new(Shared { model, threads, pool: pool(threads)?, idle })))
    }

    /// The kernel of the program's first products.
    #[must_use]
    pub fn kernel_name(&self) -> KernelName {
        self.kernel_names()[0]
    }

    /// The kernels in use, in the order in which a program comes to them: products of different
    /// precision may have different ones.
    #[must_use]
    pub fn kernel_names(&self) -> Vec<KernelName> {
        let mut names = Vec::new();
        for kernel in self.0.model.kernels() {
            if !names.contains(&kernel.name()) {
                names.push(kernel.name());
            }
        }
        names
    }

    /// The kernel of an operator in a layer, or outside.
    #[must_use]
    pub fn kernel_of(&self, layer: Option<usize>, operator: Operator) -> KernelName {
        let model = &self.0.model;
        let product = layer.and_then(|n| operator.kernel(model.layers.get(n)?));
        product.unwrap_or(model.kernel).name()
    }

    /// Threads in use.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// Buffers for one input after another, each on all threads.
    #[must_use]
    pub fn session(&self) -> Session {
        let buffers = Buffers::new(&self.0.model, self.0.threads);
        Session { shared: Arc::clone(&self.0), buffers }
    }

    /// A clock for [`Session::run_timed`].
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::new(self.0.model.layers.len(), self.0.threads)
    }

    /// The logits of one input, row-major `[tokens of the head, outputs]`, on all threads.
    /// Allocates buffers: many inputs want a [`Session`] or [`Self::run_batch`].
    ///
    /// # Errors
    /// Where the input does not suit the program.
    pub fn run(&self, input: &Input) -> Result<Vec<i32>, InputError> {
        let mut logits = Vec::new();
        self.session().run(input, &mut logits)?;
        Ok(logits)
    }

    /// The logits of many inputs, each on one thread, as many at a time as there are threads.
    /// An input that does not suit the program has its error in its place.
    #[must_use]
    pub fn run_batch(&self, inputs: &[Input]) -> Vec<Result<Vec<i32>, InputError>> {
        self.map(inputs, |_, input| self.0.run_idle(input))
    }

    /// `work` for each index and item, as many at a time as there are threads.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(usize, &T) -> R + Sync,
    ) -> Vec<R> {
        let work = |(index, item)| work(index, item);
        match &self.0.pool {
            Some(pool) => {
                pool.install(|| items.par_iter().enumerate().with_max_len(1).map(work).collect())
            }
            None => items.iter().enumerate().map(work).collect(),
        }
    }
}

impl Shared {
    /// Runs one input in buffers that no other thread uses.
    fn run_idle(&self, input: &Input) -> Result<Vec<i32>, InputError> {
        // A panic elsewhere cannot leave the list of buffers half changed.
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut buffers = taken.unwrap_or_else(|| Buffers::new(&self.model, 1));
        let mut logits = Vec::new();
        let result = run(&self.model, input, &mut buffers, &mut logits, &Blind);
        idle().push(buffers);
        result.map(|()| logits)
    }
}

/// Buffers for one input after another. Running allocates nothing on one thread.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    buffers: Buffers,
}

impl Session {
    /// Replaces `logits` by those of `input`, row-major `[tokens of the head, outputs]`.
    ///
    /// # Errors
    /// Where the input does not suit the program.
    pub fn run(&mut self, input: &Input, logits: &mut Vec<i32>) -> Result<(), InputError> {
        self.probe(input, logits, &Blind)
    }

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

    pub(crate) fn probe(
        &mut self,
        input: &Input,
        logits: &mut Vec<i32>,
        probe: &impl Probe,
    ) -> Result<(), InputError> {
        let Self { shared, buffers } = self;
        match &shared.pool {
            Some(pool) => pool.install(|| run(&shared.model, input, buffers, logits, probe)),
            None => run(&shared.model, input, buffers, logits, probe),
        }
    }
}

/// The kernel asked for by the caller, else by the environment, else the fastest for each product.
fn choose(kernel: Option<KernelName>) -> Result<Kernels, EngineError> {
    match (kernel, std::env::var(KERNEL_VARIABLE)) {
        (Some(name), _) => Kernels::forced(name),
        (None, Ok(text)) => Kernels::forced(text.parse()?),
        (None, Err(_)) => Ok(Kernels::FASTEST),
    }
}

fn pool(threads: usize) -> Result<Option<ThreadPool>, EngineError> {
    if threads == 1 {
        return Ok(None);
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map(Some).map_err(|source| EngineError::Pool { threads, source })
}
