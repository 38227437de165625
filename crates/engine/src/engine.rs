//! The engine: a program made ready for this machine.

use alloc::{sync::Arc, vec::Vec};

use noctule_program::{Program, codes::Changed, interpret::InputError, parts::Input};

#[cfg(feature = "std")]
use crate::batch::{self, Idle};
use crate::{
    error::EngineError,
    kernels::{KernelName, Kernels},
    memory::{Heap, Memory, Work},
    prepare::{Model, Sizes},
    run::{Blind, Buffers, Probe, run},
    threads::{self, Pool},
};

/// How to run a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads, 1 to 1024; without the feature `std` 1.
    pub threads: usize,
    /// The kernel; none: what the environment variable `NOCTULE_KERNEL` names, else the fastest
    /// that this machine has.
    pub kernel: Option<KernelName>,
}

/// A program made ready for this machine. Clones share it.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) model: Model,
    memory: Memory,
    pub(crate) threads: usize,
    pub(crate) pool: Pool,
    #[cfg(feature = "std")]
    pub(crate) idle: Idle,
}

impl Engine {
    /// Lays the program out for this machine.
    ///
    /// # Errors
    /// Where the kernel or the number of threads cannot be had.
    pub fn new(program: &Program, options: Options) -> Result<Self, EngineError> {
        Self::within(program, options, Work::Session, usize::MAX)
    }

    /// The same, for a program that may take up to `most` bytes when it does such work
    /// ([`Memory::total`]).
    ///
    /// # Errors
    /// As for [`Self::new`], or where the program takes more: found out before it is prepared and
    /// before any buffer or thread is there.
    pub fn within(
        program: &Program,
        options: Options,
        work: Work,
        most: usize,
    ) -> Result<Self, EngineError> {
        let threads = options.threads;
        let (kernels, sizes, memory) = measure(program, options)?;
        let needed = memory.total(work);
        if needed > most {
            return Err(EngineError::Memory { needed, most });
        }
        Ok(Self(Arc::new(Shared {
            model: Model::new(program, kernels, &sizes),
            memory,
            threads,
            pool: Pool::new(threads)?,
            #[cfg(feature = "std")]
            idle: Idle::default(),
        })))
    }

    /// What the engine, a session and a batch take.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.0.memory
    }

    /// Are the bytes that the program shares still what they were? Every answer asks; this is for
    /// whoever wants to know without one.
    ///
    /// # Errors
    /// Where they have changed, so that there is no answer any more.
    pub fn check(&self) -> Result<(), Changed> {
        self.0.model.embed.source.check_shared()
    }

    #[cfg(feature = "std")]
    pub(crate) fn shared(&self) -> &Shared {
        &self.0
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

    /// Threads in use.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// Buffers for one input after another, each on all threads.
    #[must_use]
    pub fn session(&self) -> Session {
        let buffers = Buffers::new(&self.0.model.plan, self.0.threads);
        Session { shared: Arc::clone(&self.0), buffers }
    }

    /// The logits of one input, row-major `[tokens of the head, outputs]`, on all threads.
    /// Allocates buffers: many inputs want a [`Session`] or `run_batch`.
    ///
    /// # Errors
    /// Where the input does not suit the program.
    pub fn run(&self, input: &Input) -> Result<Vec<i32>, InputError> {
        let mut logits = Vec::new();
        self.session().run(input, &mut logits)?;
        Ok(logits)
    }
}

/// Buffers for one input after another. Running allocates nothing on one thread, once the logits
/// have been given their room.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    buffers: Buffers,
}

impl Session {
    /// Replaces `logits` by those of `input`, row-major `[tokens of the head, outputs]`. They get
    /// room for the longest input the first time.
    ///
    /// # Errors
    /// Where the input does not suit the program.
    pub fn run(&mut self, input: &Input, logits: &mut Vec<i32>) -> Result<(), InputError> {
        self.probe(input, logits, &Blind)
    }

    pub(crate) fn probe(
        &mut self,
        input: &Input,
        logits: &mut Vec<i32>,
        probe: &impl Probe,
    ) -> Result<(), InputError> {
        let Self { shared, buffers } = self;
        logits.clear();
        logits.reserve_exact(shared.model.logits);
        shared.pool.install(|| run(&shared.model, input, buffers, logits, probe))
    }
}

impl Memory {
    /// What an engine of these options would take, without making one.
    ///
    /// # Errors
    /// As for [`Engine::new`].
    pub fn of(program: &Program, options: Options) -> Result<Self, EngineError> {
        measure(program, options).map(|(_, _, memory)| memory)
    }
}

fn measure(
    program: &Program,
    Options { threads, kernel }: Options,
) -> Result<(Kernels, Sizes, Memory), EngineError> {
    threads::check(threads)?;
    let kernels = choose(kernel)?;
    let sizes = Sizes::new(program, kernels);
    Ok((kernels, sizes, memory(program, &sizes, threads)))
}

fn memory(program: &Program, sizes: &Sizes, threads: usize) -> Memory {
    // Before what is shared an `Arc` keeps two counts.
    let shared = size_of::<Shared>() + 2 * size_of::<usize>();
    let prepared = shared + sizes.heap;
    Memory {
        program: prepared,
        session: Buffers::bytes(&sizes.plan, threads) + sizes.logits * size_of::<i32>(),
        #[cfg(feature = "std")]
        batch: batch::bytes(&sizes.plan, threads),
        load: program.heap() + prepared,
        shared: program.embed.source.shared_codes(),
    }
}

/// The kernel asked for by the caller, else by the environment, else the fastest for each product.
fn choose(kernel: Option<KernelName>) -> Result<Kernels, EngineError> {
    #[cfg(feature = "std")]
    if let (None, Ok(text)) = (kernel, std::env::var(crate::error::KERNEL_VARIABLE)) {
        return Kernels::forced(text.parse()?);
    }
    kernel.map_or(Ok(Kernels::FASTEST), Kernels::forced)
}
