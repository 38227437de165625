//! Programs as files.

use std::{path::Path, sync::Arc};

use noctule_engine::{Engine, Memory, Options, Work};
use noctule_program::{Program, codes::SharedBytes, format::ReadError};

use crate::{
    error::Error,
    file::{self, Overwrite},
};

/// Maps a program where the system can ([`noctule_engine::map`]), reads it where not.
///
/// The tables of a mapped program stay in its file, in memory that processes share; an engine refuses
/// to answer once the file has been changed.
///
/// # Errors
/// [`Error::Input`] names what is wrong with the file.
pub fn load(path: &Path) -> Result<Program, Error> {
    noctule_engine::map(path).map_or_else(|_| read(path), |bytes| mapped(path, &bytes))
}

/// Reads a program into memory of its own. Its file is not needed afterwards.
///
/// # Errors
/// [`Error::Input`] names what is wrong with the file.
pub fn read(path: &Path) -> Result<Program, Error> {
    Program::from_bytes(&file::read(path)?).map_err(|e| unusable(path, &e))
}

fn mapped(path: &Path, bytes: &Arc<dyn SharedBytes>) -> Result<Program, Error> {
    let program = Program::from_shared(bytes);
    bytes.check().map_err(|e| Error::Input(e.to_string()))?;
    program.map_err(|e| unusable(path, &e))
}

fn unusable(path: &Path, error: &ReadError) -> Error {
    Error::input(path, format!("not a usable program: {error}; lower or copy it again"))
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

impl Resources {
    fn options(self) -> Options {
        Options { threads: self.threads.unwrap_or_else(cores), kernel: None }
    }
}

/// An engine for `program`, to do such work.
///
/// # Errors
/// [`Error::Usage`] for a thread count or a forced kernel that cannot be had, and where the program
/// takes more memory than it may for that work.
pub fn engine(program: &Program, resources: Resources, work: Work) -> Result<Engine, Error> {
    let most = resources.memory.unwrap_or(usize::MAX);
    Engine::within(program, resources.options(), work, most)
        .map_err(|e| Error::Usage(e.to_string()))
}

/// What that engine would take.
///
/// # Errors
/// [`Error::Usage`] for a thread count or a forced kernel that cannot be had.
pub fn memory(program: &Program, resources: Resources) -> Result<Memory, Error> {
    Memory::of(program, resources.options()).map_err(|e| Error::Usage(e.to_string()))
}

/// Threads that this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
