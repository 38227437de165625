//! `noctule train`.

use std::path::PathBuf;

use noctule_train::trainer::Recipe;
use serde::Serialize;

use crate::{console::Console, error::Error, training};

/// Train by a recipe: pre-train, fine-tune a teacher, distil to one bit; resumes to the bit
///
/// The run's folder gets the models of all stages, the record (metrics.jsonl) and its picture
/// (curves.svg). Stop it at any moment; --resume ends at the same parameters.
/// Settings of the recipe can be changed: --set train.steps=100 --set train.seed=2
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The recipe, a .toml file; recipes/ has examples
    recipe: PathBuf,
    /// The folder that the recipe's data files are relative to
    #[arg(long, default_value = ".")]
    data: PathBuf,
    /// The run's folder
    #[arg(long)]
    out: PathBuf,
    /// Go on with a run that was interrupted
    #[arg(long)]
    resume: bool,
    /// Change a setting of the recipe
    #[arg(long = "set", value_name = "TABLE.FIELD=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let recipe = Recipe::read(&args.recipe, &args.set)?;
    let outcome = training::train(&recipe, &args.data, &args.out, args.resume, console)?;
    console.emit(&Stages::from(&outcome))
}

/// What the stages left.
#[derive(Debug, Serialize)]
pub(super) struct Stages {
    stages: Vec<Stage>,
    metrics: PathBuf,
    curves: PathBuf,
}

#[derive(Debug, Serialize)]
struct Stage {
    name: String,
    model: PathBuf,
    metric: Option<f64>,
}

impl From<&noctule_train::trainer::Outcome> for Stages {
    fn from(outcome: &noctule_train::trainer::Outcome) -> Self {
        let stage = |s: &noctule_train::trainer::StageOutcome| Stage {
            name: s.name.clone(),
            model: s.model.clone(),
            metric: s.metric,
        };
        Self {
            stages: outcome.stages.iter().map(stage).collect(),
            metrics: outcome.metrics.clone(),
            curves: outcome.plot.clone(),
        }
    }
}

impl std::fmt::Display for Stages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for stage in &self.stages {
            let metric = stage.metric.map_or(String::new(), |m| format!(", metric {m:.6}"));
            writeln!(f, "{}: {}{metric}", stage.name, stage.model.display())?;
        }
        write!(f, "curves: {}", self.curves.display())
    }
}
