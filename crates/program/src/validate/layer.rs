//! Layers.

use super::{
    Invalid,
    accumulators::prove,
    checks::{bits, count, range, size},
    field::Field,
    limits,
};
use crate::parts::{Attention, AttentionForm, Codes, FeedForward, Layer, Parts};

impl Layer {
    pub(super) fn validate(&self, at: Field<'_>, parts: &Parts) -> Result<(), Invalid> {
        self.attention.validate(at.dot("attention"), parts)?;
        self.ffn.validate(at.dot("ffn"), parts.width)
    }
}

impl Attention {
    fn validate(&self, at: Field<'_>, parts: &Parts) -> Result<(), Invalid> {
        let (width, inner) = (parts.width, self.query.weights.high.rows());
        self.check_heads(at, inner)?;
        self.input.validate(at.dot("input"), width, true)?;
        let inputs = self.input.codes;
        self.query.validate(at.dot("query"), [inner, width], inputs, true)?;
        self.key.validate(at.dot("key"), [inner, width], inputs, true)?;
        self.value.validate(at.dot("value"), [inner, width], inputs, true)?;
        self.form.validate(at.dot("form"), self.heads)?;
        self.check_masks(at.dot("masks"), parts.masks.len())?;
        self.context.validate(at.dot("context"), inner, true)?;
        self.output.validate(at.dot("output"), [width, inner], self.context.codes)?;
        self.norm.validate(at.dot("norm"), width)?;
        self.prove(at, parts.max_tokens)
    }

    fn check_heads(&self, at: Field<'_>, inner: usize) -> Result<(), Invalid> {
        size(at.dot("heads"), self.heads, 1..=limits::HEADS)?;
        if !inner.is_multiple_of(self.heads) {
            let field = at.dot("heads").name();
            return Err(Invalid::Heads { field, heads: self.heads, channels: inner });
        }
        size(at.dot("head_width"), inner / self.heads, 1..=limits::HEAD_WIDTH)
    }

    fn check_masks(&self, at: Field<'_>, masks: usize) -> Result<(), Invalid> {
        count(at, &self.masks, self.heads)?;
        for (h, mask) in self.masks.iter().enumerate() {
            match *mask {
                Some(index) if usize::from(index) >= masks => {
                    return Err(Invalid::Mask { field: at.at(h).name(), index, masks });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Differences of scores fit, and sums of values.
    fn prove(&self, at: Field<'_>, tokens: usize) -> Result<(), Invalid> {
        let width = (self.query.weights.high.rows() / self.heads) as u64;
        let [query, key, value] =
            [&self.query, &self.key, &self.value].map(|linear| linear.output.codes.magnitude());
        prove(at.dot("scores"), &[2, width, query, key])?;
        prove(at.dot("context"), &[tokens as u64, self.form.codes().magnitude(), value])
    }
}

impl AttentionForm {
    /// The attention codes.
    #[must_use]
    pub fn codes(&self) -> Codes {
        match *self {
            AttentionForm::Softmax { bits, .. } => Codes { bits, signed: false },
            AttentionForm::Sps { .. } => Codes { bits: 1, signed: false },
        }
    }

    fn validate(&self, at: Field<'_>, heads: usize) -> Result<(), Invalid> {
        match self {
            AttentionForm::Sps { thresholds } => count(at.dot("thresholds"), thresholds, heads),
            AttentionForm::Softmax { bits: width, table, shift, tau_mul, tau_shift } => {
                bits(at.dot("bits"), *width)?;
                check_table(at.dot("table"), table)?;
                range(at.dot("shift"), *shift, 0..=limits::SOFTMAX_SHIFT)?;
                range(at.dot("tau_mul"), *tau_mul, 1..=255)?;
                range(at.dot("tau_shift"), *tau_shift, 0..=limits::SOFTMAX_SHIFT)
            }
        }
    }
}

fn check_table(at: Field<'_>, table: &[u16]) -> Result<(), Invalid> {
    size(at.dot("len"), table.len(), 1..=limits::EXPONENTS)?;
    range(at.at(0), table[0], 1..=u16::MAX.into())?;
    match table.windows(2).position(|pair| pair[1] > pair[0]) {
        None => Ok(()),
        Some(n) => {
            let (field, before, value) = (at.at(n + 1).name(), table[n], table[n + 1]);
            Err(Invalid::Rises { field, value, before })
        }
    }
}

impl FeedForward {
    fn validate(&self, at: Field<'_>, width: usize) -> Result<(), Invalid> {
        let hidden = self.up.weights.high.rows();
        size(at.dot("up").dot("len"), hidden, 1..=limits::FFN)?;
        self.input.validate(at.dot("input"), width, true)?;
        self.up.validate(at.dot("up"), [hidden, width], self.input.codes, false)?;
        self.down.validate(at.dot("down"), [width, hidden], self.up.output.codes)?;
        self.norm.validate(at.dot("norm"), width)
    }
}
