//! Labelled texts from TSV, CSV and JSON-lines files.

use super::DataError;
use super::source::{format_extension, lines, read_text};
use std::path::{Path, PathBuf};

/// The columns to take, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
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
    /// both need a header. JSON lines hold one object each, whose values are texts, numbers or
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

/// Where the wanted columns stand in a header.
struct Places {
    text: usize,
    pair: Option<usize>,
    label: Option<usize>,
    fields: usize,
}

impl Places {
    fn find(path: &Path, header: &[&str], columns: &Columns) -> Result<Self, DataError> {
        let place = |name: &String| {
            let found = header.iter().position(|existing| existing == name);
            found.ok_or_else(|| missing_column(path, 1, name, header))
        };
        Ok(Self {
            text: place(&columns.text)?,
            pair: columns.pair.as_ref().map(place).transpose()?,
            label: columns.label.as_ref().map(place).transpose()?,
            fields: header.len(),
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

fn missing_column(path: &Path, line: usize, column: &str, existing: &[&str]) -> DataError {
    let existing = existing.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
    DataError::MissingColumn {
        path: path.into(),
        line,
        column: column.into(),
        existing: existing.join(", "),
    }
}

fn tsv(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
    let mut lines = lines(text).filter(|(_, line)| !line.is_empty());
    let Some((_, header)) = lines.next() else { return Ok(Vec::new()) };
    let places = Places::find(path, &header.split('\t').collect::<Vec<_>>(), columns)?;
    lines.map(|(at, line)| places.row(path, at, &line.split('\t').collect::<Vec<_>>())).collect()
}

fn csv(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| csv_error(path, &error))?.clone();
    if header.is_empty() {
        return Ok(Vec::new());
    }
    let places = Places::find(path, &header.iter().collect::<Vec<_>>(), columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(path, &error))?;
        let line = record.position().map_or(0, |at| at.line() as usize);
        rows.push(places.row(path, line, &record.iter().collect::<Vec<_>>())?);
    }
    Ok(rows)
}

fn csv_error(path: &Path, error: &csv::Error) -> DataError {
    let line = error.position().map_or(1, |at| at.line() as usize);
    DataError::Row { path: path.into(), line, problem: error.to_string() }
}

type Object = serde_json::Map<String, serde_json::Value>;

fn jsonl(path: &Path, text: &str, columns: &Columns) -> Result<Vec<Row>, DataError> {
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
            Err(missing_column(path, line, name, &existing))
        }
    }
}
