//! Instructions as data, packed and unpacked by the table.

use super::{BITS, FIELDS_AT, KINDS, PASS, Unit, WAIT_BITS, WAITS_AT};

/// An instruction of 512 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    words: [u64; BITS / 64],
}

impl Instruction {
    /// One of a unit with these fields, in the order of the table; it waits for nothing.
    pub(super) fn new(unit: Unit, values: &[i64]) -> Self {
        let mut made = Self { words: [0; BITS / 64] };
        made.put(0, 3, unit as u64);
        for ((at, field), &value) in KINDS[unit as usize].offsets().zip(values) {
            let fits =
                if value < 0 { value >= -(1 << (field.bits - 1)) } else { value < 1 << field.bits };
            assert!(
                fits,
                "{}.{} of {} bits cannot hold {value}",
                unit.name(),
                field.name,
                field.bits
            );
            made.put(FIELDS_AT + at, field.bits, value as u64);
        }
        made
    }

    /// From its bytes, lowest first.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; BITS / 8]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        Self { words: std::array::from_fn(|n| u64::from_le_bytes(words[n])) }
    }

    /// Its bytes, lowest first.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Whose it is.
    #[must_use]
    pub fn unit(&self) -> Unit {
        Unit::ALL[self.get(0, 3) as usize]
    }

    /// The count of `unit` that it waits for.
    #[must_use]
    pub fn wait(&self, unit: Unit) -> u64 {
        self.get(WAITS_AT + WAIT_BITS * unit as u32, WAIT_BITS)
    }

    /// Waits for `count` instructions of `unit`.
    pub fn set_wait(&mut self, unit: Unit, count: u64) {
        self.put(WAITS_AT + WAIT_BITS * unit as u32, WAIT_BITS, count);
    }

    /// All fields of its unit, unsigned, in the order of the table.
    pub fn fields(&self) -> impl Iterator<Item = u64> + '_ {
        let offsets = KINDS[self.unit() as usize].offsets();
        offsets.map(|(at, field)| self.get(FIELDS_AT + at, field.bits))
    }

    fn get(&self, at: u32, bits: u32) -> u64 {
        let (word, shift) = (at as usize / 64, at % 64);
        let high = self.words.get(word + 1).copied().unwrap_or(0);
        let both = u128::from(high) << 64 | u128::from(self.words[word]);
        (both >> shift) as u64 & ((1 << bits) - 1)
    }

    fn put(&mut self, at: u32, bits: u32, value: u64) {
        for bit in 0..bits {
            let at = (at + bit) as usize;
            let one = 1 << (at % 64);
            self.words[at / 64] = self.words[at / 64] & !one | (value >> bit & 1) << (at % 64);
        }
    }
}

/// A pass of a product, one entry of PT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Pass {
    /// Plane of the left operand; none: ones.
    pub left: Option<u8>,
    /// Plane of the right operand; none: ones.
    pub right: Option<u8>,
    /// The accumulator starts from 0.
    pub first: bool,
    /// The accumulator doubles before.
    pub double: bool,
    /// The popcounts are subtracted.
    pub negative: bool,
    /// Takes one cycle, counts nothing.
    pub null: bool,
}

impl Pass {
    /// Its 16 bits, in the order of [`PASS`].
    #[must_use]
    pub fn to_bits(self) -> u16 {
        let bit = u16::from;
        let values = [
            u16::from(self.left.unwrap_or(0)),
            bit(self.left.is_none()),
            u16::from(self.right.unwrap_or(0)),
            bit(self.right.is_none()),
            bit(self.first),
            bit(self.double),
            bit(self.negative),
            bit(self.null),
        ];
        let mut at = 0;
        values.iter().zip(PASS).fold(0, |bits, (value, field)| {
            let placed = value << at;
            at += field.bits;
            bits | placed
        })
    }

    /// From its 16 bits.
    #[must_use]
    pub fn from_bits(bits: u16) -> Self {
        let plane = |at: u16| (bits >> (at + 3) & 1 == 0).then_some((bits >> at & 7) as u8);
        let flag = |at: u16| bits >> at & 1 == 1;
        Self {
            left: plane(0),
            right: plane(4),
            first: flag(8),
            double: flag(9),
            negative: flag(10),
            null: flag(11),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::table::{Op, Qmm};

    #[test]
    fn every_field_has_its_own_bits() {
        for kind in &KINDS {
            for (n, field) in kind.fields.iter().enumerate() {
                let largest = (1 << field.bits) - 1;
                let mut values = vec![0; kind.fields.len()];
                values[n] = largest;
                let one = Instruction::new(kind.unit, &values);
                assert_eq!(one.fields().nth(n), Some(largest as u64), "{}", field.name);
                assert_eq!(one.fields().sum::<u64>() as i64, largest, "{}", field.name);
                assert_eq!(Instruction::new(kind.unit, &values).decode().encode(), one);
            }
        }
    }

    #[test]
    fn bytes_and_waits_come_back() {
        let op = Op::Qmm(Qmm { init: -5, m_base: 1023, ..Qmm::default() });
        let mut made = op.encode();
        for (n, unit) in Unit::ALL.into_iter().enumerate() {
            made.set_wait(unit, 65535 - n as u64);
        }
        let read = Instruction::from_bytes(made.to_bytes().as_slice().try_into().unwrap());
        assert_eq!((read, read.decode()), (made, op));
        assert_eq!((read.unit(), read.wait(Unit::Norm)), (Unit::Qmm, 65532));
        assert_eq!(op.misfit(), None);
        let large = Op::Qmm(Qmm { m_base: 1024, ..Qmm::default() });
        assert_eq!(large.misfit(), Some(("m_base", 1024, 1023)));
    }

    #[test]
    fn passes_come_back() {
        for bits in 0..1 << 12 {
            let pass = Pass::from_bits(bits);
            assert_eq!(Pass::from_bits(pass.to_bits()), pass);
        }
        let pass = Pass { left: Some(5), right: None, double: true, ..Pass::default() };
        assert_eq!(pass.to_bits(), 5 | 1 << 7 | 1 << 9);
    }
}
