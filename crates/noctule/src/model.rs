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

/// An engine for `program` with so many threads (`None`: one a core).
///
/// # Errors
/// [`Error::Usage`] for a thread count or a forced kernel that cannot be had.
pub fn engine(program: &Program, threads: Option<usize>) -> Result<Engine, Error> {
    let threads = threads.unwrap_or_else(cores);
    let options = Options { threads, kernel: None };
    Engine::new(program, options).map_err(|e| Error::Usage(e.to_string()))
}

/// Threads that this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
