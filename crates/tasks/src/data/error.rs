//! What can be wrong with the user's data, in one line each.

use std::io;
use std::path::PathBuf;

/// An error of reading, tokenising or batching data.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("{path}: cannot be read: {source}; check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("{path}: cannot be written: {source}; check the folder, its permissions and space")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something is already there.
    #[error("{path}: exists already; choose another folder, or --force to replace it")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A `.gz` file that ends too early or is not gzip.
    #[error("{path}: the gzip data is cut short or damaged ({source}); fetch the file again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: io::Error,
    },
    /// Bytes that are not UTF-8.
    #[error("{path}: line {line}: not valid UTF-8; convert the file to UTF-8")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
    },
    /// The file name says nothing we can read.
    #[error("{path}: unknown kind of file; name it {expected}, or the same with .gz")]
    Extension {
        /// The file.
        path: PathBuf,
        /// The extensions that are read.
        expected: &'static str,
    },
    /// Nothing to read.
    #[error(
        "{path}: holds no data; expected a header line and at least one row, or for text at least one line"
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A column that was asked for is not there.
    #[error("{path}: line {line}: no column \"{column}\"; it has: {existing}; {remedy}")]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// Line of the header (or of the JSON object), counted from 1.
        line: usize,
        /// The column asked for.
        column: String,
        /// The columns that exist.
        existing: String,
        /// What to do.
        remedy: &'static str,
    },
    /// JSON lines have no header to be without.
    #[error(
        "{path}: every line of a .jsonl file names its fields; name the columns, without --no-header (header = false)"
    )]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// A row with more or fewer fields than the first line.
    #[error(
        "{path}: line {line}: {found} fields where the first line has {expected}; mend or remove the row (tabs or quotes inside a field?)"
    )]
    Ragged {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Fields in the row.
        found: usize,
        /// Fields in the first line.
        expected: usize,
    },
    /// A row that cannot be parsed at all.
    #[error("{path}: line {line}: {problem}; mend the row")]
    Row {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The table was read without a label column, or a row has none.
    #[error("{path}: line {line}: no label; name the label column")]
    MissingLabel {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
    },
    /// A label that the model does not know.
    #[error("{path}: line {line}: unknown label \"{label}\"; known are: {known}")]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The label.
        label: String,
        /// The labels of the model.
        known: String,
    },
    /// A regression target that is not a finite number.
    #[error(
        "{path}: line {line}: label \"{label}\" is not a finite number; regression needs numbers"
    )]
    Score {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The label.
        label: String,
    },
    /// Label names that cannot be a set of classes.
    #[error(
        "{path}: labels: {problem}; classification needs at least two distinct, non-empty names"
    )]
    LabelNames {
        /// Where the names come from: a table, or what holds the model.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A tokenizer file that cannot be used.
    #[error("{path}: {problem}")]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong and the remedy.
        problem: String,
    },
    /// A text with more tokens than the model takes.
    #[error(
        "the text gives {found} tokens, the model takes {limit}; shorten it, or cut it (run, eval, lower, compress: --truncate)"
    )]
    TooLong {
        /// Tokens, special ones included.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// As [`DataError::TooLong`], with the place.
    #[error(
        "{path}: line {line}: gives {found} tokens, the model takes {limit}; shorten it, or cut it (run, eval, lower, compress: --truncate)"
    )]
    RowTooLong {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Tokens, special ones included.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A setting that cannot work.
    #[error("{name} = {value}: {remedy}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// The tokenizer library failed on a text or a vocabulary.
    #[error("tokenizer: {0}")]
    Tokenization(String),
    /// A cache file that is damaged.
    #[error(
        "{path}: the cached token ids are damaged ({problem}); delete the file, it will be made again"
    )]
    Cache {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
}
