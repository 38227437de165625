//! Texts to token ids, as BERT does it.

use super::DataError;

/// The ids of the five special tokens, `[PAD] [UNK] [CLS] [SEP] [MASK]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialIds {
    /// Fills shorter rows of a batch.
    pub pad: u32,
    /// Stands for a word that cannot be spelt.
    pub unk: u32,
    /// Opens every input; the pooled token.
    pub cls: u32,
    /// Closes every text.
    pub sep: u32,
    /// Stands for a token to be guessed.
    pub mask: u32,
}

/// What to do with a text that is longer than the model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// An error.
    Refuse,
    /// Cut at the end; of a pair the longer text first.
    Truncate,
}

/// One input of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids: `[CLS] text [SEP]` or `[CLS] text [SEP] pair [SEP]`.
    pub ids: Vec<u32>,
    /// 0 for the first text, 1 for the pair, as long as `ids`.
    pub segments: Vec<u8>,
    /// Whether tokens were cut off.
    pub truncated: bool,
}

/// A WordPiece tokenizer with BERT's special tokens.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    pub(super) inner: tokenizers::Tokenizer,
    special: SpecialIds,
    pub(super) vocabulary: usize,
}

impl Tokenizer {
    /// Reads the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    /// Not such a file, or a special token missing.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DataError> {
        let text = std::str::from_utf8(bytes).map_err(|error| library(error.into()))?;
        // Not `from_bytes`: that is generic, so all of the library's reading would be compiled here once more.
        Self::of_inner(text.parse().map_err(library)?)
    }

    /// The ids of the special tokens.
    pub fn special(&self) -> SpecialIds {
        self.special
    }

    /// Rows an embedding table needs: the largest id plus one.
    pub fn vocab_size(&self) -> usize {
        self.vocabulary
    }

    /// The text of a token.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The ids of a text alone, without special tokens and of any length.
    ///
    /// # Errors
    /// The library fails.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, DataError> {
        let encoding = self.inner.encode_fast(text, false).map_err(library)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// One input of the network: a text, or a pair, with special tokens, at most `max_tokens` long.
    ///
    /// # Errors
    /// [`DataError::TooLong`] under [`Overflow::Refuse`]; `max_tokens` with no room for the
    /// special tokens and one more.
    pub fn encode(
        &self,
        text: &str,
        pair: Option<&str>,
        max_tokens: usize,
        overflow: Overflow,
    ) -> Result<Encoded, DataError> {
        let mut first = self.ids(text)?;
        let mut second = pair.map(|pair| self.ids(pair)).transpose()?;
        let extra = if second.is_some() { 3 } else { 2 };
        if max_tokens <= extra {
            let remedy = "give room for the special tokens and at least one more";
            return Err(DataError::Setting { name: "max_tokens", value: max_tokens, remedy });
        }
        let found = first.len() + second.as_ref().map_or(0, Vec::len) + extra;
        let truncated = found > max_tokens;
        if truncated && overflow == Overflow::Refuse {
            return Err(DataError::TooLong { found, limit: max_tokens });
        }
        if truncated {
            cut(&mut first, second.as_mut(), max_tokens - extra);
        }
        Ok(self.frame(&first, second.as_deref(), truncated))
    }

    /// Puts the special tokens around the texts.
    fn frame(&self, first: &[u32], second: Option<&[u32]>, truncated: bool) -> Encoded {
        let mut ids = vec![self.special.cls];
        ids.extend_from_slice(first);
        ids.push(self.special.sep);
        let mut segments = vec![0; ids.len()];
        if let Some(second) = second {
            ids.extend_from_slice(second);
            ids.push(self.special.sep);
            segments.resize(ids.len(), 1);
        }
        Encoded { ids, segments, truncated }
    }

    pub(super) fn of_inner(mut inner: tokenizers::Tokenizer) -> Result<Self, DataError> {
        // A file may carry the lengths its writer once used; ours come with every call.
        inner.with_padding(None).with_truncation(None).map_err(library)?;
        let id = |token: &str| {
            inner.token_to_id(token).ok_or_else(|| {
                DataError::Tokenization(format!(
                    "no {token} in the vocabulary; use a BERT tokenizer"
                ))
            })
        };
        let special = SpecialIds {
            pad: id("[PAD]")?,
            unk: id("[UNK]")?,
            cls: id("[CLS]")?,
            sep: id("[SEP]")?,
            mask: id("[MASK]")?,
        };
        let largest = inner.get_vocab(true).into_values().max().unwrap_or(0);
        Ok(Self { inner, special, vocabulary: largest as usize + 1 })
    }
}

/// Cuts to `room` tokens in all. Of a pair the longer text is cut to the length of the shorter,
/// then both to half; an odd token goes to the text that was longer (to the second when equal).
fn cut(first: &mut Vec<u32>, second: Option<&mut Vec<u32>>, room: usize) {
    let Some(second) = second else { return first.truncate(room) };
    let (short, long) = if first.len() > second.len() { (second, first) } else { (first, second) };
    if short.len() <= room / 2 {
        long.truncate(room - short.len());
    } else {
        short.truncate(room / 2);
        long.truncate(room - room / 2);
    }
}

/// The library's errors are boxed; their text is all there is.
pub(super) fn library(error: tokenizers::Error) -> DataError {
    DataError::Tokenization(error.to_string())
}
