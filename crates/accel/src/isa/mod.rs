//! Instructions: their fields, and their form of 512 bits.

mod instruction;
pub mod manual;
pub mod table;

pub use instruction::{Instruction, Pass};
pub use table::{DESTINATIONS, Embed, Exp, Head, Input, KINDS, Load, Norm, Op, PASS, Qmm, Sel};

/// Bits of an instruction.
pub const BITS: usize = 512;
/// Bits of a count that an instruction waits for.
pub const WAIT_BITS: u32 = 16;
/// Lowest bit of the first count.
pub const WAITS_AT: u32 = 8;
/// Lowest bit of the unit's own fields.
pub const FIELDS_AT: u32 = WAITS_AT + WAIT_BITS * Unit::ALL.len() as u32;

/// A unit of the machine; its number is its instructions' code (bits 0 to 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// External memory to memories on chip.
    Load,
    /// Input stream to I.
    Input,
    /// Tables to X.
    Embed,
    /// LayerNorm and codes.
    Norm,
    /// The array and its drain.
    Qmm,
    /// Exponents.
    Exp,
    /// Attention codes.
    Sel,
    /// Logits.
    Head,
}

impl Unit {
    /// All, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Load,
        Self::Input,
        Self::Embed,
        Self::Norm,
        Self::Qmm,
        Self::Exp,
        Self::Sel,
        Self::Head,
    ];

    /// The name in RTL, tables and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["load", "input", "embed", "norm", "qmm", "exp", "sel", "head"][self as usize]
    }
}

/// A field of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name in every language.
    pub name: &'static str,
    /// Width.
    pub bits: u32,
    /// What it says.
    pub about: &'static str,
}

/// The instructions of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Whose.
    pub unit: Unit,
    /// What one does.
    pub about: &'static str,
    /// Its fields, from the lowest bit up.
    pub fields: &'static [Field],
}

impl Kind {
    /// The lowest bit of each field, counted from [`FIELDS_AT`].
    pub fn offsets(&self) -> impl Iterator<Item = (u32, &Field)> {
        self.fields.iter().scan(0, |at, field| {
            let here = *at;
            *at += field.bits;
            Some((here, field))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_at_their_codes_and_fit() {
        for (kind, unit) in KINDS.iter().zip(Unit::ALL) {
            assert_eq!(kind.unit, unit);
            let bits: u32 = kind.fields.iter().map(|field| field.bits).sum();
            assert!((FIELDS_AT + bits) as usize <= BITS, "{}: {bits}", unit.name());
        }
        assert_eq!(PASS.iter().map(|field| field.bits).sum::<u32>(), 16);
    }
}
