//! Labelled texts from TSV, CSV and JSON-lines files.

use super::DataError;
use super::source::{format_extension, lines, read_text};
use std::path::{Path, PathBuf};

/// The columns to take: by name, or by number from 1 where no line names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Whether the first line of a TSV or CSV file names the columns.
    pub header: bool,
    /// The text, or the first of a pair.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// The label.
    pub label: Option<String>,
}

/// One example as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it starts in the file, counted from 1; errors name it.
    pub line: usize,
    /// The text, or the first of a pair.
    pub text: String,
    /// The second text of a pair, present when the column was asked for.
    pub pair: Option<String>,
    /// The label as written, present when the column was asked for.
    pub label: Option<String>,
}

/// The rows of one file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The file; errors name it.
    pub path: PathBuf,
    /// Its rows, in the order of the file.
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads `.tsv`, `.csv` or `.jsonl`, each also with `.gz`.
    ///
    /// TSV is split at tabs without any quoting (as the GLUE files want it), CSV follows RFC 4180,
    /// both begin with a header unless `columns` says that there is none. JSON lines hold one object each, whose values are texts, numbers or
    /// truth values. Empty lines are left out.
    ///
    /// # Errors
    /// One line which names file, line, column and remedy: missing file, other extension, damaged
    /// gzip, invalid UTF-8, missing column, ragged row, no row at all.
    pub fn read(path: &Path, columns: &Columns) -> Result<Self, DataError> {
        let parse = match format_extension(path).as_str() {
            "tsv" => tsv,
            "csv" => csv,
            "jsonl" => jsonl,
            _ => {
                let expected = ".tsv, .csv or .jsonl";
                return Err(DataError::Extension { path: path.into(), expected });
            }
        };
        let rows = parse(path, &read_text(path)?, columns)?;
        if rows.is_empty() {
            return Err(DataError::Empty { path: path.into() });
        }
        Ok(Self { path: path.into(), rows })
    }
}

/// Where the wanted columns stand in a row.
struct Places {
    text: usize,
    pair: Option<usize>,
    label: Option<usize>,
    fields: usize,
}

impl Places {
    /// `first` are the fields of the first line, be it a header or data.
    fn find(path: &Path, first: &[&str], columns: &Columns) -> Result<Self, DataError> {
        let place = |column: &String| {
            let found = match columns.header {
                true => first.iter().position(|existing| existing == column),
                false => numbered(column, first.len()),
            };
            let remedy = if columns.header { NAME_OR_NUMBER } else { "give a number from 1" };
            found.ok_or_else(|| missing_column(path, 1, column, first, remedy))
        };
        Ok(Self {
            text: place(&columns.text)?,
            pair: columns.pair.as_ref().map(place).transpose()?,
            label: columns.label.as_ref().map(place).transpose()?,
            fields: first.len(),
        })
    }

    fn row(&self, path: &Path, line: usize, fields: &[&str]) -> Result<Row, DataError> {
        if fields.len() != self.fields {
            let (found, expected) = (fields.len(), self.fields);
            return Err(DataError::Ragged { path: path.into(), line, found, expected });
        }
        let field = |at: usize| fields[at].to_string();
        Ok(Row {
            line,
            text: field(self.text),
            pair: self.pair.map(field),
            label: self.label.map(field),
        })
    }
}

/// What to do about a header without the column: it may be none.
const NAME_OR_NUMBER: &str = "name one of these; or if this line is data and no header, \
    say so (--no-header, in a recipe header = false) and give columns by number from 1";

/// The place of a column that is given by its number from 1.
fn numbered(column: &str, fields: usize) -> Option<usize> {
    let number: usize = column.parse().ok()?;
    number.checked_sub(1).filter(|&at| at < fields)
}

/// Characters of a column's name that an error shows: without a header it is data of any length.
const SHOWN: usize = 24;

fn missing_column(
    path: &Path,
    line: usize,
    column: &str,
    existing: &[&str],
    remedy: &'static str,
) -> DataError {
    let shown = |name: &&str| match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("\"{}...\"", &name[..end]),
        None => format!("\"{name}\""),
    };
    let existing = existing.iter().map(shown).collect::<Vec<_>>().join(", ");
    DataError::MissingColumn { path: path.into(), line, column: column.into(), existing, remedy }
}

fn tsv(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
    let mut lines = lines(text).filter(|(_, line)| !line.is_empty()).peekable();
    let Some((_, first)) = lines.peek() else { return Ok(Vec::new()) };
    let places = Places::find(path, &first.split('\t').collect::<Vec<_>>(), columns)?;
    let data = lines.skip(usize::from(columns.header));
    data.map(|(at, line)| places.row(path, at, &line.split('\t').collect::<Vec<_>>())).collect()
}

fn csv(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(columns.header)
        .from_reader(text.as_bytes());
    // Without headers this is the first record, which is read again below.
    let first = reader.headers().map_err(|error| csv_error(path, &error))?.clone();
    if first.is_empty() {
        return Ok(Vec::new());
    }
    let places = Places::find(path, &first.iter().collect::<Vec<_>>(), columns)?;
    let mut rows = Vec::new();
    let (mut counted, mut line) = (0, 1);
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(path, &error))?;
        let start = record_start(text, record.position().map_or(0, |at| at.byte() as usize));
        line += text.as_bytes()[counted..start].iter().filter(|&&byte| byte == b'\n').count();
        counted = start;
        rows.push(places.row(path, line, &record.iter().collect::<Vec<_>>())?);
    }
    Ok(rows)
}

/// Where a record's text starts: the crate's position (and its line number) may lie before the
/// second half of a `\r\n`, or before empty lines.
fn record_start(text: &str, position: usize) -> usize {
    let ends = text.as_bytes()[position..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position + ends.count()
}

fn csv_error(path: &Path, error: &csv::Error) -> DataError {
    let line = error.position().map_or(1, |at| at.line() as usize);
    DataError::Row { path: path.into(), line, problem: error.to_string() }
}

type Object = serde_json::Map<String, serde_json::Value>;

fn jsonl(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
    if !columns.header {
        return Err(DataError::NoHeader { path: path.into() });
    }
    let filled = lines(text).filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(at, line)| json_row(path, at, line, columns)).collect()
}

fn json_row(path: &Path, line: usize, text: &str, columns: &Columns) -> Result<Row, DataError> {
    let object: Object = serde_json::from_str(text).map_err(|error| DataError::Row {
        path: path.into(),
        line,
        problem: format!("not a JSON object ({error})"),
    })?;
    let value = |name: &String| json_value(path, line, &object, name);
    Ok(Row {
        line,
        text: value(&columns.text)?,
        pair: columns.pair.as_ref().map(value).transpose()?,
        label: columns.label.as_ref().map(value).transpose()?,
    })
}

fn json_value(path: &Path, line: usize, object: &Object, name: &str) -> Result<String, DataError> {
    use serde_json::Value;
    match object.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        Some(_) => Err(DataError::Row {
            path: path.into(),
            line,
            problem: format!("\"{name}\" is neither text nor number nor truth value"),
        }),
        None => {
            let existing = object.keys().map(String::as_str).collect::<Vec<_>>();
            Err(missing_column(path, line, name, &existing, "name one of these"))
        }
    }
}
