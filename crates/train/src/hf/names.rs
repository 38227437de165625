//! The one table of tensors: canonical names and shapes.
//!
//! Reader, writer and shape check all go through [`tensor_table`]. Canonical names are those of
//! `transformers` without the prefix `bert.`:
//!
//! | name | shape |
//! |---|---|
//! | `embeddings.word_embeddings.weight` | `[vocab, hidden]` |
//! | `embeddings.position_embeddings.weight` | `[positions, hidden]` |
//! | `embeddings.token_type_embeddings.weight` | `[segments, hidden]` |
//! | `embeddings.LayerNorm.{weight,bias}` | `[hidden]` |
//! | `encoder.layer.N.attention.self.{query,key,value}.{weight,bias}` | `[hidden, hidden]`, `[hidden]` |
//! | `encoder.layer.N.attention.output.dense.{weight,bias}` | `[hidden, hidden]`, `[hidden]` |
//! | `encoder.layer.N.attention.output.LayerNorm.{weight,bias}` | `[hidden]` |
//! | `encoder.layer.N.intermediate.dense.{weight,bias}` | `[feed-forward, hidden]`, `[feed-forward]` |
//! | `encoder.layer.N.output.dense.{weight,bias}` | `[hidden, feed-forward]`, `[hidden]` |
//! | `encoder.layer.N.output.LayerNorm.{weight,bias}` | `[hidden]` |
//! | `pooler.dense.{weight,bias}` (may be absent) | `[hidden, hidden]`, `[hidden]` |
//! | `classifier.{weight,bias}` (may be absent) | `[labels, hidden]`, `[labels]` |
//! | `cls.predictions.transform.dense.{weight,bias}` (masked words) | `[hidden, hidden]`, `[hidden]` |
//! | `cls.predictions.transform.LayerNorm.{weight,bias}` (masked words) | `[hidden]` |
//! | `cls.predictions.bias` (masked words) | `[vocab]` |
//!
//! A linear layer's weight is `[outputs, inputs]`, row-major.

use super::{Architecture, BertConfig};

/// Whether a checkpoint may lack a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may not.
    Required,
    /// The pooler's tensors: all or none.
    Pooler,
    /// The classifier's tensors: all or none.
    Classifier,
    /// Those of the head for masked words: all or none.
    MaskedWords,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Canonical name.
    pub name: String,
    /// Expected shape.
    pub shape: Vec<usize>,
    /// Whether it may be absent.
    pub presence: Presence,
}

/// Every tensor of a model of this configuration, in the order of the network.
pub fn tensor_table(config: &BertConfig) -> Vec<TensorSpec> {
    let mut table = Table { lines: Vec::new(), presence: Presence::Required };
    let hidden = config.hidden_size;
    for (name, rows) in [
        ("word_embeddings", config.vocab_size),
        ("position_embeddings", config.max_position_embeddings),
        ("token_type_embeddings", config.type_vocab_size),
    ] {
        table.add(format!("embeddings.{name}.weight"), &[rows, hidden]);
    }
    table.norm("embeddings.LayerNorm", hidden);
    for layer in 0..config.num_hidden_layers {
        table.layer(&format!("encoder.layer.{layer}"), hidden, config.intermediate_size);
    }
    table.presence = Presence::Pooler;
    table.linear("pooler.dense", hidden, hidden);
    table.presence = Presence::Classifier;
    table.linear("classifier", config.num_labels(), hidden);
    if config.architecture == Architecture::MaskedWords {
        table.presence = Presence::MaskedWords;
        table.linear("cls.predictions.transform.dense", hidden, hidden);
        table.norm("cls.predictions.transform.LayerNorm", hidden);
        table.add("cls.predictions.bias".into(), &[config.vocab_size]);
    }
    table.lines
}

/// The canonical form of a name: no `bert.` prefix, and `weight`, `bias` for the `gamma`, `beta`
/// of layer normalisations in checkpoints converted from TensorFlow.
pub fn canonical_name(name: &str) -> String {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    for (legacy, today) in
        [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
    {
        if let Some(start) = name.strip_suffix(legacy) {
            return format!("{start}{today}");
        }
    }
    name.to_string()
}

/// The name under which `transformers` expects a tensor: heads lie outside `bert`.
pub(super) fn written_name(canonical: &str) -> String {
    match canonical.starts_with("classifier.") || canonical.starts_with("cls.") {
        true => canonical.into(),
        false => format!("bert.{canonical}"),
    }
}

struct Table {
    lines: Vec<TensorSpec>,
    presence: Presence,
}

impl Table {
    fn layer(&mut self, prefix: &str, hidden: usize, feed_forward: usize) {
        for part in ["query", "key", "value"] {
            self.linear(&format!("{prefix}.attention.self.{part}"), hidden, hidden);
        }
        self.linear(&format!("{prefix}.attention.output.dense"), hidden, hidden);
        self.norm(&format!("{prefix}.attention.output.LayerNorm"), hidden);
        self.linear(&format!("{prefix}.intermediate.dense"), feed_forward, hidden);
        self.linear(&format!("{prefix}.output.dense"), hidden, feed_forward);
        self.norm(&format!("{prefix}.output.LayerNorm"), hidden);
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.add(format!("{name}.weight"), &[outputs, inputs]);
        self.add(format!("{name}.bias"), &[outputs]);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.add(format!("{name}.weight"), &[width]);
        self.add(format!("{name}.bias"), &[width]);
    }

    fn add(&mut self, name: String, shape: &[usize]) {
        self.lines.push(TensorSpec { name, shape: shape.to_vec(), presence: self.presence });
    }
}
