//! Lowering: from a trained network to an integer program.
//!
//! [`lower`] reads a [`Model`], folds every scale, shift and bias into integers ([`crate::fold`]), chooses the
//! binary point of the residual stream from calibration inputs and reports how far the program
//! agrees with the network. `docs/lowering.md` has the equations.

mod agreement;
mod error;
mod input;
mod layer;
mod network;
mod options;
mod report;
mod trained;

pub use error::LowerError;
pub use input::program_inputs;
pub use options::LowerOptions;
pub use report::{LogitAgreement, Metric, PartSize, Report, SiteAgreement, StreamAgreement};

use burn::tensor::Device;
use noctule_program::Program;

use self::network::Trained;
use crate::model::{Model, Rows};

/// A program and what lowering did to the network.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The program.
    pub program: Program,
    /// Agreement, sizes and metrics.
    pub report: Report,
}

/// Lowers a trained network.
///
/// The calibration batches choose the binary point of the residual stream and are what the report
/// compares the two on; a few dozen typical inputs do. The trained network runs on `device`.
///
/// # Errors
/// [`LowerError`] when the network has a part that is not made of integers, a parameter that is not finite or a
/// residual stream that does not fit 16 bits; when there is no calibration input or one does not suit the
/// network; when an option is out of its range.
pub fn lower(
    model: &Model,
    device: &Device,
    calibration: &[Rows],
    options: &LowerOptions,
) -> Result<Lowered, LowerError> {
    let trained = Trained::read(model, options)?;
    if calibration.is_empty() {
        return Err(LowerError::NoCalibration);
    }
    let of_batch = |rows| program_inputs(rows, options, &model.arch.input);
    let inputs = calibration.iter().map(of_batch).collect::<Result<Vec<_>, _>>()?.concat();
    let (program, largest) = trained.calibrated(&inputs)?;
    let agreement = agreement::compare(&trained, &program, device, calibration, options)?;
    let report = Report::new(&program, &agreement, largest);
    Ok(Lowered { program, report })
}
