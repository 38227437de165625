//! What a run tells its caller while it works.

use std::path::{Path, PathBuf};
use std::time::Instant;

/// The parts of a loss, for one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossParts {
    /// What was minimised: the weighted sum.
    pub total: f64,
    /// Distance of the answers (from the labels, or from the teacher's).
    pub logits: f64,
    /// Distance of the hidden states from the teacher's; 0 without distillation.
    pub hidden: f64,
    /// Distance of the attention scores from the teacher's; 0 without distillation.
    pub scores: f64,
}

/// The figures of one evaluation, the first being the one by which the best parameters are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Name and value of each figure.
    pub figures: Vec<(String, f64)>,
    /// Whether a smaller first figure is the better one.
    pub smaller_is_better: bool,
}

impl Evaluation {
    /// The first figure; not a number where there is none, which is never better than anything.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.figures.first().map_or(f64::NAN, |(_, value)| *value)
    }

    /// Whether this is better than `other`, a first figure of an earlier evaluation.
    #[must_use]
    pub fn is_better_than(&self, other: f64) -> bool {
        if self.smaller_is_better { self.value() < other } else { self.value() > other }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// Something before the first step that takes its time: reading, tokenising.
    Preparing {
        /// What, in words.
        what: &'a str,
    },
    /// A stage begins, or goes on after a resume.
    StageStarted {
        /// Number of the stage, from 0.
        stage: usize,
        /// Its name.
        name: &'a str,
        /// Steps already done.
        done: u64,
        /// Steps in all.
        steps: u64,
    },
    /// A step is done.
    Step {
        /// Number of the stage, from 0.
        stage: usize,
        /// Steps done, so 1 after the first.
        step: u64,
        /// Steps in all.
        steps: u64,
        /// The loss of this step.
        loss: LossParts,
        /// The learning rate of this step.
        learning_rate: f64,
        /// Speed since the stage started or was resumed.
        pace: Pace,
    },
    /// An evaluation is done.
    Evaluated {
        /// Number of the stage, from 0.
        stage: usize,
        /// Steps done.
        step: u64,
        /// The figures.
        evaluation: &'a Evaluation,
        /// Whether it is the best so far.
        best: bool,
    },
    /// A file is about to be written.
    Writing {
        /// The file or folder.
        path: &'a Path,
    },
    /// A stage is done and its model is saved.
    StageEnded {
        /// Number of the stage, from 0.
        stage: usize,
        /// Its name.
        name: &'a str,
        /// The first figure of the parameters that were kept, where there was an evaluation.
        metric: Option<f64>,
        /// Folder of the saved model.
        folder: PathBuf,
    },
}

/// What the caller wants after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Write a checkpoint and stop; looked at after each step.
    Stop,
}

/// How fast it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Tokens a second (padding not counted).
    pub tokens_per_second: f64,
    /// Seconds to the end of the stage at this speed, evaluations included so far.
    pub seconds_left: f64,
}

/// Measures the pace of one stage.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
    steps: u64,
    tokens: u64,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), steps: 0, tokens: 0 }
    }

    /// Counts a step; `left` steps remain.
    pub(crate) fn lap(&mut self, tokens: u64, left: u64) -> Pace {
        self.steps += 1;
        self.tokens += tokens;
        let seconds = self.start.elapsed().as_secs_f64().max(1e-9);
        Pace {
            tokens_per_second: self.tokens as f64 / seconds,
            seconds_left: seconds / self.steps as f64 * left as f64,
        }
    }
}
