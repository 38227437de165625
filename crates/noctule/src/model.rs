//! Programs as files.

use std::path::Path;

use noctule_engine::{Engine, Options};
use noctule_program::Program;

use crate::{
    error::Error,
    file::{self, Overwrite},
};

/// Reads a program.
///
/// # Errors
/// [`Error::Input`] names what is wrong with the file.
pub fn load(path: &Path) -> Result<Program, Error> {
    let bytes = file::read(path)?;
    Program::from_bytes(&bytes).map_err(|e| {
        Error::input(path, format!("not a usable program: {e}; lower or copy it again"))
    })
}

/// Writes a program, whole or not at all.
///
/// # Errors
/// [`Error::Exists`], [`Error::System`].
pub fn save(path: &Path, program: &Program, overwrite: Overwrite) -> Result<(), Error> {
    file::write(path, &program.to_bytes(), overwrite)
}

/// What an engine may use.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resources {
    /// Threads; `None`: one a core.
    pub threads: Option<usize>,
    /// Bytes of memory; `None`: any.
    pub memory: Option<usize>,
}

/// An engine for `program`.
///
/// # Errors
/// [`Error::Usage`] for a thread count or a forced kernel that cannot be had, and where the program
/// takes more memory than it may.
pub fn engine(program: &Program, resources: Resources) -> Result<Engine, Error> {
    let threads = resources.threads.unwrap_or_else(cores);
    let options = Options { threads, kernel: None };
    let most = resources.memory.unwrap_or(usize::MAX);
    Engine::within(program, options, most).map_err(|e| Error::Usage(e.to_string()))
}

/// Threads that this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
