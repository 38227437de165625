//! Programs that stay in their file.

#[cfg(target_os = "linux")]
mod linux;

use std::{io, path::Path, sync::Arc};

use noctule_program::codes::SharedBytes;

/// Maps a file, for [`noctule_program::Program::from_shared`]: processes that map the same file share
/// its tables.
///
/// A file that somebody changes meanwhile makes the engine refuse its answers
/// ([`SharedBytes::check`] names the file); cut short, too, it ends no process: the first call makes
/// this library handle the signal SIGBUS of its own maps.
///
/// # Errors
/// Where the file cannot be opened; where it is empty, a pipe, a folder, a device, or on a system
/// that cannot map it: read it instead. Only Linux maps.
pub fn map(path: &Path) -> io::Result<Arc<dyn SharedBytes>> {
    open(path)
}

#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<Arc<dyn SharedBytes>> {
    Ok(Arc::new(linux::Map::open(path)?))
}

#[cfg(not(target_os = "linux"))]
fn open(_: &Path) -> io::Result<Arc<dyn SharedBytes>> {
    Err(io::ErrorKind::Unsupported.into())
}
