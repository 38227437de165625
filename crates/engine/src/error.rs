//! What can go wrong before an inference.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::kernels::KernelName;
#[cfg(feature = "std")]
use crate::kernels::UnknownKernel;

/// Environment variable that names the kernel to be used.
#[cfg(feature = "std")]
pub const KERNEL_VARIABLE: &str = "NOCTULE_KERNEL";

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The kernel asked for needs another processor.
    #[error("kernel {wanted} needs {}, which this machine lacks: it can run {}", wanted.needs(), list(available))]
    Kernel {
        /// What was asked for.
        wanted: KernelName,
        /// What there is.
        available: Vec<KernelName>,
    },
    /// The program needs more memory than it may have.
    #[error("this program takes {needed} bytes, more than the {most} that are allowed")]
    Memory {
        /// Bytes of the prepared program and of what its work takes: [`crate::Memory::total`].
        needed: usize,
        /// Bytes that are allowed.
        most: usize,
    },
    /// The environment names something that is no kernel.
    #[cfg(feature = "std")]
    #[error("{KERNEL_VARIABLE}: {0}")]
    Variable(#[from] UnknownKernel),
    /// A number of threads that makes no sense.
    #[error("threads is {0}: give {THREADS}")]
    Threads(usize),
    /// The system gave no threads.
    #[cfg(feature = "std")]
    #[error("could not start {threads} threads: {source}")]
    Pool {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        source: rayon::ThreadPoolBuildError,
    },
}

const THREADS: &str =
    if cfg!(feature = "std") { "1 to 1024" } else { "1, since this build has no threads" };

pub(crate) fn list(names: &[KernelName]) -> String {
    names.iter().map(KernelName::to_string).collect::<Vec<_>>().join(", ")
}
