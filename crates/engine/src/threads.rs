//! Threads: those of rayon, or without the standard library none.

#[cfg(feature = "std")]
pub(crate) use many::{Pool, join};
#[cfg(not(feature = "std"))]
pub(crate) use one::{Pool, join};

#[cfg(feature = "std")]
mod many {
    pub(crate) use rayon::join;
    use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

    use crate::error::EngineError;

    /// There where there is more than one thread.
    #[derive(Debug)]
    pub(crate) struct Pool(Option<ThreadPool>);

    impl Pool {
        pub(crate) fn new(threads: usize) -> Result<Self, EngineError> {
            match threads {
                1 => Ok(Self(None)),
                2..=1024 => {
                    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
                    pool.map(|pool| Self(Some(pool)))
                        .map_err(|source| EngineError::Pool { threads, source })
                }
                _ => Err(EngineError::Threads(threads)),
            }
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
        pub(crate) fn new(threads: usize) -> Result<Self, EngineError> {
            if threads == 1 { Ok(Self) } else { Err(EngineError::Threads(threads)) }
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
