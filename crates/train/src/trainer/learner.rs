//! What the stage loop needs of a network that learns.

use std::path::Path;

use super::error::Result;
use super::progress::{Evaluation, LossParts};

/// A network during one stage.
///
/// Everything it does must follow from its state and the number of the step, so that a learner that
/// was written, read back and stepped on equals one that was never interrupted.
pub(crate) trait Learner {
    /// Does a step, counted from 0, with all learning rates times `factor`.
    fn step(&mut self, step: u64, factor: f64) -> Result<StepReport>;

    /// Judges the network; none where there is nothing to judge by.
    fn evaluate(&mut self) -> Result<Option<Evaluation>>;

    /// Writes parameters and optimizer into an empty folder.
    fn write(&self, folder: &Path) -> Result<()>;

    /// Takes parameters and optimizer from such a folder.
    fn read(&mut self, folder: &Path) -> Result<()>;

    /// Writes the model alone into an empty folder, in the form in which other stages and runs read it.
    fn write_model(&self, folder: &Path) -> Result<()>;
}

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepReport {
    /// Its loss.
    pub(crate) loss: LossParts,
    /// Tokens it saw, padding not counted.
    pub(crate) tokens: u64,
}
