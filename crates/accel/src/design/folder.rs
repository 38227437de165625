//! A folder is written whole or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::File;

/// Why a folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something has the name already.
    #[error("{}: exists already; give another name, or --force to replace it", .0.display())]
    Exists(PathBuf),
    /// The name is taken by what no design folder is, so that not even force replaces it.
    #[error("{}: is no design folder (it lacks bat_pkg.sv), so it is not replaced; give another name", .0.display())]
    Foreign(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes `files` to `folder`: under another name, then renamed. `force` replaces a design folder.
///
/// # Errors
/// [`FolderError`]; what was there is then still there.
pub fn write(folder: &Path, files: &[File], force: bool) -> Result<(), FolderError> {
    check(folder, force)?;
    let (fresh, old) = (beside(folder, "new"), beside(folder, "old"));
    let written = fill(&fresh, files).and_then(|()| exchange(&fresh, folder, &old));
    if written.is_err() {
        // What half was written is of no use; the error says more than a failed removal would.
        let _ = fs::remove_dir_all(&fresh);
    }
    written
}

/// Whether `folder` may be written; to be asked before long work.
///
/// # Errors
/// [`FolderError::Exists`], [`FolderError::Foreign`].
pub fn check(folder: &Path, force: bool) -> Result<(), FolderError> {
    if !folder.exists() {
        return Ok(());
    }
    if !force {
        return Err(FolderError::Exists(folder.into()));
    }
    if folder.join("bat_pkg.sv").is_file() {
        Ok(())
    } else {
        Err(FolderError::Foreign(folder.into()))
    }
}

fn fill(folder: &Path, files: &[File]) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    files.iter().try_for_each(|(name, bytes)| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(at(&path))
    })
}

fn exchange(fresh: &Path, folder: &Path, old: &Path) -> Result<(), FolderError> {
    let there = folder.exists();
    if there {
        fs::rename(folder, old).map_err(at(folder))?;
    }
    if let Err(source) = fs::rename(fresh, folder) {
        if there {
            fs::rename(old, folder).map_err(at(folder))?;
        }
        return Err(at(folder)(source));
    }
    if there { fs::remove_dir_all(old).map_err(at(old)) } else { Ok(()) }
}

/// A name beside `folder` that no other process uses.
fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.{what}.{}", std::process::id()))
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError + '_ {
    |source| FolderError::System { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_replaced_only_by_force_and_only_if_it_is_a_design() {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path().join("d");
        let files = |name: &str| [("bat_pkg.sv".to_string(), vec![1]), (name.to_string(), vec![2])];
        write(&folder, &files("one"), false).unwrap();
        assert!(matches!(write(&folder, &files("two"), false), Err(FolderError::Exists(_))));
        assert_eq!(names(&folder), ["bat_pkg.sv", "one"]);
        write(&folder, &files("two"), true).unwrap();
        assert_eq!(names(&folder), ["bat_pkg.sv", "two"]);
        fs::remove_file(folder.join("bat_pkg.sv")).unwrap();
        assert!(matches!(write(&folder, &files("one"), true), Err(FolderError::Foreign(_))));
        assert_eq!((names(&folder), names(room.path())), (vec!["two".into()], vec!["d".into()]));
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let room = tempfile::tempdir().unwrap();
        let bad = [("no/such/folder".to_string(), vec![])];
        assert!(matches!(
            write(&room.path().join("d"), &bad, false),
            Err(FolderError::System { .. })
        ));
        assert!(names(room.path()).is_empty());
    }
}
