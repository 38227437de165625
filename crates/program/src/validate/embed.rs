//! Sources.

use super::{
    Invalid,
    accumulators::prove_rows,
    checks::{count, size},
    field::Field,
    limits,
};
use crate::parts::{Embed, Parts, Source};

impl Embed {
    pub(super) fn validate(&self, at: Field<'_>, parts: &Parts) -> Result<(), Invalid> {
        self.source.validate(at.dot("source"), parts)?;
        match &self.norm {
            Some(norm) => norm.validate(at.dot("norm"), parts.width),
            None => Ok(()),
        }
    }
}

impl Source {
    fn validate(&self, at: Field<'_>, parts: &Parts) -> Result<(), Invalid> {
        let (tokens, width) = (parts.max_tokens, parts.width);
        match self {
            Source::Text { token, position, segment } => {
                size(at.dot("token").dot("rows"), token.rows, 1..=limits::VOCABULARY)?;
                token.validate(at.dot("token"), [token.rows, width])?;
                position.validate(at.dot("position"), [tokens, width])?;
                let Some(segment) = segment else { return Ok(()) };
                size(at.dot("segment").dot("rows"), segment.rows, 1..=limits::SEGMENTS)?;
                segment.validate(at.dot("segment"), [segment.rows, width])
            }
            Source::Channel { position, magnitudes, unit: _ } => {
                size(at.dot("magnitudes"), *magnitudes, 0..=tokens)?;
                position.validate(at.dot("position"), [tokens, width])
            }
            Source::Patches { weights, pixels, rescale, position } => {
                size(at.dot("pixels"), *pixels, 1..=limits::PIXELS)?;
                count(at.dot("weights"), weights, width * pixels)?;
                rescale.validate(at.dot("rescale"), width)?;
                position.validate(at.dot("position"), [tokens, width])?;
                prove_rows(at.dot("weights"), weights, *pixels, u8::MAX.into(), |_| 0)
            }
        }
    }
}
