//! The words of a text task: which tokenizer, how long a sequence, which input that makes.

use std::path::Path;

use super::Opening;
use crate::data::Tokenizer;
use crate::model::Input;
use crate::trainer::error::{Result, TrainError};
use crate::trainer::recipe::{Start, TextSize, Vocabulary};
use crate::trainer::start::Base;

/// The tokenizer and the longest sequence of a text task.
pub(super) struct Words {
    pub(super) tokenizer: Tokenizer,
    pub(super) max_tokens: usize,
    vocabulary: usize,
    segments: usize,
}

impl Words {
    /// From the recipe, or from the model it starts with; `train` is asked only for a new vocabulary, of so many
    /// words.
    pub(super) fn choose(
        opening: Opening<'_>,
        train: impl FnOnce(usize) -> Result<Tokenizer>,
    ) -> Result<Self> {
        let Opening { recipe, base, data, .. } = opening;
        match (&recipe.start, base) {
            (Start::Fresh(size), _) => {
                let size = size.text.as_ref().ok_or_else(|| no_text(&recipe.file))?;
                Self::fresh(size, data, train)
            }
            (Start::Teacher { max_tokens, .. }, Base::Model { model, folder }) => {
                let Input::Text { vocab, segments } = model.arch.input else {
                    return Err(no_text(&folder.display().to_string()));
                };
                let tokenizer = Tokenizer::from_folder(folder)?;
                let most = model.arch.max_tokens;
                let max_tokens = max_tokens.unwrap_or(most).min(most);
                let words = Self { tokenizer, max_tokens, vocabulary: vocab, segments };
                words.check(folder)
            }
            (Start::Teacher { folder, .. }, Base::Fresh) => {
                Err(no_text(&folder.display().to_string()))
            }
        }
    }

    fn fresh(
        size: &TextSize,
        data: &Path,
        train: impl FnOnce(usize) -> Result<Tokenizer>,
    ) -> Result<Self> {
        let tokenizer = match &size.vocabulary {
            Vocabulary::Folder(folder) => Tokenizer::from_folder(&data.join(folder))?,
            Vocabulary::Trained(words) => train(*words)?,
        };
        let vocabulary = tokenizer.vocab_size();
        Ok(Self { tokenizer, max_tokens: size.max_tokens, vocabulary, segments: 2 })
    }

    fn check(self, folder: &Path) -> Result<Self> {
        let words = self.tokenizer.vocab_size();
        if words <= self.vocabulary {
            return Ok(self);
        }
        let message = format!(
            "the tokenizer has {words} words, the model {}; copy the tokenizer of this model",
            self.vocabulary
        );
        Err(TrainError::data(folder.display().to_string(), message))
    }

    /// What a network with these words reads.
    pub(super) fn input(&self) -> Input {
        Input::Text { vocab: self.vocabulary, segments: self.segments }
    }
}

fn no_text(file: &str) -> TrainError {
    TrainError::data(file, "the model reads no text, the task gives text; name a text model")
}
