//! From the user's files to batches of token ids.
//!
//! [`Table`] and [`read_documents`] read files, [`LabelSet`] turns label texts into targets,
//! [`Tokenizer`] turns texts into ids, [`Dataset`] and [`BatchPlan`] make batches for a labelled
//! task, [`Corpus`] and [`MaskedBatches`] make them for masked-language-model pre-training.
//! Everything random is drawn from a generator seeded by (seed, epoch, step), so that a run which
//! is resumed sees the batches that the uninterrupted run would have seen.

mod atomic;
mod batch;
mod corpus;
mod corpus_cache;
mod dataset;
mod error;
mod labels;
mod masking;
mod seeding;
mod source;
mod table;
mod tokenizer;
mod vocabulary;

pub use atomic::Overwrite;
pub(crate) use atomic::write_atomically;
pub use batch::{BatchPlan, BatchSize};
pub use corpus::{Corpus, TextSource};
pub use dataset::{Batch, Dataset};
pub use error::DataError;
pub use labels::{LabelSet, Labels};
pub use masking::{MaskedBatch, MaskedBatches};
pub use source::read_documents;
pub use table::{Columns, Row, Table};
pub use tokenizer::{Encoded, Overflow, SpecialIds, Tokenizer};
