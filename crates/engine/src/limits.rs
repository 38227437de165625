//! What this machine can do at most, measured: a roofline's lines.

use std::{
    hint::black_box,
    sync::Barrier,
    time::{Duration, Instant},
};

use crate::{
    error::EngineError,
    kernels::{
        KernelName,
        limits::{self, Load},
    },
};

/// Times that each limit is measured; the best counts.
const TRIES: usize = 15;
/// How long a try takes, about: on a busy machine a short one may pass undisturbed.
const TRY: Duration = Duration::from_millis(3);
/// Bytes that no last cache holds, all threads together.
const BEYOND: usize = 192 << 20;

/// Rates that so many threads reach together.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Threads that worked at once.
    pub threads: usize,
    /// Bit multiply-accumulates of the kernel's instruction mix on registers alone, 2 operations each, a
    /// second.
    pub binary: f64,
    /// The same with codes of one bit, for which a kernel may have a mix of its own.
    pub one_bit: f64,
    /// Bits of a code that the kernel multiplies at a time.
    pub planes: usize,
    /// The same where both operands have eight bits.
    pub number_planes: usize,
    /// 32-bit multiplications and additions of the instruction set on registers alone, a second.
    pub arithmetic: f64,
    /// Bytes read a second from each level of memory, nearest first; the last is main memory.
    pub memory: Vec<Level>,
}

/// One level of memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// `L1`, `L2`, .. or `memory`.
    pub name: String,
    /// What it holds in bytes; main memory: `usize::MAX`.
    pub capacity: usize,
    /// Whether each core has one of its own.
    pub private: bool,
    /// Bytes a second, all threads together.
    pub bytes_per_second: f64,
}

impl Limits {
    /// Measures them with the registers of a kernel, for less than a second.
    ///
    /// # Errors
    /// Where this machine lacks the kernel, or for a number of threads that makes no sense.
    pub fn measure(kernel: KernelName, threads: usize) -> Result<Self, EngineError> {
        if !(1..=1024).contains(&threads) {
            return Err(EngineError::Threads(threads));
        }
        let found = kernel.require()?;
        let planes = found.planes();
        let rate = |load: Option<Load>| load.map_or(0.0, |load| rate_of(load, threads));
        Ok(Self {
            threads,
            planes,
            number_planes: found.of_numbers().map_or(planes, |numbers| numbers.planes()),
            binary: rate(limits::binary(kernel)),
            one_bit: rate(limits::one_bit(kernel)),
            arithmetic: rate(limits::arithmetic(kernel)),
            memory: memory(kernel, threads),
        })
    }

    /// The nearest level that holds so many bytes.
    #[must_use]
    pub fn level(&self, bytes: usize) -> Option<&Level> {
        self.memory.iter().find(|level| bytes <= level.capacity)
    }
}

/// Operations a second of `threads` threads at once.
fn rate_of(load: Load, threads: usize) -> f64 {
    let rounds = calibrated(|rounds| load.run(rounds));
    let rounds_per_second = together(threads, &|_| {
        load.run(rounds);
        rounds as f64
    });
    rounds_per_second * load.operations as f64
}

fn memory(kernel: KernelName, threads: usize) -> Vec<Level> {
    let mut data = vec![1_u64; BEYOND / 8];
    // Every page is there before anyone counts.
    data.iter_mut().step_by(512).for_each(|word| *word = black_box(2));
    // A load must not lie in two lines of a cache.
    let data = &data[data.as_ptr().align_offset(64).min(8)..];
    let mut levels: Vec<Level> = caches()
        .into_iter()
        .map(|(name, capacity, private)| {
            let bytes = if private { capacity / 2 } else { capacity / 2 / threads };
            let bytes_per_second = reading(kernel, threads, data, bytes);
            Level { name, capacity, private, bytes_per_second }
        })
        .collect();
    let bytes_per_second = reading(kernel, threads, data, BEYOND / threads);
    let name = "memory".to_owned();
    levels.push(Level { name, capacity: usize::MAX, private: false, bytes_per_second });
    levels
}

/// Bytes a second that `threads` threads read together, each from `bytes` bytes of its own.
fn reading(kernel: KernelName, threads: usize, data: &[u64], bytes: usize) -> f64 {
    let words = (bytes / 8).clamp(512, data.len() / threads).next_multiple_of(8) - 8;
    let read = |thread: usize, passes| {
        black_box(limits::read(kernel, &data[thread * words..][..words], passes));
    };
    let passes = calibrated(|passes| read(0, passes));
    together(threads, &|thread| {
        read(thread, passes);
        (passes as usize * words * 8) as f64
    })
}

/// How many rounds take about as long as a try.
fn calibrated(run: impl Fn(u64)) -> u64 {
    let mut rounds = 1;
    loop {
        let start = Instant::now();
        run(rounds);
        let spent = start.elapsed();
        if 2 * spent >= TRY || rounds >= 1 << 40 {
            let more = TRY.as_secs_f64() / spent.as_secs_f64().max(1e-9);
            return ((rounds as f64 * more) as u64).max(1);
        }
        rounds *= 2;
    }
}

/// The best sum of what threads do a second at the same time; `work` says how much it has done.
fn together(threads: usize, work: &(impl Fn(usize) -> f64 + Sync)) -> f64 {
    let one = |barrier: &Barrier, thread: usize| {
        barrier.wait();
        let start = Instant::now();
        let done = work(thread);
        done / start.elapsed().as_secs_f64()
    };
    let attempt = || -> f64 {
        let barrier = &Barrier::new(threads);
        std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..threads).map(|thread| scope.spawn(move || one(barrier, thread))).collect();
            let mine = one(barrier, 0);
            mine + others.into_iter().filter_map(|other| other.join().ok()).sum::<f64>()
        })
    };
    (0..TRIES).map(|_| attempt()).fold(0.0, f64::max)
}

/// Name, bytes and privacy of the data caches that the system tells of, nearest first.
fn caches() -> Vec<(String, usize, bool)> {
    (0..8).filter_map(cache).collect()
}

fn cache(index: usize) -> Option<(String, usize, bool)> {
    let field = |name: &str| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{name}");
        std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    };
    if field("type")? == "Instruction" {
        return None;
    }
    let kibibytes: usize = field("size")?.strip_suffix('K')?.parse().ok()?;
    let level: usize = field("level")?.parse().ok()?;
    // A cache beyond what is read to miss it would not be missed.
    let bytes = (kibibytes << 10).min(BEYOND / 3);
    Some((format!("L{level}"), bytes, level < 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_has_limits() {
        for kernel in KernelName::available() {
            let limits = Limits::measure(kernel, 1).unwrap();
            assert!(limits.binary > 1e6 && limits.arithmetic > 1e6, "{kernel}: {limits:?}");
            assert!(limits.one_bit > 1e6 && limits.number_planes >= limits.planes, "{limits:?}");
            assert!(limits.memory.iter().all(|level| level.bytes_per_second > 1e6), "{limits:?}");
            assert_eq!(limits.level(1), limits.memory.first());
            assert_eq!(limits.level(usize::MAX), limits.memory.last());
        }
    }

    #[test]
    fn nonsense_threads_are_refused() {
        for threads in [0, 100_000] {
            let error = Limits::measure(KernelName::Scalar, threads).unwrap_err();
            assert!(error.to_string().contains("threads"), "{error}");
        }
    }
}
