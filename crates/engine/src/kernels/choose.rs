//! Which kernels there are and which this machine has.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, str::FromStr};

use super::{
    Kernel,
    crossovers::{CROSSOVERS, Crossover},
    scalar::Scalar,
};
use crate::error::{EngineError, list};

/// The kernels, slowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KernelName {
    /// 64-bit words, any processor.
    Scalar,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ, VL and VPOPCNTDQ.
    Avx512,
    /// x86-64 with AVX-512 F, BW, DQ, VL and VNNI.
    Vnni,
    /// x86-64 with AVX-512 F, BW, DQ, VL and AMX for bytes, where the system allows it.
    Amx,
    /// aarch64, bits counted.
    Neon,
    /// aarch64, partial sums looked up.
    NeonTable,
    /// aarch64 with dot products of bytes.
    NeonDot,
}

/// A kernel name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kernel: the kernels are {names}", names = list(&KernelName::ALL))]
pub struct UnknownKernel(String);

impl KernelName {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 8] = [
        Self::Scalar,
        Self::Avx2,
        Self::Avx512,
        Self::Vnni,
        Self::Amx,
        Self::Neon,
        Self::NeonTable,
        Self::NeonDot,
    ];

    /// The kernels that this machine can run, slowest first; there is at least one.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|name| name.kernel().is_some()).collect()
    }

    /// The kernel of this machine for one-bit products of many rows.
    #[must_use]
    pub fn fastest() -> Self {
        best(1, usize::MAX)
    }

    /// What a processor must have.
    #[must_use]
    pub fn needs(self) -> &'static str {
        match self {
            Self::Scalar => "nothing",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512 F, BW, DQ, VL and VPOPCNTDQ",
            Self::Vnni => "AVX-512 F, BW, DQ, VL and VNNI",
            Self::Amx => "AVX-512 F, BW, DQ, VL and AMX-INT8, allowed by Linux",
            Self::Neon | Self::NeonTable => "NEON",
            Self::NeonDot => "NEON and its dot products",
        }
    }

    /// The kernel, or which others this machine can run.
    pub(crate) fn require(self) -> Result<&'static dyn Kernel, EngineError> {
        let missing = || EngineError::Kernel { wanted: self, available: Self::available() };
        self.kernel().ok_or_else(missing)
    }

    /// The kernel, where this machine can run it.
    pub(crate) fn kernel(self) -> Option<&'static dyn Kernel> {
        match self {
            Self::Scalar => Some(&Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => super::avx2::Avx2::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => super::avx512::Avx512::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => super::vnni::Vnni::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "x86_64")]
            Self::Amx => super::amx::Amx::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => super::neon::Neon::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "aarch64")]
            Self::NeonTable => super::neon_table::NeonTable::get().map(|kernel| kernel as _),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot => super::neon_dot::NeonDot::get().map(|kernel| kernel as _),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

/// The first available kernel that [`CROSSOVERS`] has for so many planes and rows.
fn best(planes: usize, rows: usize) -> KernelName {
    let suits = |c: &&Crossover| c.planes.contains(&planes) && rows >= c.rows;
    let mut names = CROSSOVERS.iter().filter(suits).map(|crossover| crossover.kernel);
    names.find(|name| name.kernel().is_some()).unwrap_or(KernelName::Scalar)
}

/// Which kernel multiplies what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels(Option<&'static dyn Kernel>);

impl Kernels {
    /// The fastest for each product.
    pub(crate) const FASTEST: Self = Self(None);

    /// One for all.
    pub(crate) fn forced(name: KernelName) -> Result<Self, EngineError> {
        name.require().map(|kernel| Self(Some(kernel)))
    }

    /// For products whose left operand has so many planes and rows.
    pub(crate) fn of(self, planes: usize, rows: usize) -> &'static dyn Kernel {
        let fastest = || best(planes, rows).kernel().unwrap_or(&Scalar);
        self.0.unwrap_or_else(fastest)
    }
}

impl fmt::Display for KernelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Vnni => "vnni",
            Self::Amx => "amx",
            Self::Neon => "neon",
            Self::NeonTable => "neon-table",
            Self::NeonDot => "neon-dot",
        })
    }
}

impl FromStr for KernelName {
    type Err = UnknownKernel;

    fn from_str(text: &str) -> Result<Self, UnknownKernel> {
        let found = Self::ALL.into_iter().find(|name| name.to_string() == text);
        found.ok_or_else(|| UnknownKernel(text.to_owned()))
    }
}
