//! Tasks: what a step shows the network, what it should answer, and how its answers are judged.

pub mod ecc;
mod epochs;
mod masked_words;
pub mod text;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::Result;
use super::progress::Evaluation;
use super::recipe::{CodeSource, Recipe, Stage, TaskSpec};
use super::start::Base;
use crate::data::Tokenizer;
use crate::model::{Arch, Head, Input, Masks, Rows, Targets};

/// A batch with what is wanted of it.
pub(crate) type Example = (Rows, Targets);

/// Where a task says what takes its time, and what it did to the data.
pub(crate) type Notes<'a> = &'a mut dyn FnMut(&str);

/// Answers a batch: the logits, row-major.
pub(crate) type Answer<'a> = &'a mut dyn FnMut(&Rows) -> Result<Vec<f32>>;

/// A task with its data.
pub(crate) trait Task {
    /// Steps that a stage of this length has.
    fn steps(&self, stage: &Stage) -> Result<u64>;

    /// The batch of a step; it depends on nothing but the arguments.
    fn batch(&mut self, stage: &Stage, at: usize, step: u64) -> Result<Example>;

    /// Judges the network that `answer` asks; none without data to judge by.
    fn evaluate(&self, answer: Answer<'_>) -> Result<Option<Evaluation>>;

    /// What the network must read and answer.
    fn interface(&self) -> Interface;

    /// Sets the attention masks of a fresh network.
    fn mask(&self, arch: &mut Arch) {
        arch.masks = Masks::default();
    }
}

/// What a task asks of a network, and what is kept beside it.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    /// What it reads.
    pub(crate) input: Input,
    /// What it answers.
    pub(crate) head: Head,
    /// The longest sequence.
    pub(crate) max_tokens: usize,
    /// Names of the classes.
    pub(crate) labels: Vec<String>,
    /// Facts that whoever uses the model needs, by name.
    pub(crate) extras: BTreeMap<String, Value>,
    /// The words.
    pub(crate) tokenizer: Option<Tokenizer>,
}

/// What a task is opened with.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    /// The recipe.
    pub(crate) recipe: &'a Recipe,
    /// What the run starts from.
    pub(crate) base: &'a Base,
    /// The folder to which the recipe's data paths are relative.
    pub(crate) data: &'a Path,
    /// Where a vocabulary and token ids are kept for the next start of the same run.
    pub(crate) kept: &'a Path,
    /// Whether recipe and data are those of the start that left `kept`.
    pub(crate) resumed: bool,
}

/// Opens the task of a recipe: reads and checks all its data.
pub(crate) fn open(opening: Opening<'_>, note: Notes<'_>) -> Result<Box<dyn Task>> {
    let recipe = opening.recipe;
    Ok(match &recipe.task {
        TaskSpec::Text(task) => Box::new(text::TextData::open(task, opening, note)?),
        TaskSpec::MaskedWords(task) => {
            Box::new(masked_words::MaskedWords::open(task, opening, note)?)
        }
        TaskSpec::Ecc(task) => Box::new(ecc::Ecc::open(task, opening.data, recipe.seed)?),
    })
}

/// The files that a task reads, relative to the data folder.
pub(crate) fn files(task: &TaskSpec) -> Vec<PathBuf> {
    match task {
        TaskSpec::Text(task) => std::iter::once(&task.train).chain(&task.dev).cloned().collect(),
        TaskSpec::MaskedWords(task) => {
            task.corpora.iter().map(|corpus| corpus.path.clone()).collect()
        }
        TaskSpec::Ecc(task) => match &task.code {
            CodeSource::File(file) => vec![file.clone()],
            CodeSource::Name(_) => Vec::new(),
        },
    }
}
