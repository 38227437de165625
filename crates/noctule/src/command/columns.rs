//! The options that say what of a table is what, the same for every command that reads labelled texts.

use std::path::Path;

use noctule_tasks::data::{Columns, Overflow, Table};

use crate::error::Error;

/// How to read labelled texts.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ColumnArgs {
    /// Column of the text: its name, or with --no-header its number from 1
    #[arg(long, default_value = "sentence")]
    text: String,
    /// Column of the second text of a pair
    #[arg(long)]
    pair: Option<String>,
    /// Column of the label
    #[arg(long, default_value = "label")]
    label: String,
    /// The first line of a .tsv or .csv file is data; columns are given by number (CoLA: --text 4 --label 2)
    #[arg(long)]
    no_header: bool,
    /// Cut texts that are too long (and say how many) instead of refusing them
    #[arg(long)]
    truncate: bool,
}

impl ColumnArgs {
    /// The columns of a table.
    pub(super) fn columns(&self) -> Columns {
        Columns {
            header: !self.no_header,
            text: self.text.clone(),
            pair: self.pair.clone(),
            label: Some(self.label.clone()),
        }
    }

    /// Reads a table.
    pub(super) fn table(&self, path: &Path) -> Result<Table, Error> {
        Ok(Table::read(path, &self.columns())?)
    }

    /// What becomes of texts that are too long.
    pub(super) fn overflow(&self) -> Overflow {
        if self.truncate { Overflow::Truncate } else { Overflow::Refuse }
    }
}
