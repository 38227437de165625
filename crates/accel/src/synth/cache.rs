//! Answers that are kept, each under a hash of everything that it is made from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::SynthError;

/// A folder of answers.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(folder: &Path) -> Result<Self, SynthError> {
        fs::create_dir_all(folder).map_err(io(folder))?;
        Ok(Self { folder: fs::canonicalize(folder).map_err(io(folder))? })
    }

    /// A folder for a run of a tool, inside the cache: a tool of WebAssembly may not see the system's folder for such.
    pub(super) fn room(&self) -> Result<tempfile::TempDir, SynthError> {
        tempfile::Builder::new().prefix("run-").tempdir_in(&self.folder).map_err(io(&self.folder))
    }

    /// An answer, if it is there and whole.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &str, kind: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.path(key, kind)).ok()?).ok()
    }

    /// Keeps an answer: under another name first, so that a kill leaves it whole or not at all.
    pub(super) fn put<T: Serialize>(
        &self,
        key: &str,
        kind: &str,
        answer: &T,
    ) -> Result<(), SynthError> {
        let (path, fresh) = (self.path(key, kind), self.path(key, &format!("{kind}.new")));
        let bytes = serde_json::to_vec(answer).map_err(std::io::Error::from).map_err(io(&path))?;
        fs::write(&fresh, bytes).map_err(io(&fresh))?;
        fs::rename(&fresh, &path).map_err(io(&path))
    }

    fn path(&self, key: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{key}.{kind}.json"))
    }
}

/// A key of a recipe: FNV-1a of 64 bits (Fowler, Noll, Vo), behind the module's name for people.
pub(super) fn key(module: &str, recipe: &str) -> String {
    let hash = recipe.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{module}-{hash:016x}")
}

/// An error with its path.
pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> SynthError + '_ {
    |source| SynthError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_whole_or_not_at_all() {
        let room = tempfile::tempdir().unwrap();
        let cache = Cache::new(&room.path().join("a/b")).unwrap();
        let key = key("ram", "recipe");
        assert_eq!(cache.get::<Vec<u64>>(&key, "stat"), None);
        cache.put(&key, "stat", &vec![1_u64, 2]).unwrap();
        assert_eq!(cache.get(&key, "stat"), Some(vec![1_u64, 2]));
        fs::write(cache.path(&key, "stat"), "[1,").unwrap();
        assert_eq!(cache.get::<Vec<u64>>(&key, "stat"), None);
    }

    #[test]
    fn keys_are_those_of_the_published_hash() {
        // Test vectors of draft-eastlake-fnv.
        assert_eq!(key("m", ""), "m-cbf29ce484222325");
        assert_eq!(key("m", "foobar"), "m-85944171f73967e8");
    }
}
