//! Which kernels there are and which this machine has.

use std::{fmt, str::FromStr};

use super::{Kernel, scalar::Scalar};
use crate::error::EngineError;

/// The kernels, slowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KernelName {
    /// 64-bit words, any processor.
    Scalar,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512 F and VPOPCNTDQ.
    Avx512,
}

/// A kernel name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kernel: the kernels are scalar, avx2, avx512")]
pub struct UnknownKernel(String);

impl KernelName {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 3] = [Self::Scalar, Self::Avx2, Self::Avx512];

    /// The kernels that this machine can run, slowest first; there is at least one.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|name| name.kernel().is_some()).collect()
    }

    /// The fastest kernel that this machine can run.
    #[must_use]
    pub fn fastest() -> Self {
        Self::available().pop().unwrap_or(Self::Scalar)
    }

    /// What a processor must have.
    #[must_use]
    pub fn needs(self) -> &'static str {
        match self {
            Self::Scalar => "nothing",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512 F and VPOPCNTDQ",
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
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => None,
        }
    }
}

impl fmt::Display for KernelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
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
