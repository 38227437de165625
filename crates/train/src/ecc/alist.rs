//! The `.alist` format of sparse matrices (MacKay).
//!
//! Lines: `n m` (columns, rows); the largest column and row weight; the `n` column weights; the
//! `m` row weights; for each column the rows of its ones, counted from 1; for each row the columns
//! of its ones. A list may be filled up with zeros to the largest weight.

use super::gf2::BitMatrix;
use super::parse::{MAX_SIDE, ParseError, Place, check_count, check_range, number_error};
use std::fmt::Write as _;

/// Parses the text of an `.alist` file into its `m x n` matrix. `file` only names it in errors.
///
/// # Errors
/// For every deviation from the format, with line and field; also if the lists of the columns and
/// of the rows contradict one another.
pub fn parse_alist(text: &str, file: &str) -> Result<BitMatrix, ParseError> {
    let mut reader = Reader { file, lines: text.lines(), line: 0 };
    let sizes = reader.numbers("the size 'columns rows'", 2, 1, MAX_SIDE)?;
    let (n, m) = (sizes[0], sizes[1]);
    let largest = reader.numbers("the largest weights", 2, 0, n.max(m))?;
    let column_weights = reader.weights("column weights", n, largest[0], m)?;
    let row_weights = reader.weights("row weights", m, largest[1], n)?;
    let columns = reader.lists("the rows of a column", &column_weights, largest[0], m)?;
    let first_row_line = reader.line + 1;
    let rows = reader.lists("the columns of a row", &row_weights, largest[1], n)?;
    reader.finish()?;
    let matrix = BitMatrix::from_supports(n, &rows);
    match first_difference(&matrix, &BitMatrix::from_supports(m, &columns)) {
        None => Ok(matrix),
        Some((row, column)) => Err(ParseError::Contradiction {
            place: Place { file: file.to_owned(), line: first_row_line + row, field: None },
            row: row + 1,
            column: column + 1,
        }),
    }
}

/// The `.alist` text of a matrix; lists are filled up with zeros to the largest weight.
pub fn write_alist(matrix: &BitMatrix) -> String {
    let columns = matrix.transpose();
    let (widest_column, widest_row) = (largest_weight(&columns), largest_weight(matrix));
    let mut text = format!("{} {}\n", matrix.cols(), matrix.rows());
    push_line(&mut text, [widest_column, widest_row]);
    push_line(&mut text, (0..columns.rows()).map(|j| columns.support(j).len()));
    push_line(&mut text, (0..matrix.rows()).map(|i| matrix.support(i).len()));
    push_lists(&mut text, &columns, widest_column);
    push_lists(&mut text, matrix, widest_row);
    text
}

struct Reader<'a> {
    file: &'a str,
    lines: std::str::Lines<'a>,
    line: usize,
}

impl<'a> Reader<'a> {
    fn place(&self) -> Place {
        Place { file: self.file.to_owned(), line: self.line, field: None }
    }

    fn next_line(&mut self, what: &'static str) -> Result<&'a str, ParseError> {
        self.line += 1;
        let place = self.place();
        self.lines.next().ok_or(ParseError::MissingLine { place, what })
    }

    /// One line of at most `most` numbers, each in `low..=high`.
    fn numbers_up_to(
        &mut self,
        what: &'static str,
        most: usize,
        low: usize,
        high: usize,
    ) -> Result<Vec<usize>, ParseError> {
        let line = self.next_line(what)?;
        let place = self.place();
        let mut numbers = Vec::new();
        for (i, field) in line.split_whitespace().enumerate() {
            let number = field.parse().map_err(|_| number_error(&place, i, field, "a number"))?;
            let at = Place { field: Some(i + 1), ..place.clone() };
            check_range(&at, what, number, low, high)?;
            numbers.push(number);
            if numbers.len() > most {
                check_count(&place, what, line.split_whitespace().count(), most)?;
            }
        }
        Ok(numbers)
    }

    fn numbers(
        &mut self,
        what: &'static str,
        count: usize,
        low: usize,
        high: usize,
    ) -> Result<Vec<usize>, ParseError> {
        let numbers = self.numbers_up_to(what, count, low, high)?;
        check_count(&self.place(), what, numbers.len(), count)?;
        Ok(numbers)
    }

    /// A line of weights, none above `largest` (from the header) nor above `side`.
    fn weights(
        &mut self,
        what: &'static str,
        count: usize,
        largest: usize,
        side: usize,
    ) -> Result<Vec<usize>, ParseError> {
        self.numbers(what, count, 0, largest.min(side))
    }

    /// One list per weight; indices from 0, at most `side` of them.
    fn lists(
        &mut self,
        what: &'static str,
        weights: &[usize],
        largest: usize,
        side: usize,
    ) -> Result<Vec<Vec<usize>>, ParseError> {
        weights.iter().map(|&weight| self.list(what, weight, largest, side)).collect()
    }

    fn list(
        &mut self,
        what: &'static str,
        weight: usize,
        largest: usize,
        side: usize,
    ) -> Result<Vec<usize>, ParseError> {
        let numbers = self.numbers_up_to(what, largest, 0, side)?;
        let used = numbers.iter().rposition(|&number| number != 0).map_or(0, |last| last + 1);
        check_count(&self.place(), what, used, weight)?;
        self.indices(what, &numbers[..used], side)
    }

    /// Turns indices from 1 into indices from 0; no zero and no repetition is allowed.
    fn indices(
        &self,
        what: &'static str,
        numbers: &[usize],
        side: usize,
    ) -> Result<Vec<usize>, ParseError> {
        let mut seen = vec![false; side + 1];
        for (i, &number) in numbers.iter().enumerate() {
            let place = Place { field: Some(i + 1), ..self.place() };
            check_range(&place, what, number, 1, side)?;
            if std::mem::replace(&mut seen[number], true) {
                return Err(ParseError::Duplicate { place, index: number });
            }
        }
        Ok(numbers.iter().map(|number| number - 1).collect())
    }

    fn finish(mut self) -> Result<(), ParseError> {
        while let Some(line) = self.lines.next() {
            self.line += 1;
            if !line.trim().is_empty() {
                return Err(ParseError::TrailingText { place: self.place() });
            }
        }
        Ok(())
    }
}

/// The first (row, column) at which a matrix and the transpose of `columns` differ.
fn first_difference(matrix: &BitMatrix, columns: &BitMatrix) -> Option<(usize, usize)> {
    let other = columns.transpose();
    (0..matrix.rows())
        .flat_map(|i| (0..matrix.cols()).map(move |j| (i, j)))
        .find(|&(i, j)| matrix.get(i, j) != other.get(i, j))
}

fn largest_weight(matrix: &BitMatrix) -> usize {
    (0..matrix.rows()).map(|i| matrix.support(i).len()).max().unwrap_or(0)
}

fn push_lists(text: &mut String, matrix: &BitMatrix, width: usize) {
    for i in 0..matrix.rows() {
        let indices = matrix.support(i).into_iter().map(|j| j + 1);
        push_line(text, indices.chain(std::iter::repeat(0)).take(width));
    }
}

fn push_line(text: &mut String, numbers: impl IntoIterator<Item = usize>) {
    for (i, number) in numbers.into_iter().enumerate() {
        let space = if i == 0 { "" } else { " " };
        // Writing into a String cannot fail.
        let _ = write!(text, "{space}{number}");
    }
    text.push('\n');
}
