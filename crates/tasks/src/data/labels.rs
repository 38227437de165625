//! Label texts to training targets.

use std::path::Path;

use super::{DataError, Row, Table};

/// What a task predicts: one of several named classes, or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelSet {
    /// Classification; the place of a name is its class number.
    Classes(Vec<String>),
    /// Regression to one finite number.
    Score,
}

/// The targets of a data set, one per example.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// Class numbers.
    Classes(Vec<u32>),
    /// Finite numbers.
    Scores(Vec<f32>),
}

impl LabelSet {
    /// The distinct labels of a table, sorted as texts.
    ///
    /// # Errors
    /// A row without a label, or fewer than two distinct labels.
    pub fn of_table(table: &Table) -> Result<Self, DataError> {
        let mut names = table
            .rows
            .iter()
            .map(|row| label(table, row).map(String::from))
            .collect::<Result<Vec<_>, _>>()?;
        names.sort();
        names.dedup();
        Self::of_names(&table.path, names)
    }

    /// Classes given by the model of `path`, in its order.
    ///
    /// # Errors
    /// Fewer than two names, an empty name, or a name twice.
    pub fn of_names(path: &Path, names: Vec<String>) -> Result<Self, DataError> {
        let refuse = |problem: String| Err(DataError::LabelNames { path: path.into(), problem });
        if names.len() < 2 {
            return refuse(format!("found {names:?} only"));
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() {
                return refuse(format!("the name of class {at} is empty"));
            }
            if names[..at].contains(name) {
                return refuse(format!("\"{name}\" occurs twice"));
            }
        }
        Ok(Self::Classes(names))
    }

    /// Number of outputs of a network for this task: classes, or 1.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes(names) => names.len(),
            Self::Score => 1,
        }
    }

    /// The targets of every row.
    ///
    /// # Errors
    /// A row without a label, with an unknown one, or (regression) with no finite number.
    pub fn encode(&self, table: &Table) -> Result<Labels, DataError> {
        let rows = table.rows.iter();
        match self {
            Self::Classes(names) => Ok(Labels::Classes(
                rows.map(|row| class(names, table, row)).collect::<Result<_, _>>()?,
            )),
            Self::Score => {
                Ok(Labels::Scores(rows.map(|row| score(table, row)).collect::<Result<_, _>>()?))
            }
        }
    }
}

impl Labels {
    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Scores(scores) => scores.len(),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets of the examples at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Self {
        match self {
            Self::Classes(classes) => {
                Self::Classes(indices.iter().map(|&at| classes[at]).collect())
            }
            Self::Scores(scores) => Self::Scores(indices.iter().map(|&at| scores[at]).collect()),
        }
    }
}

fn label<'a>(table: &Table, row: &'a Row) -> Result<&'a str, DataError> {
    row.label
        .as_deref()
        .ok_or_else(|| DataError::MissingLabel { path: table.path.clone(), line: row.line })
}

fn class(names: &[String], table: &Table, row: &Row) -> Result<u32, DataError> {
    let label = label(table, row)?;
    let found = names.iter().position(|name| name == label);
    found.map(|at| at as u32).ok_or_else(|| DataError::UnknownLabel {
        path: table.path.clone(),
        line: row.line,
        label: label.into(),
        known: names.join(", "),
    })
}

fn score(table: &Table, row: &Row) -> Result<f32, DataError> {
    let label = label(table, row)?;
    let number = label.trim().parse::<f32>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| DataError::Score {
        path: table.path.clone(),
        line: row.line,
        label: label.into(),
    })
}
