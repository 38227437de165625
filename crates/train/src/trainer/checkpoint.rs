//! Checkpoints: enough of a running stage to go on after a kill as if nothing had happened.
//!
//! A checkpoint is a folder `checkpoints/STAGE-STEP` with what [`Learner::write`] puts into it and
//! the file `position.json`; the best parameters so far are a folder `checkpoints/STAGE-STEP-best`.
//! Each is built under a temporary name and renamed, and an older one is removed only after a newer
//! one stands. A resumed run therefore finds the last whole checkpoint and the best parameters it
//! speaks of; whatever a killed run wrote after that is written again, with the same content.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use super::files::{create_folder_atomically, is_temporary, read_text, remove_folder_atomically};
use super::learner::Learner;
use super::progress::Evaluation;
use super::recipe::Keep;

const POSITION: &str = "position.json";

/// How far a stage has come.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// Steps done.
    pub(crate) step: u64,
    /// The evaluation whose parameters the stage would end with: the best so far, or the last.
    pub(crate) best: Option<Best>,
}

/// An evaluation.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Best {
    /// Steps done then.
    pub(crate) step: u64,
    /// The bits of the first figure: printed decimals might come back as a neighbour.
    value_bits: u64,
}

impl Best {
    /// The first figure.
    pub(crate) fn value(&self) -> f64 {
        f64::from_bits(self.value_bits)
    }
}

impl Position {
    /// Takes note of an evaluation; says whether its parameters are the ones to keep so far.
    pub(crate) fn judge(&mut self, evaluation: &Evaluation, keep: Keep) -> bool {
        let better = keep == Keep::Last
            || self.best.is_none_or(|best| evaluation.is_better_than(best.value()));
        if better {
            self.best = Some(Best { step: self.step, value_bits: evaluation.value().to_bits() });
        }
        better
    }
}

/// The checkpoints of one stage of a run.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    folder: PathBuf,
    stage: usize,
}

impl Checkpoints {
    /// Those of `stage` in the run's folder `checkpoints`, which is made when missing.
    pub(crate) fn of_stage(folder: PathBuf, stage: usize) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(TrainError::io("create", &folder))?;
        Ok(Self { folder, stage })
    }

    /// Where the checkpoint after `step` steps lies.
    pub(crate) fn at(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{}-{step:08}", self.stage))
    }

    /// Where the parameters of the best evaluation, after `step` steps, lie.
    pub(crate) fn best_at(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{}-{step:08}-best", self.stage))
    }

    /// Writes a checkpoint, then removes what it makes superfluous.
    pub(crate) fn write(&self, position: &Position, learner: &dyn Learner) -> Result<()> {
        let path = self.at(position.step);
        if !path.exists() {
            create_folder_atomically(&path, |folder| {
                learner.write(folder)?;
                write_position(&folder.join(POSITION), position)
            })?;
        }
        self.prune(Some(position))
    }

    /// Writes the parameters alone, as the best so far; those that stand already are the same.
    pub(crate) fn write_best(&self, step: u64, learner: &dyn Learner) -> Result<()> {
        let path = self.best_at(step);
        if path.exists() {
            return Ok(());
        }
        create_folder_atomically(&path, |folder| learner.write_model(folder))
    }

    /// Brings the learner to the last checkpoint; without one it stays at the start.
    pub(crate) fn restore(&self, learner: &mut dyn Learner) -> Result<Position> {
        let Some(path) = self.last()? else { return Ok(Position::default()) };
        let file = path.join(POSITION);
        let position: Position = serde_json::from_str(&read_text(&file)?).map_err(|error| {
            TrainError::damaged(&file, format!("{error}; remove this checkpoint folder"))
        })?;
        learner.read(&path)?;
        Ok(position)
    }

    /// Removes everything of this stage: its model is saved.
    pub(crate) fn clear(&self) -> Result<()> {
        self.prune(None)
    }

    fn last(&self) -> Result<Option<PathBuf>> {
        let whole =
            self.entries()?.into_iter().filter(|path| !is_temporary(path) && !is_best(path));
        // Steps have a fixed number of digits, so the order of names is the order of steps.
        Ok(whole.max())
    }

    /// Folders of this stage, left-overs of kills among them.
    fn entries(&self) -> Result<Vec<PathBuf>> {
        let prefix = format!("{}-", self.stage);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(TrainError::io("list", &self.folder))? {
            let entry = entry.map_err(TrainError::io("list", &self.folder))?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                found.push(entry.path());
            }
        }
        Ok(found)
    }

    fn prune(&self, keep: Option<&Position>) -> Result<()> {
        let last = keep.map(|position| self.at(position.step));
        let best = keep.and_then(|position| position.best).map(|best| self.best_at(best.step));
        for path in self.entries()? {
            let kept = Some(&path) == last.as_ref() || Some(&path) == best.as_ref();
            match (kept, is_temporary(&path)) {
                (true, _) => {}
                (false, true) => {
                    fs::remove_dir_all(&path).map_err(TrainError::io("remove", &path))?
                }
                (false, false) => remove_folder_atomically(&path)?,
            }
        }
        Ok(())
    }
}

fn is_best(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-best")
}

fn write_position(path: &Path, position: &Position) -> Result<()> {
    let text = serde_json::to_string(position)
        .map_err(|error| TrainError::damaged(path, error.to_string()))?;
    fs::write(path, text).map_err(TrainError::io("write", path))
}
