//! Bit products on one kind of processor.
//!
//! Everything the engine multiplies is `popcount(a & b)` of two rows of bits: codes and weights are
//! split in bit planes ([`crate::prepare::Digits`]), so one operation serves every precision.
//! The left operand is plain rows, the right one *panels*: as many rows as the kernel has lanes,
//! word by word side by side, so that a lane's sum never has to be added up across lanes.
//!
//! Forming one-bit codes, which is as frequent, is the other operation.
//!
//! All `unsafe` of the project is in this folder. A kernel's value exists only where the processor
//! has what it needs: its `new` is the proof.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod choose;
mod drive;
mod scalar;
mod threshold;

pub use choose::{KernelName, UnknownKernel};
pub(crate) use drive::{PanelBits, RowBits, Sums};
pub(crate) use threshold::Bound;

use std::fmt::Debug;

/// What every kernel does.
pub(crate) trait Kernel: Debug + Send + Sync {
    /// Rows of a panel.
    fn lanes(&self) -> usize;

    /// `out[r][n] += coef * popcount(rows[r] & panels[n])`, wrapping.
    ///
    /// The columns of `out` are those of whole panels: the rows that pad the last panel are
    /// written too. Panics where the operands do not fit one another.
    fn add_counts(&self, rows: RowBits<'_>, panels: PanelBits<'_>, coef: i32, out: Sums<'_>);

    /// Bit `c % 64` of word `c / 64` of `out`: is `values[c]` at least the bound? The bits behind
    /// the last value are clear. Panics where the lengths do not fit one another.
    fn threshold(&self, values: &[i32], bound: Bound<'_>, out: &mut [u64]);
}

#[cfg(test)]
mod tests;
