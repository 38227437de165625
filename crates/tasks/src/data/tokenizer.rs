//! Texts to token ids, as BERT does it.

use super::vocabulary::{BasicTokenisation, assemble, load_vocabulary, train};
use super::{DataError, Overwrite, write_atomically};
use std::fs;
use std::path::Path;

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
    inner: tokenizers::Tokenizer,
    special: SpecialIds,
    vocabulary: usize,
}

impl Tokenizer {
    /// Reads `tokenizer.json`, or else `vocab.txt` with BERT's basic tokenisation: lower case and
    /// without accents, unless a `tokenizer_config.json` beside it says otherwise.
    ///
    /// # Errors
    /// Neither file, a damaged one, or a special token missing.
    pub fn from_folder(folder: &Path) -> Result<Self, DataError> {
        let json = folder.join("tokenizer.json");
        if json.exists() {
            let bytes = read(&json)?;
            return Self::from_json(&bytes).map_err(|error| in_file(&json, error));
        }
        let list = folder.join("vocab.txt");
        if list.exists() {
            let tokens = load_vocabulary(&list)?;
            let basic = BasicTokenisation::of_folder(folder)?;
            return Self::of_tokens(&tokens, basic).map_err(|error| in_file(&list, error));
        }
        let problem = "neither tokenizer.json nor vocab.txt is here; copy one from the model";
        Err(DataError::Tokenizer { path: folder.into(), problem: problem.into() })
    }

    /// Reads the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    /// Not such a file, or a special token missing.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DataError> {
        let text = std::str::from_utf8(bytes).map_err(|error| library(error.into()))?;
        // Not `from_bytes`: that is generic, so all of the library's reading would be compiled here once more.
        Self::of_inner(text.parse().map_err(library)?)
    }

    /// The bytes of a `tokenizer.json`; the same tokenizer always gives the same bytes.
    ///
    /// # Errors
    /// The library cannot write it.
    pub fn to_json(&self) -> Result<Vec<u8>, DataError> {
        self.inner.to_string(false).map(String::into_bytes).map_err(library)
    }

    /// Trains a lower-case WordPiece vocabulary of at most `vocab_size` tokens.
    ///
    /// Characters are those most frequent in the texts; longer pieces come from merging the most
    /// frequent neighbours, words at least twice in the texts counted. The same texts in any order
    /// give the same vocabulary. `progress` is told the number of texts read so far.
    ///
    /// # Errors
    /// A `vocab_size` with no room for the characters, or no text.
    pub fn train_wordpiece<S: AsRef<str> + Send + Sync>(
        texts: impl Iterator<Item = S>,
        vocab_size: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DataError> {
        let tokens = train(texts, vocab_size, progress)?;
        Self::of_tokens(&tokens, BasicTokenisation::uncased())
    }

    /// Writes `tokenizer.json` and `vocab.txt` into a folder, which is made when missing.
    ///
    /// # Errors
    /// Under [`Overwrite::No`] when either is there already, or the file system refuses.
    pub fn save(&self, folder: &Path, overwrite: Overwrite) -> Result<(), DataError> {
        let files = [
            (folder.join("tokenizer.json"), self.to_json()?),
            (folder.join("vocab.txt"), self.vocabulary_list()?.into_bytes()),
        ];
        for (path, _) in &files {
            if overwrite == Overwrite::No && path.exists() {
                return Err(DataError::Exists { path: path.clone() });
            }
        }
        let failed = |path: &Path, source| DataError::Write { path: path.into(), source };
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        for (path, bytes) in &files {
            write_atomically(path, bytes).map_err(|source| failed(path, source))?;
        }
        Ok(())
    }

    /// The text of a `tokenizer_config.json`, by which `transformers` cleans texts as this tokenizer does; none
    /// where that is not BERT's way, and `tokenizer.json` alone says it.
    pub fn config_json(&self, max_tokens: usize) -> Option<String> {
        let mut config = serde_json::json!(BasicTokenisation::of_tokenizer(&self.inner)?);
        config["tokenizer_class"] = "BertTokenizer".into();
        config["model_max_length"] = max_tokens.into();
        // The alternate form is indented.
        Some(format!("{config:#}\n"))
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

    fn of_tokens(tokens: &[String], basic: BasicTokenisation) -> Result<Self, DataError> {
        Self::of_inner(assemble(tokens, basic)?)
    }

    fn of_inner(mut inner: tokenizers::Tokenizer) -> Result<Self, DataError> {
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

    /// The lines of `vocab.txt`.
    fn vocabulary_list(&self) -> Result<String, DataError> {
        let mut list = String::new();
        for id in 0..self.vocabulary as u32 {
            let token = self.token(id).filter(|token| !token.contains('\n')).ok_or_else(|| {
                DataError::Tokenization(format!("id {id} has no token that vocab.txt could hold"))
            })?;
            list.push_str(&token);
            list.push('\n');
        }
        Ok(list)
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

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })
}

/// The library's errors are boxed; their text is all there is.
pub(super) fn library(error: tokenizers::Error) -> DataError {
    DataError::Tokenization(error.to_string())
}

fn in_file(path: &Path, error: DataError) -> DataError {
    let problem = match error {
        DataError::Tokenization(problem) => problem,
        other => return other,
    };
    DataError::Tokenizer { path: path.into(), problem }
}
