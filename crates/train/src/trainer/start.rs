//! The network that a run starts from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{Result, TrainError};
use super::folder::model_folder;
use super::recipe::{Recipe, Size, Start};
use super::seeds::{Purpose, number};
use super::tasks::{Interface, Task};
use crate::hf::Checkpoint;
use crate::model::{Arch, Input, Masks, Model, Precision};

/// Added to the variance in the layer norms of fresh networks, as in BERT.
const NORM_EPS: f64 = 1e-12;

/// What a run starts from, before the task is known.
pub(crate) enum Base {
    /// Nothing: a fresh network will be drawn.
    Fresh,
    /// A trained model.
    Model {
        /// The model.
        model: Box<Model>,
        /// Where it was read.
        folder: PathBuf,
    },
}

impl Base {
    /// Reads the teacher of a recipe, where it names one: a model or a run of ours, or a checkpoint
    /// in the layout of `transformers`; a note says what of its tensors goes unused.
    pub(crate) fn open(recipe: &Recipe, note: &mut dyn FnMut(&str)) -> Result<Self> {
        let Start::Teacher { folder, .. } = &recipe.start else { return Ok(Self::Fresh) };
        let folder = model_folder(folder)?;
        let model = Box::new(read_model(&folder, recipe.seed, note)?);
        Ok(Self::Model { model, folder })
    }

    /// The network of the task that the first stage starts from.
    pub(crate) fn network(self, recipe: &Recipe, task: &dyn Task) -> Result<Model> {
        let interface = task.interface();
        let seed = number(recipe.seed, Purpose::Parameters, 0, 0);
        let mut model = match (self, &recipe.start) {
            (Self::Fresh, Start::Fresh(size)) => fresh(size, task, &interface, seed)?,
            (Self::Model { model, folder }, _) => adapt(*model, &folder, recipe, &interface, seed)?,
            (Self::Fresh, Start::Teacher { folder, .. }) => read_model(folder, seed, &mut |_| ())?,
        };
        model.labels = interface.labels;
        model.extras.extend(interface.extras);
        Ok(model)
    }
}

fn read_model(folder: &Path, seed: u64, note: &mut dyn FnMut(&str)) -> Result<Model> {
    if folder.join("model.json").exists() || !folder.join("config.json").exists() {
        return Ok(Model::load(folder)?);
    }
    let checkpoint = Checkpoint::read(folder)?;
    if !checkpoint.ignored.is_empty() {
        let (folder, names) = (folder.display(), checkpoint.ignored.join(", "));
        note(&format!("{folder}: tensors that this network has no place for: {names}"));
    }
    Ok(Model::from_checkpoint(&checkpoint, checkpoint.config.num_labels(), seed)?)
}

fn fresh(size: &Size, task: &dyn Task, interface: &Interface, seed: u64) -> Result<Model> {
    let mut arch = Arch {
        width: size.width,
        layers: size.layers,
        heads: size.heads,
        ffn: size.ffn,
        max_tokens: interface.max_tokens,
        input: interface.input.clone(),
        head: interface.head.clone(),
        activation: size.activation,
        norm_eps: NORM_EPS,
        pooler: false,
        masks: Masks::default(),
        causal: false,
    };
    task.mask(&mut arch);
    Ok(Model::fresh(arch, Precision::float(), seed)?)
}

/// Gives a trained model the head that the task needs, if it may have another.
fn adapt(
    model: Model,
    folder: &Path,
    recipe: &Recipe,
    interface: &Interface,
    seed: u64,
) -> Result<Model> {
    let wrong = |what: &str| Err(TrainError::data(folder.display().to_string(), what));
    if model.arch.input != interface.input {
        return wrong(
            "reads another kind or number of inputs than the task gives; name a model of this task",
        );
    }
    let other_code = |key| {
        matches!(model.arch.input, Input::Channel { .. })
            && model.extras.get(key) != interface.extras.get(key)
    };
    if other_code(super::tasks::ecc::PARITY) {
        return wrong("was trained for another code; name a model of this code");
    }
    if model.arch.head == interface.head
        && (model.labels == interface.labels || model.labels.is_empty())
    {
        return Ok(model);
    }
    let first = recipe.stages.first();
    if first.is_some_and(|stage| !stage.is_float()) {
        return wrong(
            "answers other classes than the data have; fine-tune it with a float stage first",
        );
    }
    let mut model = model.with_head(interface.head.clone(), seed)?;
    model.extras = BTreeMap::new();
    Ok(model)
}
