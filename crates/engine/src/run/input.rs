//! Does an input suit a program?

use noctule_program::{
    interpret::InputError,
    parts::{Input, Source},
};

use crate::prepare::Model;

/// The number of tokens of `input`, where it suits the program.
pub(crate) fn tokens(model: &Model, input: &Input) -> Result<usize, InputError> {
    let most = model.max_tokens;
    match (&model.embed.source, input) {
        (Source::Text { token, segment, .. }, Input::Text { ids, segments }) => {
            if !(1..=most).contains(&ids.len()) {
                return Err(InputError::Tokens { given: ids.len(), most });
            }
            check_ids("ids", ids.iter().copied(), token.rows)?;
            if !segments.is_empty() {
                check_count("segments", segments.len(), ids.len())?;
            }
            let rows = segment.as_ref().map_or(1, |table| table.rows);
            check_ids("segments", segments.iter().map(|&s| u32::from(s)), rows)?;
            Ok(ids.len())
        }
        (Source::Channel { magnitudes: wanted, .. }, Input::Channel { magnitudes, syndrome }) => {
            check_count("magnitudes", magnitudes.len(), *wanted)?;
            check_count("syndrome", syndrome.len(), most - wanted)?;
            Ok(most)
        }
        (Source::Patches { pixels: patch, .. }, Input::Patches { pixels }) => {
            check_count("pixels", pixels.len(), (most - 1) * patch)?;
            Ok(most)
        }
        (source, input) => Err(InputError::Kind { wanted: source.kind(), given: input.kind() }),
    }
}

fn check_count(field: &'static str, given: usize, wanted: usize) -> Result<(), InputError> {
    if given == wanted { Ok(()) } else { Err(InputError::Count { field, given, wanted }) }
}

fn check_ids(
    field: &'static str,
    ids: impl Iterator<Item = u32>,
    rows: usize,
) -> Result<(), InputError> {
    let largest = rows as u32 - 1;
    match ids.enumerate().find(|&(_, id)| id > largest) {
        Some((index, given)) => Err(InputError::Id { field, index, given, largest }),
        None => Ok(()),
    }
}
