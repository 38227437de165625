//! Runs an integer program on a CPU, bit for bit as the interpreter does.

mod engine;
mod error;
mod kernels;
mod measure;
mod prepare;
mod run;
mod verify;

pub use engine::{Engine, Options, Session};
pub use error::{EngineError, KERNEL_VARIABLE};
pub use kernels::{KernelName, UnknownKernel};
pub use measure::Product;
pub use verify::{KernelVerification, Mismatch, Verification, VerifyError, verify};
