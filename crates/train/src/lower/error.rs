//! Why a network cannot be lowered.

use noctule_program::Invalid;
use noctule_program::interpret::InputError;

use crate::model::ModelError;

/// Why a network cannot be lowered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LowerError {
    /// The network is not a sound one, or a parameter of it is not a finite number.
    #[error("lowering: {0}")]
    Model(#[from] ModelError),
    /// A network that integers of a program cannot express.
    #[error("lowering: {what}; {remedy}")]
    Unsupported {
        /// What stands in the way.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// An option out of its range.
    #[error("lowering: {name} is {value}; it must be {allowed}")]
    Option {
        /// The option.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// No calibration input was given.
    #[error("lowering: no calibration input was given; give at least one batch")]
    NoCalibration,
    /// The residual stream does not fit 16 bits.
    #[error(
        "lowering: the residual stream reaches {largest}, beyond 16 bits at any binary point; \
         train with smaller norm gains"
    )]
    Range {
        /// The largest magnitude seen.
        largest: f64,
    },
    /// The lowered parts are not a program.
    #[error("lowering: {0}")]
    Program(#[from] Invalid),
    /// A calibration input that does not suit the program.
    #[error("lowering: calibration: {0}")]
    Input(#[from] InputError),
}

impl LowerError {
    pub(super) fn unsupported(what: impl Into<String>, remedy: &'static str) -> Self {
        Self::Unsupported { what: what.into(), remedy }
    }
}
