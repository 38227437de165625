//! Bytes of a program's parts, as stored.

use noctule_program::Program;
use noctule_program::format::Part;
use serde::{Deserialize, Serialize};

/// Bytes of one part of the stored program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSize {
    /// `header`, `embed`, `masks`, `layer 0`, ..., `head` or `extras`.
    pub part: String,
    /// Bytes.
    pub bytes: usize,
}

/// Bytes of each part, in the order of the file.
pub(super) fn part_sizes(program: &Program) -> Vec<PartSize> {
    let size = |(part, bytes)| PartSize { part: name(part), bytes };
    program.part_sizes().into_iter().map(size).collect()
}

fn name(part: Part) -> String {
    match part {
        Part::Header => "header".to_owned(),
        Part::Embed => "embed".to_owned(),
        Part::Masks => "masks".to_owned(),
        Part::Layer(layer) => format!("layer {layer}"),
        Part::Head => "head".to_owned(),
        Part::Extras => "extras".to_owned(),
    }
}
