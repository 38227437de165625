//! An activation quantizer of a trained network.

use noctule_program::parts::Codes;

use super::{scalar, vector};
use crate::lower::LowerError;
use crate::model::{Model, Site as SiteName, quantizer};
use crate::ops::SCALE_FLOOR;

/// A quantizer with its learned scale and shifts (`docs/bmt.md` section 1).
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// What comes out.
    pub(crate) codes: Codes,
    /// `a`, at least the floor.
    pub(crate) scale: f64,
    /// `s` of each channel.
    pub(crate) shift: Vec<f64>,
}

impl Site {
    pub(crate) fn read(model: &Model, layer: usize, site: SiteName) -> Result<Self, LowerError> {
        let bits = model.precision.bits.at(site);
        Ok(Self {
            codes: Codes { bits, signed: !site.unsigned() },
            scale: read_scale(model, layer, site)?,
            shift: vector(&model.params, &quantizer(layer, site, "shift"))?,
        })
    }

    /// The code of the real value `x` of channel `c`.
    pub(crate) fn code(&self, c: usize, x: f64) -> i32 {
        let shifted = x + self.shift[c];
        if self.codes.bits == 1 {
            let fires = shifted >= self.level();
            return if fires { self.codes.largest() } else { self.codes.least() };
        }
        self.codes.clamp((shifted / self.scale + 0.5).floor() as i64)
    }

    /// The smallest shifted value whose one-bit code is the larger one.
    pub(crate) fn level(&self) -> f64 {
        if self.codes.signed { 0.0 } else { self.scale / 2.0 }
    }
}

/// A quantizer's scale, at least the floor.
pub(crate) fn read_scale(model: &Model, layer: usize, site: SiteName) -> Result<f64, LowerError> {
    let scale = scalar(&model.params, &quantizer(layer, site, "scale"))?;
    Ok(scale.max(f64::from(SCALE_FLOOR)))
}
