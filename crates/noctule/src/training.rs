//! Training with a progress bar, and what its errors mean at the door.

use std::path::Path;

use burn::tensor::Device;
use indicatif::ProgressBar;
use noctule_train::{
    hf::HfError,
    model::ModelError,
    trainer::{Event, Flow, Outcome, Places, Recipe, TrainError, train as run},
};

use crate::{console::Console, error::Error};

/// Takes `recipe` through its stages, with a bar a stage.
///
/// # Errors
/// [`Error::Input`] with whatever is wrong, in one line, [`Error::Refused`] with what the system refuses; the
/// folder keeps its last checkpoint.
pub fn train(
    recipe: &Recipe,
    data: &Path,
    out: &Path,
    resume: bool,
    console: Console,
) -> Result<Outcome, Error> {
    let mut bar = ProgressBar::hidden();
    let mut tell = |event: &Event<'_>| {
        show(event, &mut bar, console);
        Flow::Continue
    };
    let outcome = run(recipe, Places { data, out }, resume, &Device::default(), &mut tell);
    bar.finish_and_clear();
    Ok(outcome?)
}

impl From<TrainError> for Error {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Read(error) => error.into(),
            TrainError::Model(error) => error.into(),
            TrainError::HuggingFace(error) => error.into(),
            TrainError::Io { ref source, .. } => Self::of_part(&error, Some(source)),
            _ => Self::of_part(&error, None),
        }
    }
}

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        let source = match &error {
            ModelError::Io { source, .. } => Some(source),
            _ => None,
        };
        Self::of_part(&error, source)
    }
}

impl From<HfError> for Error {
    fn from(error: HfError) -> Self {
        let source = match &error {
            HfError::Read { source, .. } | HfError::Write { source, .. } => Some(source),
            _ => None,
        };
        Self::of_part(&error, source)
    }
}

fn show(event: &Event<'_>, bar: &mut ProgressBar, console: Console) {
    match event {
        Event::StageStarted { name, done, steps, .. } => {
            bar.finish_and_clear();
            *bar = console.bar(*steps, name);
            bar.set_position(*done);
        }
        Event::Step { step, loss, pace, .. } => {
            bar.set_position(*step);
            bar.set_message(format!(
                "loss {:.4}, {:.0} tokens/s",
                loss.total, pace.tokens_per_second
            ));
        }
        Event::Evaluated { step, evaluation, best, .. } => {
            let figures =
                evaluation.figures.iter().map(|(name, value)| format!("{name} {value:.4e}"));
            let figures = figures.collect::<Vec<_>>().join(", ");
            let mark = if *best { " (best)" } else { "" };
            bar.suspend(|| console.note(format_args!("step {step}: {figures}{mark}")));
        }
        Event::StageEnded { name, folder, .. } => {
            bar.finish_and_clear();
            console.note(format_args!("{name}: {}", folder.display()));
        }
        Event::Preparing { what } => console.note(what),
        Event::Writing { .. } => {}
    }
}
