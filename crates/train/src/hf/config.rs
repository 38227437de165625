//! `config.json` of a BERT model.

use super::HfError;
use super::config_fields::Fields;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The activation between the two feed-forward layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenAct {
    /// `x * Phi(x)`, by the error function.
    Gelu,
    /// `max(x, 0)`.
    Relu,
    /// GELU by its tanh approximation.
    GeluNew,
}

/// What the classifier's outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemType {
    /// One number.
    Regression,
    /// One logit per class.
    SingleLabel,
}

/// Which class of `transformers` opens a folder: the head that it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Architecture {
    /// `BertForSequenceClassification`, and whatever else is read for its encoder alone.
    #[default]
    SequenceClassification,
    /// `BertForMaskedLM`.
    MaskedWords,
}

/// What the network needs of `config.json`; names are the file's own.
#[derive(Debug, Clone, PartialEq)]
pub struct BertConfig {
    /// The head (`architectures`).
    pub architecture: Architecture,
    /// Rows of the token embedding.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Encoder layers.
    pub num_hidden_layers: usize,
    /// Heads; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width between the feed-forward layers.
    pub intermediate_size: usize,
    /// Activation between the feed-forward layers.
    pub hidden_act: HiddenAct,
    /// Rows of the position embedding: the most tokens of an input.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    pub type_vocab_size: usize,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f64,
    /// Name of each class, in the order of the outputs (`id2label`); one name for regression.
    pub labels: Vec<String>,
    /// `problem_type`, where the file has one.
    pub problem_type: Option<ProblemType>,
}

/// Keeps the table of tensors small whatever a file says.
const MOST_LAYERS: u64 = 1024;

const ACTIVATIONS: [(&str, HiddenAct); 3] =
    [("gelu", HiddenAct::Gelu), ("relu", HiddenAct::Relu), ("gelu_new", HiddenAct::GeluNew)];
const ARCHITECTURES: [(&str, Architecture); 2] = [
    ("BertForSequenceClassification", Architecture::SequenceClassification),
    ("BertForMaskedLM", Architecture::MaskedWords),
];
const PROBLEMS: [(&str, ProblemType); 2] = [
    ("regression", ProblemType::Regression),
    ("single_label_classification", ProblemType::SingleLabel),
];

impl BertConfig {
    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    /// One line with file, field and remedy: a missing or absurd count, another model or position
    /// type than BERT's own, a head number that does not divide the width, broken label names.
    pub fn read(path: &Path) -> Result<Self, HfError> {
        let fields = Fields::read(path)?;
        fields.word("model_type", &[("bert", ())], None)?;
        fields.word("position_embedding_type", &[("absolute", ())], Some(()))?;
        let config = Self {
            architecture: architecture(&fields),
            vocab_size: fields.count("vocab_size")?,
            hidden_size: fields.count("hidden_size")?,
            num_hidden_layers: fields.count_up_to("num_hidden_layers", MOST_LAYERS)?,
            num_attention_heads: fields.count("num_attention_heads")?,
            intermediate_size: fields.count("intermediate_size")?,
            hidden_act: fields.word("hidden_act", &ACTIVATIONS, None)?,
            max_position_embeddings: fields.count("max_position_embeddings")?,
            type_vocab_size: fields.count("type_vocab_size")?,
            layer_norm_eps: fields.positive("layer_norm_eps")?,
            labels: labels(&fields)?,
            problem_type: problem_type(&fields)?,
        };
        config.check(&fields)?;
        Ok(config)
    }

    /// Number of outputs of the classifier.
    pub fn num_labels(&self) -> usize {
        self.labels.len()
    }

    /// The class names, unless they are the placeholders `LABEL_0`, `LABEL_1`, ... of a model whose
    /// maker gave none.
    pub fn given_labels(&self) -> Option<&[String]> {
        let given = self.labels.iter().enumerate().any(|(at, name)| *name != placeholder(at));
        given.then_some(&self.labels)
    }

    /// The bytes of a `config.json` that `transformers` opens as its architecture.
    pub fn to_json(&self) -> String {
        let id2label: Map<String, Value> = (0..)
            .zip(&self.labels)
            .map(|(at, name): (usize, _)| (at.to_string(), json!(name)))
            .collect();
        let label2id: Map<String, Value> = (0..)
            .zip(&self.labels)
            .map(|(at, name): (usize, _)| (name.clone(), json!(at)))
            .collect();
        let mut object = json!({
            "architectures": [word(&ARCHITECTURES, self.architecture)],
            "model_type": "bert",
            "vocab_size": self.vocab_size,
            "hidden_size": self.hidden_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "intermediate_size": self.intermediate_size,
            "hidden_act": word(&ACTIVATIONS, self.hidden_act),
            "max_position_embeddings": self.max_position_embeddings,
            "type_vocab_size": self.type_vocab_size,
            "layer_norm_eps": self.layer_norm_eps,
            "position_embedding_type": "absolute",
            "id2label": id2label,
            "label2id": label2id,
        });
        if let Some(problem) = self.problem_type {
            object["problem_type"] = json!(word(&PROBLEMS, problem));
        }
        // The alternate form is indented.
        format!("{object:#}\n")
    }

    fn check(&self, fields: &Fields) -> Result<(), HfError> {
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let problem = format!(
                "is {}, which does not divide hidden_size {}; copy the file again",
                self.num_attention_heads, self.hidden_size
            );
            return Err(fields.error("num_attention_heads", problem));
        }
        if self.problem_type == Some(ProblemType::Regression) && self.num_labels() != 1 {
            let problem = format!(
                "is regression, but there are {} labels; one is supported",
                self.num_labels()
            );
            return Err(fields.error("problem_type", problem));
        }
        Ok(())
    }
}

/// The word that a table of [`Fields::word`] has for a meaning.
fn word<T: PartialEq>(known: &[(&'static str, T)], meaning: T) -> &'static str {
    // Every meaning stands in its table; an empty word would be refused on reading.
    known.iter().find(|(_, found)| *found == meaning).map_or("", |(word, _)| word)
}

/// The architecture that the file names; of one that is not known here only the encoder is read.
fn architecture(fields: &Fields) -> Architecture {
    let names = fields.get("architectures").and_then(Value::as_array);
    let known = |name: &Value| ARCHITECTURES.iter().find(|(word, _)| name.as_str() == Some(word));
    names.into_iter().flatten().find_map(known).map_or_else(Default::default, |(_, found)| *found)
}

fn placeholder(at: usize) -> String {
    format!("LABEL_{at}")
}

fn problem_type(fields: &Fields) -> Result<Option<ProblemType>, HfError> {
    fields.get("problem_type").map(|_| fields.word("problem_type", &PROBLEMS, None)).transpose()
}

/// Names from `id2label`, or placeholders for `num_labels`, or for the library's default of two.
fn labels(fields: &Fields) -> Result<Vec<String>, HfError> {
    let count = fields.get("num_labels").map(|_| fields.count("num_labels")).transpose()?;
    let names = match fields.object("id2label")? {
        Some(object) => names(fields, object)?,
        None => (0..count.unwrap_or(2)).map(placeholder).collect(),
    };
    if count.is_some_and(|count| count != names.len()) {
        let problem =
            format!("differs from the {} names in id2label; make them agree", names.len());
        return Err(fields.error("num_labels", problem));
    }
    check_label2id(fields, &names)?;
    Ok(names)
}

/// The names in the order of their keys "0", "1", ...
fn names(fields: &Fields, object: &Map<String, Value>) -> Result<Vec<String>, HfError> {
    let error = |problem: String| fields.error("id2label", problem);
    if object.is_empty() {
        return Err(error("is empty; give at least one label".into()));
    }
    let mut names: Vec<String> = Vec::new();
    for at in 0..object.len() {
        let name = object.get(&at.to_string()).and_then(Value::as_str);
        let name = name
            .ok_or_else(|| error(format!("has no text for \"{at}\"; number the labels from 0")))?;
        if names.iter().any(|other| other == name) {
            return Err(error(format!("has \"{name}\" twice; give distinct names")));
        }
        names.push(name.into());
    }
    Ok(names)
}

fn check_label2id(fields: &Fields, names: &[String]) -> Result<(), HfError> {
    let Some(object) = fields.object("label2id")? else { return Ok(()) };
    for (at, name) in names.iter().enumerate() {
        if object.get(name).and_then(Value::as_u64) != Some(at as u64) {
            let problem =
                format!("does not give {at} for \"{name}\" as id2label does; make them agree");
            return Err(fields.error("label2id", problem));
        }
    }
    Ok(())
}
