//! Files as text: gzip by extension, UTF-8 checked, errors with their line.

use super::DataError;
use flate2::read::MultiGzDecoder;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Reads a text file, one document a line (`.txt` or `.txt.gz`); empty lines are left out.
///
/// # Errors
/// Missing file, other extension, damaged gzip, invalid UTF-8, no document at all.
pub fn read_documents(path: &Path) -> Result<Vec<String>, DataError> {
    if format_extension(path) != "txt" {
        return Err(DataError::Extension { path: path.into(), expected: ".txt" });
    }
    let text = read_text(path)?;
    let documents: Vec<String> =
        lines(&text).map(|(_, l)| l).filter(|l| !l.trim().is_empty()).map(String::from).collect();
    if documents.is_empty() {
        return Err(DataError::Empty { path: path.into() });
    }
    Ok(documents)
}

/// The extension that says the format: that before `.gz`, in lower case.
pub(super) fn format_extension(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_string())
}

/// The whole file, unpacked when it ends in `.gz`, without a byte-order mark.
pub(super) fn read_text(path: &Path) -> Result<String, DataError> {
    let raw = fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })?;
    let bytes = if is_gzip(path) { unpack(path, &raw)? } else { raw };
    let text = String::from_utf8(bytes).map_err(|error| encoding_error(path, &error))?;
    Ok(text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text))
}

/// Lines with their number from 1; a final line end opens no further line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n').enumerate().map(|(at, line)| (at + 1, line.strip_suffix('\r').unwrap_or(line)))
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

fn unpack(path: &Path, raw: &[u8]) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(raw)
        .read_to_end(&mut bytes)
        .map_err(|source| DataError::Gzip { path: path.into(), source })?;
    Ok(bytes)
}

fn encoding_error(path: &Path, error: &std::string::FromUtf8Error) -> DataError {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
    DataError::Encoding { path: path.into(), line }
}
