//! The words of a text task: which tokenizer, how long a sequence, which input that makes.

use std::path::Path;

use crate::data::Tokenizer;
use crate::model::Input;
use crate::trainer::error::{Result, TrainError};
use crate::trainer::recipe::{Recipe, Start, TextSize, Vocabulary};
use crate::trainer::start::Base;

/// The tokenizer and the longest sequence of a text task.
pub(super) struct Words {
    pub(super) tokenizer: Tokenizer,
    pub(super) max_tokens: usize,
    vocabulary: usize,
    segments: usize,
}

impl Words {
    /// From the recipe, or from the model it starts with; `texts` are read only to train a vocabulary.
    pub(super) fn choose<'a>(
        recipe: &Recipe,
        base: &Base,
        data: &Path,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        match (&recipe.start, base) {
            (Start::Fresh(size), _) => {
                let size = size.text.as_ref().ok_or_else(|| no_text(&recipe.file))?;
                Self::fresh(size, data, texts)
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

    fn fresh<'a>(
        size: &TextSize,
        data: &Path,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        let tokenizer = match &size.vocabulary {
            Vocabulary::Folder(folder) => Tokenizer::from_folder(&data.join(folder))?,
            Vocabulary::Trained(words) => {
                let texts: Vec<&str> = texts.collect();
                Tokenizer::train_wordpiece(texts.into_iter(), *words, &mut |_| {})?
            }
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
