//! What the user may choose about a program.

use std::collections::BTreeMap;

use super::LowerError;
use crate::model::TableOptions;

/// What the user may choose about a program.
#[derive(Debug, Clone, PartialEq)]
pub struct LowerOptions {
    /// Bits of a code of the word table: 1, 2, 4 or 8.
    pub word_bits: u8,
    /// Channel words: code of the magnitude 1.0, 1 to 255; magnitudes saturate at `255 / magnitude_unit`.
    pub magnitude_unit: u8,
    /// Images: real value of one step of an 8-bit pixel.
    pub pixel_step: f64,
    /// What the program carries for its users: labels, tokenizer, parity-check matrix, provenance.
    pub extras: BTreeMap<String, Vec<u8>>,
}

impl Default for LowerOptions {
    fn default() -> Self {
        let extras = BTreeMap::new();
        let TableOptions { word_bits, magnitude_unit, pixel_step } = TableOptions::default();
        Self { word_bits, magnitude_unit, pixel_step, extras }
    }
}

impl LowerOptions {
    pub(super) fn tables(&self) -> TableOptions {
        let Self { word_bits, magnitude_unit, pixel_step, .. } = *self;
        TableOptions { word_bits, magnitude_unit, pixel_step }
    }

    pub(super) fn check(&self) -> Result<(), LowerError> {
        let refuse =
            |name, value: String, allowed| Err(LowerError::Option { name, value, allowed });
        if !matches!(self.word_bits, 1 | 2 | 4 | 8) {
            return refuse("word_bits", self.word_bits.to_string(), "1, 2, 4 or 8");
        }
        if self.magnitude_unit == 0 {
            return refuse("magnitude_unit", self.magnitude_unit.to_string(), "1 to 255");
        }
        if !(self.pixel_step.is_finite() && self.pixel_step > 0.0) {
            return refuse("pixel_step", self.pixel_step.to_string(), "a positive number");
        }
        Ok(())
    }
}
