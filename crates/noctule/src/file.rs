//! Files are read whole and written whole: to a temporary name, then renamed.

use std::{
    fs,
    path::{Path, PathBuf},
};

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

/// Refuses a `path` that is there, unless it may be replaced.
///
/// # Errors
/// [`Error::Exists`].
pub fn check_new(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    if overwrite == Overwrite::No && path.exists() {
        return Err(Error::Exists(path.to_owned()));
    }
    Ok(())
}

/// Refuses a file that could not be written to `path`; to be asked before long work.
///
/// # Errors
/// [`Error::Exists`]; [`Error::Input`] where it is a folder, or its own folder is missing.
pub fn check_free(path: &Path, overwrite: Overwrite) -> Result<(), Error> {
    if path.is_dir() {
        return Err(Error::input(path, "is a folder; give the name of a file"));
    }
    check_new(path, overwrite)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(missing) => {
            let file = path.file_name().unwrap_or_default().display();
            Err(Error::input(missing, format!("no such folder; make it, then {file} can go there")))
        }
        None => Ok(()),
    }
}

/// What belongs to a program, beside it: its name, without `.bmt` if it ends so, and `end`.
pub fn beside(program: &Path, end: &str) -> PathBuf {
    let is_bmt = program.extension().is_some_and(|extension| extension == "bmt");
    let name = if is_bmt { program.file_stem() } else { program.file_name() };
    let mut name = name.unwrap_or_default().to_owned();
    name.push(".");
    name.push(end);
    program.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn programs_share_no_name_beside_them() {
        let names = ["a/model.bmt", "a.v1", "a.v2", "b.v1.bmt", "c"];
        let beside = names.map(|name| beside(name.as_ref(), "work"));
        assert_eq!(
            beside.map(|path| path.to_str().unwrap_or_default().to_owned()),
            ["a/model.work", "a.v1.work", "a.v2.work", "b.v1.work", "c.work"]
        );
    }
}
