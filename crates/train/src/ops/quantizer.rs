//! The activation quantizers' definition, shared by both forms and by the lowering.

/// Smallest scale a quantizer uses, whatever was learned.
pub const SCALE_FLOOR: f32 = 1e-5;

/// An activation quantizer of `docs/bmt.md` section 1, but for its learned scale and shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quant {
    /// Width in bits: 1, 2, 4 or 8.
    pub bits: u8,
    /// Signed codes, or codes from 0.
    pub signed: bool,
}

impl Quant {
    /// Signed codes of `bits` bits.
    pub const fn signed(bits: u8) -> Self {
        Self { bits, signed: true }
    }

    /// Codes from 0 of `bits` bits.
    pub const fn unsigned(bits: u8) -> Self {
        Self { bits, signed: false }
    }

    /// Whether the codes are -1 and +1.
    pub const fn is_sign(self) -> bool {
        self.signed && self.bits == 1
    }

    /// Lowest code.
    pub fn lo(self) -> f32 {
        match (self.signed, self.bits) {
            (false, _) => 0.0,
            (true, 1) => -1.0,
            (true, bits) => -((1i32 << (bits - 1)) as f32),
        }
    }

    /// Highest code.
    pub fn hi(self) -> f32 {
        match (self.signed, self.bits) {
            (false, bits) => ((1i32 << bits) - 1) as f32,
            (true, 1) => 1.0,
            (true, bits) => ((1i32 << (bits - 1)) - 1) as f32,
        }
    }

    /// The code of `v = (x + shift) / scale`.
    #[inline(always)]
    pub fn code(self, v: f32) -> f32 {
        if self.is_sign() {
            return if v >= 0.0 { 1.0 } else { -1.0 };
        }
        level(v, self.lo(), self.hi())
    }

    /// `G` of the scale's gradient for `count` quantized elements.
    pub fn scale_gain(self, count: usize) -> f32 {
        1.0 / (count.max(1) as f32 * self.hi()).sqrt()
    }
}

/// `clamp(round(v), lo, hi)`, without branches.
#[inline(always)]
pub(super) fn level(v: f32, lo: f32, hi: f32) -> f32 {
    let rounded = round_half_up(v);
    let raised = if rounded < lo { lo } else { rounded };
    if raised > hi { hi } else { raised }
}

/// `floor(v + 1/2)`.
#[inline(always)]
pub fn round_half_up(v: f32) -> f32 {
    (v + 0.5).floor()
}

/// Start of a quantizer's scale from the first values seen.
pub fn initial_scale(values: &[f32], quant: Quant) -> f32 {
    let sum: f64 = values.iter().map(|value| f64::from(value.abs())).sum();
    let mean = (sum / values.len().max(1) as f64) as f32;
    let scale = match (quant.bits, quant.signed) {
        (1, true) => 2.0 * mean,
        (1, false) => 4.0 * mean,
        _ => 2.0 * mean / quant.hi().sqrt(),
    };
    scale.max(SCALE_FLOOR)
}
