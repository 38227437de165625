//! Reading parity-check matrices from files, which are taken as hostile.

use super::alist::parse_alist;
use super::gf2::BitMatrix;
use std::fmt;
use std::path::Path;
use thiserror::Error;

/// The largest number of bits in a word, and of checks, that a file may describe.
pub const MAX_SIDE: usize = 4096;

/// The largest file read, in bytes; a full matrix of [`MAX_SIDE`] fits twice.
pub const MAX_FILE_BYTES: u64 = 1 << 26;

/// Where in a file something is wrong; lines and fields count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the caller names it.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The field (separated by white space) within the line, if it is one field's fault.
    pub field: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}", self.file, self.line)?;
        self.field.map_or(Ok(()), |field| write!(f, ", field {field}"))
    }
}

/// Why a file is no parity-check matrix.
#[derive(Debug, Error)]
pub enum ParseError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("{file}: {bytes} bytes, more than the {MAX_FILE_BYTES} allowed for a matrix")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// The file's name says neither format.
    #[error("{file}: unknown kind of matrix; name it .alist, or .txt for rows of 0 and 1")]
    UnknownKind {
        /// The file.
        file: String,
    },
    /// The matrix has no row or no column.
    #[error("{file}: no matrix rows found")]
    Empty {
        /// The file.
        file: String,
    },
    /// A field is not the number expected.
    #[error("{place}: '{text}' is not {expected}")]
    Number {
        /// Where.
        place: Place,
        /// The text found (cut short).
        text: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A number lies outside its range.
    #[error("{place}: {what} is {value}, outside {low}..={high}")]
    Range {
        /// Where.
        place: Place,
        /// What the number is.
        what: &'static str,
        /// The number.
        value: usize,
        /// Smallest value allowed.
        low: usize,
        /// Largest value allowed.
        high: usize,
    },
    /// A line has too many or too few fields.
    #[error("{place}: {found} fields where {expected} are due ({what})")]
    FieldCount {
        /// Where.
        place: Place,
        /// What the line holds.
        what: &'static str,
        /// Fields found.
        found: usize,
        /// Fields due.
        expected: usize,
    },
    /// The file ends early.
    #[error("{place}: the file ends where {what} should stand")]
    MissingLine {
        /// Where.
        place: Place,
        /// What is missing.
        what: &'static str,
    },
    /// Something follows the end of the matrix.
    #[error("{place}: text after the end of the matrix")]
    TrailingText {
        /// Where.
        place: Place,
    },
    /// A list names an index twice.
    #[error("{place}: index {index} appears twice in one list")]
    Duplicate {
        /// Where.
        place: Place,
        /// The index, from 1.
        index: usize,
    },
    /// The lists of columns and of rows describe two different matrices.
    #[error("{place}: row {row} and column {column} disagree about their common entry")]
    Contradiction {
        /// Where the row's list stands.
        place: Place,
        /// The row, from 1.
        row: usize,
        /// The column, from 1.
        column: usize,
    },
}

/// Reads a parity-check matrix: `.alist`, or `.txt` with one row of `0` and `1` per line.
///
/// # Errors
/// Naming the file, and where it applies the line and the field.
pub fn read_parity(path: &Path) -> Result<BitMatrix, ParseError> {
    let file = path.display().to_string();
    match path.extension().and_then(|e| e.to_str()) {
        Some("alist") => parse_alist(&read_capped(path, &file)?, &file),
        Some("txt") => parse_dense(&read_capped(path, &file)?, &file),
        _ => Err(ParseError::UnknownKind { file }),
    }
}

fn read_capped(path: &Path, file: &str) -> Result<String, ParseError> {
    let io = |source| ParseError::Io { file: file.to_owned(), source };
    let bytes = std::fs::metadata(path).map_err(io)?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(ParseError::TooLarge { file: file.to_owned(), bytes });
    }
    std::fs::read_to_string(path).map_err(io)
}

/// Parses rows of `0` and `1`, separated by white space; blank lines are skipped. `file` only
/// names the text in errors.
///
/// # Errors
/// For ragged rows, other fields, and matrices that are empty or larger than [`MAX_SIDE`].
pub fn parse_dense(text: &str, file: &str) -> Result<BitMatrix, ParseError> {
    let mut supports = Vec::new();
    let mut cols = 0;
    for (index, line) in text.lines().enumerate() {
        let place = Place { file: file.to_owned(), line: index + 1, field: None };
        let (width, support) = dense_row(line, &place)?;
        if width == 0 {
            continue;
        }
        if supports.is_empty() {
            cols = width;
        }
        check_count(&place, "bits of a row", width, cols)?;
        supports.push(support);
        check_range(&place, "the number of rows", supports.len(), 1, MAX_SIDE)?;
    }
    if supports.is_empty() {
        return Err(ParseError::Empty { file: file.to_owned() });
    }
    Ok(BitMatrix::from_supports(cols, &supports))
}

/// The number of fields of a line and the positions of its ones.
fn dense_row(line: &str, place: &Place) -> Result<(usize, Vec<usize>), ParseError> {
    let (mut width, mut support) = (0, Vec::new());
    for field in line.split_whitespace() {
        match field {
            "0" => {}
            "1" => support.push(width),
            _ => return Err(number_error(place, width, field, "a bit (0 or 1)")),
        }
        width += 1;
        check_range(place, "the number of columns", width, 1, MAX_SIDE)?;
    }
    Ok((width, support))
}

pub(super) fn number_error(
    place: &Place,
    index: usize,
    text: &str,
    expected: &'static str,
) -> ParseError {
    let place = Place { field: Some(index + 1), ..place.clone() };
    ParseError::Number { place, text: text.chars().take(20).collect(), expected }
}

pub(super) fn check_count(
    place: &Place,
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), ParseError> {
    if found == expected {
        return Ok(());
    }
    Err(ParseError::FieldCount { place: place.clone(), what, found, expected })
}

pub(super) fn check_range(
    place: &Place,
    what: &'static str,
    value: usize,
    low: usize,
    high: usize,
) -> Result<(), ParseError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ParseError::Range { place: place.clone(), what, value, low, high })
}
