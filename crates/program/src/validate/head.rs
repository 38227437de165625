//! The head.

use super::{
    Invalid,
    accumulators::prove_rows,
    checks::{count, range, size},
    field::Field,
    limits,
};
use crate::parts::{Head, HeadTokens, Parts};

impl Head {
    pub(super) fn validate(&self, at: Field<'_>, parts: &Parts) -> Result<(), Invalid> {
        if let HeadTokens::PerToken(tokens) = self.tokens {
            size(at.dot("tokens"), tokens, 1..=parts.max_tokens)?;
        }
        size(at.dot("bias").dot("len"), self.bias.len(), 1..=limits::VOCABULARY)?;
        count(at.dot("weights"), &self.weights, self.bias.len().saturating_mul(parts.width))?;
        range(at.dot("scale").at(0), self.scale.0, 1..=u32::MAX.into())?;
        let exponent = -limits::SCALE_EXPONENT..=limits::SCALE_EXPONENT;
        range(at.dot("scale").at(1), self.scale.1, exponent)?;
        let bias = |output: usize| u64::from(self.bias[output].unsigned_abs());
        prove_rows(at.dot("weights"), &self.weights, parts.width, limits::RESIDUAL, bias)
    }
}
