//! Files are read whole and written whole: to a temporary name, then renamed.

use std::{fs, path::Path};

use crate::error::Error;

pub use noctule_tasks::data::Overwrite;

/// The bytes of `path`.
///
/// # Errors
/// [`Error::Input`] where there is none, [`Error::System`] where it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|e| Error::system(path, e))
}

/// The lines of the text file `path`.
///
/// # Errors
/// As [`read`]; [`Error::Input`] if it is not UTF-8.
pub fn lines(path: &Path) -> Result<Vec<String>, Error> {
    let text = String::from_utf8(read(path)?)
        .map_err(|e| Error::input(path, format!("not UTF-8 text ({e}); save it as UTF-8")))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// [`Error::Exists`] if it is there and may not be replaced, [`Error::System`] otherwise.
pub fn write(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), Error> {
    check_free(path, overwrite)?;
    noctule_tasks::data::write_atomically(path, bytes).map_err(|e| Error::system(path, e))
}

/// Refuses a `path` that is there, unless it may be replaced; to be asked before long work.
///
/// # Errors
/// [`Error::Exists`].
pub fn check_free(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    if overwrite == Overwrite::No && path.exists() {
        return Err(Error::Exists(path.to_owned()));
    }
    Ok(())
}
