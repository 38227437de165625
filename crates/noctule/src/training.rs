//! Training with a progress bar.

use std::path::Path;

use burn::tensor::Device;
use indicatif::ProgressBar;
use noctule_train::trainer::{Event, Flow, Outcome, Places, Recipe, TrainError, train as run};

use crate::{console::Console, error::Error};

/// Takes `recipe` through its stages, with a bar a stage.
///
/// # Errors
/// [`Error::Input`] with whatever is wrong, in one line; the folder keeps its last checkpoint.
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
    outcome.map_err(to_error)
}

fn to_error(error: TrainError) -> Error {
    Error::Input(error.to_string())
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
