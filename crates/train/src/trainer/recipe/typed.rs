//! What the user wrote: one struct for each table of a recipe, unknown fields refused.

use std::path::PathBuf;

use serde::Deserialize;

/// `[task]`, chosen by its field `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Task {
    /// `kind = "classification"`
    Classification(Text),
    /// `kind = "regression"`
    Regression(Text),
    /// `kind = "masked-words"`
    MaskedWords(MaskedWords),
    /// `kind = "ecc"`
    Ecc(Ecc),
}

/// `[task]` of a labelled text task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// TSV, CSV or JSONL to learn from (`.gz` too).
    pub train: PathBuf,
    /// The same to judge by.
    pub dev: Option<PathBuf>,
    /// Whether the first line of the tables names their columns; without one they are numbered from 1.
    #[serde(default = "has_header")]
    pub header: bool,
    /// Column of the text.
    pub text: String,
    /// Column of the second text.
    pub text_pair: Option<String>,
    /// Column of the label.
    pub label: String,
    /// `accuracy` (default) or `matthews`; regression is judged by Pearson's correlation.
    pub metric: Option<String>,
    /// Cut texts that are too long instead of refusing them.
    #[serde(default)]
    pub truncate: bool,
}

fn has_header() -> bool {
    true
}

/// `[task]` of masked words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedWords {
    /// Where the text comes from.
    pub corpora: Vec<Corpus>,
    /// Documents held back for evaluation.
    #[serde(default = "default_dev_documents")]
    pub dev_documents: usize,
}

fn default_dev_documents() -> usize {
    200
}

/// One entry of `corpora`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// A text file with a document on each line, or a table.
    pub file: PathBuf,
    /// The table's column.
    pub column: Option<String>,
    /// Whether the table's first line names its columns.
    #[serde(default = "has_header")]
    pub header: bool,
}

/// `[task]` of an error-correcting code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ecc {
    /// A name of the catalogue, as `ldpc-49-24`.
    pub code: Option<String>,
    /// A parity-check matrix instead.
    pub file: Option<PathBuf>,
    /// Lowest and highest Eb/N0 of training, dB.
    pub ebn0: [f64; 2],
    /// Eb/N0 values of the evaluations, dB.
    #[serde(default = "default_evaluate_ebn0")]
    pub evaluate_ebn0: Vec<f64>,
    /// Words for each of them.
    #[serde(default = "default_evaluate_words")]
    pub evaluate_words: usize,
    /// `rings` (default), `ecct` or `none`.
    pub mask: Option<String>,
}

fn default_evaluate_ebn0() -> Vec<f64> {
    vec![4.0, 5.0, 6.0]
}

fn default_evaluate_words() -> usize {
    2000
}

/// `[model]`: a size, or a teacher's folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Folder of the model to start from; the sizes are then its own.
    pub teacher: Option<PathBuf>,
    /// Encoder layers.
    pub layers: Option<usize>,
    /// Width of the residual stream.
    pub width: Option<usize>,
    /// Attention heads.
    pub heads: Option<usize>,
    /// Width of the feed-forward hidden layer.
    pub ffn: Option<usize>,
    /// `relu` (default) or `gelu`.
    pub activation: Option<String>,
    /// Longest sequence (text only; with a teacher at most its own).
    pub max_tokens: Option<usize>,
    /// Words of a vocabulary trained from the task's text (text only).
    pub vocabulary: Option<usize>,
    /// Folder of an existing tokenizer instead (text only).
    pub tokenizer: Option<PathBuf>,
}

/// `[train]`: settings of all stages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// Steps of each stage, or
    pub steps: Option<u64>,
    /// passes over the data.
    pub epochs: Option<f64>,
    /// Examples in a step, or
    pub batch: Option<usize>,
    /// tokens in a step, padding counted.
    pub batch_tokens: Option<usize>,
    /// Learning rate of weights.
    pub learning_rate: f64,
    /// Learning rate of quantizer parameters; default: the same.
    pub quantizer_learning_rate: Option<f64>,
    /// Share of the steps in which the rate rises.
    #[serde(default = "default_warmup")]
    pub warmup: f64,
    /// `linear` (default), `cosine` or `constant`.
    pub decay: Option<String>,
    /// Decoupled weight decay.
    #[serde(default)]
    pub weight_decay: f64,
    /// Greatest norm of the gradients.
    #[serde(default = "default_clip")]
    pub clip: f64,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
    /// Steps between evaluations.
    #[serde(default = "default_interval")]
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    #[serde(default = "default_interval")]
    pub checkpoint_every: u64,
    /// Steps between lines of the record.
    #[serde(default = "default_log_every")]
    pub log_every: u64,
    /// Probability by which a word is shown as `[MASK]` (labelled text only).
    #[serde(default)]
    pub word_dropout: f64,
    /// `best` (default) or `last`.
    pub keep: Option<String>,
}

fn default_warmup() -> f64 {
    0.1
}

fn default_clip() -> f64 {
    1.0
}

fn default_interval() -> u64 {
    500
}

fn default_log_every() -> u64 {
    10
}

/// `[distill]`: weights of the parts of the loss.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distill {
    /// Of the answers.
    pub logits: f64,
    /// Of the hidden states.
    pub hidden: f64,
    /// Of the attention scores.
    pub scores: f64,
}

/// One `[[stage]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name: letters, digits and dashes.
    pub name: String,
    /// `float`, `ternary`, `split` or `binary`.
    pub weights: String,
    /// Bits of the activations: one number, or a table by site with `default`.
    pub activations: Activations,
    /// `softmax` (default) or `sps`.
    pub attention: Option<String>,
    /// Instead of `train.steps`.
    pub steps: Option<u64>,
    /// Instead of `train.epochs`.
    pub epochs: Option<f64>,
    /// Instead of `train.learning_rate`.
    pub learning_rate: Option<f64>,
    /// Instead of `train.quantizer_learning_rate`.
    pub quantizer_learning_rate: Option<f64>,
    /// Instead of `train.word_dropout`.
    pub word_dropout: Option<f64>,
    /// Instead of `train.keep`.
    pub keep: Option<String>,
    /// Instead of `[distill]`.
    pub distill: Option<Distill>,
}

/// Bits of the activations.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Activations {
    /// The same at every site.
    All(u8),
    /// By site, the rest by `default`.
    Sites(std::collections::BTreeMap<String, u8>),
}
