//! The machine that measures, and what it can do at most.

use std::fs;

use noctule_engine::{KernelName, Level, Limits};
use serde::Serialize;

use crate::{error::Error, model};

/// A machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// What the processor calls itself.
    pub processor: String,
    /// Threads at once.
    pub cores: usize,
    /// Kernels that it can run, slowest first.
    pub kernels: Vec<String>,
    /// Kernels that it cannot run, and what they need.
    pub kernels_not_run: Vec<String>,
    /// Processes that wanted a core when the measurement began, over the last minute; none where the
    /// system does not tell. More than a few tenths disturb it.
    pub load: Option<f64>,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let available = KernelName::available();
        let missing = KernelName::ALL.into_iter().filter(|name| !available.contains(name));
        Self {
            processor: processor(),
            cores: model::cores(),
            kernels: available.iter().map(KernelName::to_string).collect(),
            kernels_not_run: missing.map(|k| format!("{k} (needs {})", k.needs())).collect(),
            load: load(),
        }
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = text.lines().filter_map(|line| line.split_once(':'));
    let mut models = named.filter(|(field, _)| field.trim() == "model name");
    models.next().map_or(std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Measured limits of some kernels on one thread and on those asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Ceilings {
    /// One thread, each kernel.
    pub one: Vec<Ceiling>,
    /// The threads asked for, each kernel.
    pub all: Vec<Ceiling>,
}

impl Ceilings {
    /// Measures them, in about a second for each kernel.
    ///
    /// # Errors
    /// [`Error::Usage`] as the engine's.
    pub fn measure(kernels: &[KernelName], threads: usize) -> Result<Self, Error> {
        let measure = |threads| -> Result<Vec<Ceiling>, Error> {
            kernels.iter().map(|&kernel| Ceiling::measure(kernel, threads)).collect()
        };
        let one = measure(1)?;
        let all = if threads == 1 { one.clone() } else { measure(threads)? };
        Ok(Self { one, all })
    }
}

/// Rates that some threads reach together.
#[derive(Debug, Clone, Serialize)]
pub struct Ceiling {
    /// Of which kernel.
    pub kernel: String,
    /// How many threads.
    pub threads: usize,
    /// Bits of a code that the kernel multiplies at a time.
    pub planes: usize,
    /// The same where both operands have eight bits.
    pub number_planes: usize,
    /// Bit operations a second (a multiply-accumulate is 2), in units of 10^9.
    pub binary_gops: f64,
    /// The same with codes of one bit.
    pub one_bit_gops: f64,
    /// 32-bit multiplications and additions a second, in units of 10^9.
    pub arithmetic_gops: f64,
    /// Memory, nearest first.
    pub memory: Vec<Memory>,
}

/// One level of memory.
#[derive(Debug, Clone, Serialize)]
pub struct Memory {
    /// `L1`, `L2`, .. or `memory`.
    pub level: String,
    /// Bytes that all threads together find room for; none: main memory.
    pub capacity: Option<u64>,
    /// 10^9 bytes read a second.
    pub gbytes_per_second: f64,
}

impl Ceiling {
    /// Measures that of a kernel, in less than a second.
    ///
    /// # Errors
    /// [`Error::Usage`] as the engine's.
    pub fn measure(kernel: KernelName, threads: usize) -> Result<Self, Error> {
        let limits = Limits::measure(kernel, threads).map_err(|e| Error::Usage(e.to_string()))?;
        let memory = |level: &Level| Memory {
            level: level.name.clone(),
            capacity: (level.capacity != usize::MAX).then(|| {
                let caches = if level.private { threads } else { 1 };
                (level.capacity * caches) as u64
            }),
            gbytes_per_second: level.bytes_per_second / 1e9,
        };
        Ok(Self {
            kernel: kernel.to_string(),
            threads,
            planes: limits.planes,
            number_planes: limits.number_planes,
            binary_gops: limits.binary / 1e9,
            one_bit_gops: limits.one_bit / 1e9,
            arithmetic_gops: limits.arithmetic / 1e9,
            memory: limits.memory.iter().map(memory).collect(),
        })
    }

    /// Bit operations a second with codes of so many bits, in units of 10^9.
    #[must_use]
    pub fn products(&self, bits: u8) -> f64 {
        if bits == 1 { self.one_bit_gops } else { self.binary_gops }
    }

    /// The nearest level that holds so many bytes.
    #[must_use]
    pub fn level(&self, bytes: u64) -> Option<&Memory> {
        self.memory.iter().find(|m| m.capacity.is_none_or(|capacity| bytes <= capacity))
    }
}
