//! A tokenizer's folder: read, trained, written.

use super::tokenizer::library;
use super::vocabulary::{BasicTokenisation, assemble, load_vocabulary, train};
use super::{DataError, Overwrite, Tokenizer, write_atomically};
use std::fs;
use std::path::Path;

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

    fn of_tokens(tokens: &[String], basic: BasicTokenisation) -> Result<Self, DataError> {
        Self::of_inner(assemble(tokens, basic)?)
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

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })
}

fn in_file(path: &Path, error: DataError) -> DataError {
    let problem = match error {
        DataError::Tokenization(problem) => problem,
        other => return other,
    };
    DataError::Tokenizer { path: path.into(), problem }
}
