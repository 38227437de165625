//! Threads: those of rayon, or without the standard library none.

#[cfg(feature = "std")]
pub(crate) use many::{Pool, join};
#[cfg(not(feature = "std"))]
pub(crate) use one::{Pool, join};

use crate::error::EngineError;

/// Most threads.
const MOST: usize = if cfg!(feature = "std") { 1024 } else { 1 };

/// Can there be so many?
pub(crate) fn check(threads: usize) -> Result<(), EngineError> {
    if (1..=MOST).contains(&threads) { Ok(()) } else { Err(EngineError::Threads(threads)) }
}

#[cfg(feature = "std")]
mod many {
    pub(crate) use rayon::join;
    use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

    use crate::error::EngineError;

    /// There where there is more than one thread.
    #[derive(Debug)]
    pub(crate) struct Pool(Option<ThreadPool>);

    impl Pool {
        /// Of as many threads as [`super::check`] allows.
        pub(crate) fn new(threads: usize) -> Result<Self, EngineError> {
            if threads == 1 {
                return Ok(Self(None));
            }
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map(|pool| Self(Some(pool)))
                .map_err(|source| EngineError::Pool { threads, source })
        }

        /// Does `work` where [`join`] reaches these threads.
        pub(crate) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
            match &self.0 {
                Some(pool) => pool.install(work),
                None => work(),
            }
        }

        /// `work` for each index and item, as many at a time as there are threads.
        pub(crate) fn map<T: Sync, R: Send>(
            &self,
            items: &[T],
            work: impl Fn(usize, &T) -> R + Sync,
        ) -> Vec<R> {
            let work = |(index, item)| work(index, item);
            match &self.0 {
                Some(pool) => {
                    let items = items.par_iter().enumerate().with_max_len(1);
                    pool.install(|| items.map(work).collect())
                }
                None => items.iter().enumerate().map(work).collect(),
            }
        }
    }
}

#[cfg(not(feature = "std"))]
mod one {
    use crate::error::EngineError;

    #[derive(Debug)]
    pub(crate) struct Pool;

    impl Pool {
        #[expect(clippy::unnecessary_wraps, reason = "as with threads")]
        pub(crate) fn new(_: usize) -> Result<Self, EngineError> {
            Ok(Self)
        }

        pub(crate) fn install<R>(&self, work: impl FnOnce() -> R) -> R {
            work()
        }
    }

    /// One after the other.
    pub(crate) fn join<A, B>(one: impl FnOnce() -> A, other: impl FnOnce() -> B) -> (A, B) {
        (one(), other())
    }
}
