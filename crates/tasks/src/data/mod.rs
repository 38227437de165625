//! From the user's files to batches of token ids.
//!
//! [`Table`] and [`read_documents`] read files, [`LabelSet`] turns label texts into targets,
//! [`Tokenizer`] turns texts into ids, [`Dataset`] and [`BatchPlan`] make batches for a labelled
//! task, [`Corpus`] and [`MaskedBatches`] make them for masked-language-model pre-training.
//! Everything random is drawn from a generator seeded by (seed, epoch, step), so that a run which
//! is resumed sees the batches that the uninterrupted run would have seen.
//!
//! Batches, corpora and the making of vocabularies are there with the default feature `train`.

mod atomic;
mod error;
mod labels;
mod source;
mod table;
mod tokenizer;

#[cfg(feature = "train")]
mod batch;
#[cfg(feature = "train")]
mod corpus;
#[cfg(feature = "train")]
mod corpus_cache;
#[cfg(feature = "train")]
mod dataset;
#[cfg(feature = "train")]
mod masking;
#[cfg(feature = "train")]
mod seeding;
#[cfg(feature = "train")]
mod tokenizer_folder;
#[cfg(feature = "train")]
mod vocabulary;

pub use atomic::Overwrite;
pub use atomic::write_atomically;
#[cfg(feature = "train")]
pub use batch::{BatchPlan, BatchSize};
#[cfg(feature = "train")]
pub use corpus::{Corpus, TextSource};
#[cfg(feature = "train")]
pub use dataset::{Batch, Dataset};
pub use error::DataError;
pub use labels::{LabelSet, Labels};
#[cfg(feature = "train")]
pub use masking::{MaskedBatch, MaskedBatches};
pub use source::read_documents;
pub use table::{Columns, Row, Table};
pub use tokenizer::{Encoded, Overflow, SpecialIds, Tokenizer};
