//! A float network as a folder that the `transformers` library opens.

use std::{fmt, path::Path};

use noctule_tasks::data::Tokenizer;
use noctule_train::{hf::Architecture, model::Model, trainer::model_folder};
use serde::Serialize;

use crate::{
    error::Error,
    file::{self, Overwrite},
};

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The folder.
    pub folder: std::path::PathBuf,
    /// The class of `transformers` that opens it.
    pub opens_as: &'static str,
    /// Names of the classes, in the order of the logits.
    pub labels: Vec<String>,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.folder.display(), self.opens_as)
    }
}

/// Writes the float network for texts that a training run, or one of its stages, left in `folder`:
/// `tokenizer.json`, `vocab.txt`, `tokenizer_config.json`, `model.safetensors` and, last, `config.json`.
///
/// # Errors
/// [`Error::Input`] names what is missing or cannot be exported; [`Error::Exists`] if `out` is there and may not be
/// written into; what the system refuses.
pub fn export(folder: &Path, out: &Path, overwrite: Overwrite) -> Result<Exported, Error> {
    file::check_new(out, overwrite)?;
    let folder = model_folder(folder)?;
    let model = Model::load(&folder)?;
    let checkpoint = model.to_checkpoint().map_err(|e| Error::input(&folder, e))?;
    let tokenizer = Tokenizer::from_folder(&folder)?;
    tokenizer.save(out, overwrite)?;
    if let Some(config) = tokenizer.config_json(model.arch.max_tokens) {
        file::write(&out.join("tokenizer_config.json"), config.as_bytes(), overwrite)?;
    }
    // The folder is ours by now, and its tokenizer makes it one that is not empty.
    checkpoint.save(out, Overwrite::Yes)?;
    Ok(Exported {
        folder: out.to_owned(),
        opens_as: match checkpoint.config.architecture {
            Architecture::SequenceClassification => "BertForSequenceClassification",
            Architecture::MaskedWords => "BertForMaskedLM",
        },
        labels: model.labels,
    })
}
