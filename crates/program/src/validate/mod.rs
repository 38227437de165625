//! The one check behind every program: files, lowered networks and generated ones pass it alike.

mod accumulators;
mod checks;
mod embed;
mod field;
mod head;
mod invalid;
mod layer;
pub mod limits;
mod parameters;

pub use invalid::Invalid;

use core::ops::Deref;

use crate::parts::Parts;
use checks::{range, shape, size};
use field::Field;

/// A checked program: shapes agree, values are in range, no accumulator can overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(Parts);

impl Program {
    /// Checks the parts.
    ///
    /// # Errors
    /// Names the first field that is wrong, its value and the limit.
    pub fn new(parts: Parts) -> Result<Self, Invalid> {
        validate(&parts)?;
        Ok(Self(parts))
    }

    /// The parts, to be changed and checked again.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.0
    }
}

impl Deref for Program {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

fn validate(parts: &Parts) -> Result<(), Invalid> {
    size(Field::new("max_tokens"), parts.max_tokens, 1..=limits::TOKENS)?;
    size(Field::new("width"), parts.width, 1..=limits::WIDTH)?;
    range(Field::new("point"), parts.point, 0..=limits::POINT)?;
    parts.embed.validate(Field::new("embed"), parts)?;
    masks(parts)?;
    size(Field::new("layers").dot("len"), parts.layers.len(), 1..=limits::LAYERS)?;
    for (n, layer) in parts.layers.iter().enumerate() {
        layer.validate(Field::new("layers").at(n), parts)?;
    }
    parts.head.validate(Field::new("head"), parts)?;
    extras(parts)
}

fn masks(parts: &Parts) -> Result<(), Invalid> {
    let field = Field::new("masks");
    size(field.dot("len"), parts.masks.len(), 0..=limits::MASKS)?;
    for (n, mask) in parts.masks.iter().enumerate() {
        shape(field.at(n), mask, [parts.max_tokens; 2])?;
    }
    Ok(())
}

fn extras(parts: &Parts) -> Result<(), Invalid> {
    let field = Field::new("extras");
    size(field.dot("len"), parts.extras.len(), 0..=limits::EXTRAS)?;
    for (n, (name, value)) in parts.extras.iter().enumerate() {
        size(field.at(n).dot("name").dot("len"), name.len(), 1..=limits::EXTRA_NAME)?;
        size(field.at(n).dot("len"), value.len(), 0..=limits::EXTRA)?;
    }
    Ok(())
}
