//! A whole run: the stages of a recipe in order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::error::Result;
use super::fingerprint;
use super::folder::{Identity, RunFolder, model_folder};
use super::network::Network;
use super::progress::Event;
use super::recipe::{Recipe, Start};
use super::stage_loop::{Callback, StageLoop};
use super::start::Base;
use super::tasks::{self, Opening};
use crate::model::Model;

/// Where a run reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The folder to which the recipe's data paths are relative.
    pub data: &'a Path,
    /// The folder of the run; it must not exist, or hold the run to resume.
    pub out: &'a Path,
}

/// What a finished run left.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its stages, in order.
    pub stages: Vec<StageOutcome>,
    /// The record, one JSON object a line.
    pub metrics: PathBuf,
    /// The curves.
    pub plot: PathBuf,
}

/// What a finished stage left.
#[derive(Clone, Debug, PartialEq)]
pub struct StageOutcome {
    /// Its name.
    pub name: String,
    /// The folder of its model.
    pub model: PathBuf,
    /// The first figure of its parameters; none without evaluation, or where an earlier start
    /// finished the stage.
    pub metric: Option<f64>,
}

/// Takes a recipe through its stages on `device`, or takes up again a run that was interrupted.
///
/// # Errors
/// Whatever is wrong with recipe, data, teacher or output folder, in one line; whatever the file
/// system refuses meanwhile; a loss that is no number; [`super::TrainError::Stopped`] where the
/// callback asked for it. The run's folder then still holds its last checkpoint.
pub fn train(
    recipe: &Recipe,
    places: Places<'_>,
    resume: bool,
    device: &Device,
    tell: Callback<'_>,
) -> Result<Outcome> {
    RunFolder::check(places.out, recipe, resume)?;
    let identity = Identity::new(recipe, inputs(recipe, places.data)?);
    let folder = RunFolder::at(places.out);
    if resume {
        folder.compare(&identity)?;
    }
    let mut note = |what: &str| {
        tell(&Event::Preparing { what });
    };
    let base = Base::open(recipe, &mut note)?;
    let has_teacher = matches!(base, Base::Model { .. });
    let (data, kept) = (places.data, folder.words());
    let opening = Opening { recipe, base: &base, data, kept: &kept, resumed: resume };
    let mut task = tasks::open(opening, &mut note)?;
    let mut model = base.network(recipe, task.as_ref())?;
    if !resume {
        folder.create(recipe, &identity)?;
    }
    let mut stages = Vec::new();
    for (at, stage) in recipe.stages.iter().enumerate() {
        let saved = folder.stage(at, stage);
        let mut metric = None;
        if !saved.exists() {
            let steps = task.steps(stage)?;
            let taught = has_teacher || at > 0;
            let mut network = Network::new(model, taught, stage, at, task.as_mut(), device)?;
            metric = StageLoop::new(&folder, stage, at, steps)?.run(&mut network, tell)?;
        }
        model = Model::load(&saved)?;
        stages.push(StageOutcome { name: stage.name.clone(), model: saved, metric });
    }
    folder.forget_words()?;
    Ok(Outcome { stages, metrics: folder.metrics(), plot: folder.plot() })
}

/// Hashes of everything that a run reads, by the names that the recipe uses.
fn inputs(recipe: &Recipe, data: &Path) -> Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    for file in tasks::files(&recipe.task) {
        hashes.insert(file.display().to_string(), fingerprint::of_file(&data.join(&file))?);
    }
    if let Start::Teacher { folder, .. } = &recipe.start {
        let weights = model_folder(folder)?.join("model.safetensors");
        hashes.insert(folder.display().to_string(), fingerprint::of_file(&weights)?);
    }
    Ok(hashes)
}
