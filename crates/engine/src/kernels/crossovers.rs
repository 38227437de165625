//! Where one kernel overtakes another, as data.
//!
//! Scalar and AVX2 were measured by this project. No machine with AVX-512 or AMX could be had yet
//! (the kernels run, and are compared, on an emulated processor: `bench/emulation`); their rows come
//! from two sources, until `noctule bench` has run on such a machine:
//! - *measured elsewhere*: first versions of these kernels on an Intel processor with both, one
//!   core, in GOPS: 128x768x768 AVX2 tables 914, AVX-512 counts 2,404, AMX 2,293; 128x768x3072 913,
//!   2,701, 2,437; 32x768x768 AVX-512 counts 2,504, AMX 1,649, the same for 1 to 8 bits;
//! - *port limits*, in operations a cycle: counts 819 divided by the planes, VNNI 256, AVX2 tables
//!   360, 350, 280 and 140 for 1, 2, 4 and 8 bits; AMX 2,048, half of it or less below 17 rows
//!   and in proportion to the rows below 16.

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

/// The first row whose kernel the machine has is taken. What has AVX-512 has AVX2, whose row for all
/// products ends the list for x86-64.
pub(super) const CROSSOVERS: &[Crossover] = &[
    // Measured elsewhere.
    Crossover { kernel: KernelName::Avx512, planes: 1..=1, rows: 1 },
    // Above 16 rows measured elsewhere, below port limits.
    Crossover { kernel: KernelName::Amx, planes: 2..=8, rows: 4 },
    // Port limits.
    Crossover { kernel: KernelName::Avx512, planes: 2..=2, rows: 1 },
    Crossover { kernel: KernelName::Vnni, planes: 5..=8, rows: 1 },
    // Measured, against the scalar kernel.
    Crossover { kernel: KernelName::Avx2, planes: 1..=8, rows: 1 },
    // Instructions counted under emulation (`bench/aarch64`), nothing timed.
    Crossover { kernel: KernelName::Neon, planes: 1..=1, rows: 1 },
    Crossover { kernel: KernelName::NeonDot, planes: 8..=8, rows: 1 },
    Crossover { kernel: KernelName::NeonTable, planes: 2..=8, rows: 1 },
];

#[cfg(test)]
mod tests {
    use KernelName::*;

    use super::*;

    /// Machines there are, least able first.
    const MACHINES: [&[KernelName]; 8] = [
        &[Scalar],
        &[Scalar, Avx2],
        &[Scalar, Avx2, Avx512],
        &[Scalar, Avx2, Vnni],
        &[Scalar, Avx2, Avx512, Vnni],
        &[Scalar, Avx2, Avx512, Vnni, Amx],
        &[Scalar, Neon, NeonTable],
        &[Scalar, Neon, NeonTable, NeonDot],
    ];

    /// The row that such a machine takes.
    fn row(machine: &[KernelName], planes: usize, rows: usize) -> Option<usize> {
        CROSSOVERS.iter().position(|c| {
            machine.contains(&c.kernel) && c.planes.contains(&planes) && rows >= c.rows
        })
    }

    #[test]
    fn each_row_wins_somewhere() {
        for (n, crossover) in CROSSOVERS.iter().enumerate() {
            let wins = |machine: &&[KernelName]| {
                (1..=8).any(|planes| (1..=32).any(|rows| row(machine, planes, rows) == Some(n)))
            };
            assert!(MACHINES.iter().any(wins), "row {n} is never taken: {crossover:?}");
        }
    }

    #[test]
    fn machines_with_vectors_never_fall_back_to_the_scalar_kernel() {
        for machine in &MACHINES[1..] {
            for planes in 1..=8 {
                assert!((1..=32).all(|rows| row(machine, planes, rows).is_some()), "{machine:?}");
            }
        }
    }
}
