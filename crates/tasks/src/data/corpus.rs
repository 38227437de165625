//! Many documents as one flat list of token ids.

use super::corpus_cache::{cache_key, load, store};
use super::{Columns, DataError, Table, Tokenizer, read_documents};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Where documents come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSource {
    /// A text file of one document a line, or a table.
    pub path: PathBuf,
    /// The column to take from a table; none for a text file.
    pub column: Option<String>,
    /// Whether the table's first line names its columns.
    pub header: bool,
}

/// Token ids, two bytes each where the vocabulary allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ids {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// Tokenised documents, without special tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    pub(super) ids: Ids,
    /// Where each document ends in `ids`.
    pub(super) ends: Vec<u64>,
}

impl TextSource {
    /// The texts.
    ///
    /// # Errors
    /// Those of [`read_documents`] and [`Table::read`].
    pub fn read(&self) -> Result<Vec<String>, DataError> {
        let Some(column) = &self.column else { return read_documents(&self.path) };
        let (header, text) = (self.header, column.clone());
        let columns = Columns { header, text, pair: None, label: None };
        let table = Table::read(&self.path, &columns)?;
        Ok(table.rows.into_iter().map(|row| row.text).collect())
    }
}

impl Corpus {
    /// Tokenises all documents of the sources, or takes the ids from an earlier start.
    ///
    /// The cache is a file in `cache` named after a hash of the tokenizer and of the sources'
    /// bytes, so any change of either makes another file. `progress` is told the number of
    /// documents tokenised so far; it is not called when the cache serves.
    ///
    /// # Errors
    /// Those of reading, tokenising and writing; a damaged cache file.
    pub fn open(
        sources: &[TextSource],
        tokenizer: &Tokenizer,
        cache: Option<&Path>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DataError> {
        let Some(folder) = cache else { return Self::read(sources, tokenizer, progress) };
        let key = cache_key(sources, tokenizer)?;
        let path = folder.join(format!("corpus-{key:016x}.ids"));
        if path.exists() {
            return load(&path, key);
        }
        let corpus = Self::read(sources, tokenizer, progress)?;
        store(&corpus, &path, key)?;
        Ok(corpus)
    }

    /// Tokenises texts in parallel, in their order.
    ///
    /// # Errors
    /// The tokenizer fails on a text.
    pub fn encode<S: AsRef<str> + Sync>(
        texts: &[S],
        tokenizer: &Tokenizer,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DataError> {
        let mut corpus = Self::empty(tokenizer);
        for some in texts.chunks(ENCODED_AT_ONCE) {
            let encode = |text: &S| tokenizer.ids(text.as_ref());
            let encoded = some.par_iter().map(encode).collect::<Result<Vec<_>, _>>()?;
            encoded.iter().for_each(|ids| corpus.push(ids));
            progress(corpus.documents());
        }
        Ok(corpus)
    }

    /// Splits off `count` documents spread evenly over all, at most every second one: first the rest, then these.
    pub fn hold_back(&self, count: usize) -> [Self; 2] {
        let every = self.documents().checked_div(count).map_or(usize::MAX, |every| every.max(2));
        let mut parts = [self.like(), self.like()];
        for at in 0..self.documents() {
            let held = at % every == every - 1 && parts[1].documents() < count;
            parts[usize::from(held)].push(&self.document(at));
        }
        parts
    }

    /// Number of documents.
    pub fn documents(&self) -> usize {
        self.ends.len()
    }

    /// Number of tokens of all documents.
    pub fn tokens(&self) -> usize {
        match &self.ids {
            Ids::Narrow(ids) => ids.len(),
            Ids::Wide(ids) => ids.len(),
        }
    }

    /// The ids of one document.
    pub fn document(&self, at: usize) -> Vec<u32> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        (start..self.ends[at] as usize).map(|place| self.id(place)).collect()
    }

    pub(super) fn id(&self, place: usize) -> u32 {
        match &self.ids {
            Ids::Narrow(ids) => u32::from(ids[place]),
            Ids::Wide(ids) => ids[place],
        }
    }

    fn read(
        sources: &[TextSource],
        tokenizer: &Tokenizer,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DataError> {
        let texts = sources.iter().map(TextSource::read).collect::<Result<Vec<_>, _>>()?.concat();
        Self::encode(&texts, tokenizer, progress)
    }

    fn empty(tokenizer: &Tokenizer) -> Self {
        let narrow = tokenizer.vocab_size() <= 1 << 16;
        let ids = if narrow { Ids::Narrow(Vec::new()) } else { Ids::Wide(Vec::new()) };
        Self { ids, ends: Vec::new() }
    }

    /// An empty corpus of the same words.
    fn like(&self) -> Self {
        let ids = match self.ids {
            Ids::Narrow(_) => Ids::Narrow(Vec::new()),
            Ids::Wide(_) => Ids::Wide(Vec::new()),
        };
        Self { ids, ends: Vec::new() }
    }

    fn push(&mut self, document: &[u32]) {
        match &mut self.ids {
            // Every id is below the vocabulary's size, which chose this width.
            Ids::Narrow(ids) => ids.extend(document.iter().map(|&id| id as u16)),
            Ids::Wide(ids) => ids.extend_from_slice(document),
        }
        self.ends.push(self.tokens() as u64);
    }
}

/// Documents tokenised between two reports of progress.
const ENCODED_AT_ONCE: usize = 2048;
