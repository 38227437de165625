//! Recipes: what to teach which network, as a small TOML file.
//!
//! [`typed`] is what the user wrote, [`Recipe`] what the program needs; `check` is the one way from
//! the former to the latter. Every field is described in `recipes/README.md` and in [`typed`].

mod check;
mod check_stage;
mod check_task;
mod overrides;
pub mod typed;

use std::path::{Path, PathBuf};

use super::error::{Result, TrainError};
use super::fingerprint;
use super::schedule::Decay;
use crate::data::{BatchSize, Columns, TextSource};
use crate::model::{Activation, Precision};

/// A recipe without contradictions.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// How errors name it.
    pub file: String,
    /// The recipe with overrides applied, as canonical TOML.
    pub text: String,
    /// What is learned, from which data.
    pub task: TaskSpec,
    /// Where the first stage starts.
    pub start: Start,
    /// The seed of everything random.
    pub seed: u64,
    /// The steps from the first network to the last; at least one.
    pub stages: Vec<Stage>,
}

/// What is learned, from which data. Paths are relative to the data folder that the caller gives.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskSpec {
    /// A class or a number for each text or pair of texts.
    Text(TextTask),
    /// Masked words of running text (Devlin et al. 2019).
    MaskedWords(MaskedWordsTask),
    /// The noise in received words of a code (ECCT, Choukroun and Wolf 2022).
    Ecc(EccTask),
}

/// See [`TaskSpec::Text`].
#[derive(Clone, Debug, PartialEq)]
pub struct TextTask {
    /// Numbers instead of classes.
    pub regression: bool,
    /// The table to learn from.
    pub train: PathBuf,
    /// The table to judge by.
    pub dev: Option<PathBuf>,
    /// The columns of both tables, that of the label among them.
    pub columns: Columns,
    /// The figure that chooses the best parameters.
    pub metric: Metric,
    /// Whether texts that are too long are cut.
    pub truncate: bool,
}

/// The figure by which predictions of a text task are judged first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The share of right classes.
    Accuracy,
    /// Matthews correlation of classes.
    Matthews,
    /// Pearson correlation of numbers.
    Pearson,
}

/// See [`TaskSpec::MaskedWords`].
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedWordsTask {
    /// The files.
    pub corpora: Vec<TextSource>,
    /// Documents held back for evaluation: this many, spread evenly over all.
    pub dev_documents: usize,
}

/// See [`TaskSpec::Ecc`].
#[derive(Clone, Debug, PartialEq)]
pub struct EccTask {
    /// Which code.
    pub code: CodeSource,
    /// Training words have an Eb/N0 drawn evenly from this range, in dB.
    pub ebn0: (f64, f64),
    /// Eb/N0 values of the evaluations, in dB.
    pub evaluate_ebn0: Vec<f64>,
    /// Words sent at each of them.
    pub evaluate_words: usize,
    /// Which tokens may look at which.
    pub mask: EccMask,
}

/// Where a code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeSource {
    /// A name of the catalogue.
    Name(String),
    /// A parity-check matrix, `.alist` or plain text.
    File(PathBuf),
}

/// The attention masks of a network for channel words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EccMask {
    /// No mask.
    None,
    /// ECCT's mask in every head.
    Ecct,
    /// AECCT's two rings, one for each half of the heads.
    Rings,
}

/// Where the first stage starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// A fresh network of this size.
    Fresh(Size),
    /// The model in a folder: continued by a float stage, taught from by a quantized one.
    Teacher {
        /// The folder, relative to the working directory.
        folder: PathBuf,
        /// Longest sequence used, where it is to be less than the model's.
        max_tokens: Option<usize>,
    },
}

/// The size of a fresh network.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// Encoder layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of the feed-forward hidden layer.
    pub ffn: usize,
    /// Feed-forward activation while it is not quantized.
    pub activation: Activation,
    /// Of text networks: the words.
    pub text: Option<TextSize>,
}

/// The part of [`Size`] that only text networks have.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSize {
    /// Longest sequence.
    pub max_tokens: usize,
    /// Where the vocabulary comes from.
    pub vocabulary: Vocabulary,
}

/// Where a vocabulary comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// Trained from the task's own text, with this many words.
    Trained(usize),
    /// A folder with `tokenizer.json` or `vocab.txt`, relative to the data folder.
    Folder(PathBuf),
}

/// One network on the way from the first to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, also of its folder.
    pub name: String,
    /// How coarsely it computes.
    pub precision: Precision,
    /// How long it trains.
    pub length: Length,
    /// How much it sees in a step.
    pub batch: BatchSize,
    /// Learning rate of weights.
    pub learning_rate: f64,
    /// Learning rate of quantizers' scales, shifts and thresholds.
    pub quantizer_learning_rate: f64,
    /// Share of the steps in which the learning rate rises.
    pub warmup: f64,
    /// What it does afterwards.
    pub decay: Decay,
    /// Decoupled weight decay (Loshchilov and Hutter 2019).
    pub weight_decay: f64,
    /// Greatest norm of all gradients together.
    pub clip: f64,
    /// Steps between evaluations.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Steps between lines of the record.
    pub log_every: u64,
    /// Probability by which a word is shown as `[MASK]`.
    pub word_dropout: f64,
    /// Which parameters the stage ends with.
    pub keep: Keep,
    /// Weights of the distillation loss.
    pub distill: Distill,
}

impl Stage {
    /// Whether the network has no quantizer at all.
    #[must_use]
    pub fn is_float(&self) -> bool {
        self.precision == Precision::float()
    }
}

/// How long a stage trains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// This many steps.
    Steps(u64),
    /// As many steps as these passes over the data have.
    Epochs(f64),
}

/// Which parameters a stage ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Those of the best evaluation.
    Best,
    /// Those of the last step.
    Last,
}

/// Weights of the parts of the distillation loss (`docs/bmt.md`, section 5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distill {
    /// Of the distance to the teacher's answers.
    pub logits: f64,
    /// Of the distance to its hidden states.
    pub hidden: f64,
    /// Of the distance to its attention scores.
    pub scores: f64,
}

impl Recipe {
    /// Reads a recipe and applies overrides of the form `train.steps=100` or `stage.0.steps=100`.
    ///
    /// # Errors
    /// One line which names file, field and remedy.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self> {
        let text = super::files::read_text(path)?;
        Self::parse(&path.display().to_string(), &text, overrides)
    }

    /// The same from text; `file` is how errors name it.
    ///
    /// # Errors
    /// As [`Recipe::read`].
    pub fn parse(file: &str, text: &str, overrides: &[String]) -> Result<Self> {
        let mut table: toml::Table = toml::from_str(text).map_err(|error| TrainError::Recipe {
            file: file.to_owned(),
            field: "not TOML".to_owned(),
            message: single_line(&error.to_string()),
        })?;
        for assignment in overrides {
            overrides::apply(&mut table, assignment, file)?;
        }
        check::recipe(file, table)
    }

    /// The hash by which a resumed run recognises its recipe.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint::of_bytes(self.text.as_bytes())
    }
}

/// An error message of the TOML crate without its picture of the line.
fn single_line(message: &str) -> String {
    let parts: Vec<&str> =
        message.lines().map(str::trim).filter(|line| !line.contains('|')).collect();
    parts.join(": ")
}
