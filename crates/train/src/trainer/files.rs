//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::{Result, TrainError};

/// Writes `bytes` to a temporary name beside `path`, flushes them to the disk and renames.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_name(path);
    let written = write_and_sync(&temporary, bytes);
    if written.is_err() {
        // The half-written file is of no use to anybody; the first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    fs::rename(&temporary, path).map_err(TrainError::io("rename a temporary file to", path))
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(TrainError::io("create", path))?;
    file.write_all(bytes).map_err(TrainError::io("write", path))?;
    file.sync_all().map_err(TrainError::io("write", path))
}

/// Builds a folder under a temporary name by `fill`, then renames it to `path`, which must not exist.
pub(crate) fn create_folder_atomically(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let temporary = temporary_name(path);
    remove_folder_if_there(&temporary)?;
    fs::create_dir_all(&temporary).map_err(TrainError::io("create", &temporary))?;
    let filled = fill(&temporary);
    if filled.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    filled?;
    sync_folder(&temporary)?;
    fs::rename(&temporary, path).map_err(TrainError::io("rename a temporary folder to", path))
}

/// Flushes every file of a folder: a renamed folder must not hold pages that are still on their way.
fn sync_folder(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(TrainError::io("list", folder))? {
        let path = entry.map_err(TrainError::io("list", folder))?.path();
        let file = File::open(&path).map_err(TrainError::io("open", &path))?;
        file.sync_all().map_err(TrainError::io("write", &path))?;
    }
    Ok(())
}

/// Removes a folder so that a kill in between leaves nothing that looks whole.
pub(crate) fn remove_folder_atomically(path: &Path) -> Result<()> {
    let temporary = temporary_name(path);
    remove_folder_if_there(&temporary)?;
    fs::rename(path, &temporary).map_err(TrainError::io("rename", path))?;
    remove_folder_if_there(&temporary)
}

fn remove_folder_if_there(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(TrainError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Reads a whole file of text.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(TrainError::io("read", path))
}

/// The temporary name of a file or folder; [`is_temporary`] recognises it.
fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    path.with_file_name(name)
}

/// Whether a file or folder is a left-over of a run that was killed.
pub(crate) fn is_temporary(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "partial")
}
