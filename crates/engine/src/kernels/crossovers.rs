//! Where one kernel overtakes another, as data.

use core::ops::RangeInclusive;

use super::KernelName;

/// A kernel and the products for which it is the fastest of those further down.
#[derive(Debug)]
pub(super) struct Crossover {
    pub(super) kernel: KernelName,
    /// Planes of the left operand.
    pub(super) planes: RangeInclusive<usize>,
    /// Fewest rows of the left operand.
    pub(super) rows: usize,
}

/// The first row whose kernel the machine has is taken.
pub(super) const CROSSOVERS: &[Crossover] = &[
    Crossover { kernel: KernelName::Avx512, planes: 1..=1, rows: 1 },
    Crossover { kernel: KernelName::Avx2, planes: 1..=8, rows: 1 },
    Crossover { kernel: KernelName::Avx512, planes: 2..=8, rows: 1 },
    Crossover { kernel: KernelName::Neon, planes: 1..=1, rows: 1 },
    Crossover { kernel: KernelName::NeonDot, planes: 8..=8, rows: 1 },
    Crossover { kernel: KernelName::NeonTable, planes: 2..=8, rows: 1 },
];
