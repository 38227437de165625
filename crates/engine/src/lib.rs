//! Runs an integer program on a CPU.

mod kernels;
pub use kernels::{KernelName, UnknownKernel};
