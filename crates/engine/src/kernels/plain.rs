//! Rows of 64, in plain Rust: each kernel compiles these loops for its own instruction set.
//!
//! The loops are written so that compilers turn them into vector instructions: fixed lengths, no
//! early exit, 32-bit factors for 64-bit products, and right shifts of numbers made positive
//! beforehand, since few instruction sets have the arithmetic shift of 64 bits.

use noctule_program::parts::Norm;

use super::{
    FEW, PANEL, Reciprocal, RowBits, Span, StepCodes, TileRow,
    reciprocal::{FRACTION, HALF},
};
pub(super) use super::{
    embedding::{add_rows, dot, dot_bytes, put_row},
    transpose::transpose,
};

/// Makes every number that a program shifts positive (the widest has 54 bits, signs included).
const POSITIVE: i64 = 1 << 54;

/// More than anything that is done with a rescaled number can tell from still more.
pub(super) const FAR: i32 = 1 << 30;

/// `round_shift(v, s)` for `abs(v) < 2^54`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundShift {
    pub(super) add: i64,
    pub(super) take: i64,
    shift: u32,
}

impl RoundShift {
    #[inline(always)]
    pub(crate) fn new(shift: u8) -> Self {
        let shift = u32::from(shift);
        let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
        Self { add: POSITIVE + half, take: POSITIVE >> shift, shift }
    }

    #[inline(always)]
    pub(crate) fn apply(self, v: i64) -> i64 {
        ((v + self.add).cast_unsigned() >> self.shift).cast_signed() - self.take
    }
}

/// `round_shift(a * mul[c] + add[c], shift)` of 64 channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rescale<'a> {
    pub(crate) mul: &'a [u16; PANEL],
    pub(crate) add: &'a [i64; PANEL],
    pub(crate) shift: u8,
    /// `add[c]` and the half that rounds, where all sums fit 32 bits and the shift is less.
    pub(crate) small: Option<&'a [i32; PANEL]>,
}

impl Rescale<'_> {
    /// All results, limited to 32 bits and more narrowly than anything that is done with them.
    #[inline(always)]
    fn apply(&self, tile: TileRow<'_>) -> [i32; PANEL] {
        let mut out = [0; PANEL];
        let round = RoundShift::new(self.shift);
        let wide = |c: usize| {
            round.apply(i64::from(tile.at(c)) * i64::from(i32::from(self.mul[c])) + self.add[c])
        };
        if let Some(add) = self.small {
            let shift = u32::from(self.shift);
            for (c, out) in out.iter_mut().enumerate() {
                let product = tile.at(c).wrapping_mul(i32::from(self.mul[c]));
                *out = (product.wrapping_add(add[c]) >> shift).clamp(-FAR, FAR);
            }
        } else if self.shift >= 20 {
            // Numbers of 50 bits: the results fit.
            for (c, out) in out.iter_mut().enumerate() {
                *out = wide(c) as i32;
            }
        } else {
            for (c, out) in out.iter_mut().enumerate() {
                *out = wide(c).clamp(i64::from(-FAR), i64::from(FAR)) as i32;
            }
        }
        out
    }
}

impl TileRow<'_> {
    #[inline(always)]
    fn at(&self, c: usize) -> i32 {
        self.values[c].wrapping_add(self.row).wrapping_add(self.columns[c])
    }
}

impl TileRow<'_> {
    /// All accumulators.
    pub(crate) fn all(&self) -> [i32; PANEL] {
        core::array::from_fn(|c| self.at(c))
    }
}

#[inline(always)]
pub(super) fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    (0..PANEL).fold(0, |bits, c| bits | u64::from(tile.at(c) >= bounds[c]) << c)
}

#[inline(always)]
pub(super) fn codes(tile: TileRow<'_>, rescale: Rescale<'_>, span: Span, codes: &mut [u8; PANEL]) {
    let values = rescale.apply(tile);
    for c in 0..PANEL {
        codes[c] = (values[c].max(span.least).min(span.largest) - span.least) as u8;
    }
}

#[inline(always)]
pub(super) fn add_rescaled(tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]) {
    let values = rescale.apply(tile);
    for c in 0..PANEL {
        let sum = i32::from(x[c]) + values[c];
        x[c] = sum.max(i32::from(i16::MIN)).min(i32::from(i16::MAX)) as i16;
    }
}

#[inline(always)]
pub(super) fn settle(tile: TileRow<'_>, out: &mut [i32; PANEL]) {
    for (c, out) in out.iter_mut().enumerate() {
        *out = tile.at(c);
    }
}

/// `sat16`.
#[inline(always)]
pub(crate) fn saturate(v: i64) -> i16 {
    v.max(i64::from(i16::MIN)).min(i64::from(i16::MAX)) as i16
}

#[inline(always)]
pub(super) fn norm(norm: &Norm, row: &mut [i16]) {
    let width = row.len() as i64;
    let (sum, squares) = moments(row);
    let variance = width.cast_unsigned() * squares - (sum * sum).cast_unsigned();
    let (shift, root) = reciprocal_root(variance);
    let (inner, outer) = (RoundShift::new(shift), RoundShift::new(norm.shift));
    // (D x - sum) r, with both products by r outside the loop; D r < 2^28.
    let (slope, offset) = ((width * root) as i32, -sum * root);
    // At most sqrt(D) with 12 fractional bits: 18 bits.
    let normal = |x: i16| inner.apply(i64::from(i32::from(x)) * i64::from(slope) + offset) as i32;
    let scaled = |n: i32, gain: i16, bias: i32| {
        outer.apply(i64::from(n) * i64::from(i32::from(gain)) + i64::from(bias))
    };
    let channels = row.iter_mut().zip(&norm.gain).zip(&norm.bias);
    if norm.shift >= 5 {
        for ((x, &gain), &bias) in channels {
            let y = scaled(normal(*x), gain, bias) as i32;
            *x = y.max(i32::from(i16::MIN)).min(i32::from(i16::MAX)) as i16;
        }
    } else {
        channels.for_each(|((x, &gain), &bias)| *x = saturate(scaled(normal(*x), gain, bias)));
    }
}

#[inline(always)]
fn moments(row: &[i16]) -> (i64, u64) {
    let square = |x: i16| i64::from(i32::from(x) * i32::from(x));
    let sum: i32 = row.iter().map(|&x| i32::from(x)).sum();
    let squares: i64 = row.iter().map(|&x| square(x)).sum();
    (i64::from(sum), squares.cast_unsigned())
}

/// `(t + 3, r)`. `r^2 * u <= 2^62` for whole `r` where `r^2 <= 2^62 / u`, floored.
fn reciprocal_root(v: u64) -> (u8, i64) {
    if v == 0 {
        return (3, 0);
    }
    let t = (64 - v.leading_zeros()).div_ceil(2) as u8;
    let u = if t <= 16 { v << (32 - 2 * t) } else { v >> (2 * t - 32) };
    let root = ((1_u64 << 62) / u).isqrt().min(65535);
    (t + 3, root.cast_signed())
}

#[inline(always)]
pub(super) fn exponents(scores: &[i32], table: &[u16], shift: u8, out: &mut [u16]) -> u64 {
    let largest = largest(scores);
    let mut sum = 0;
    for (out, scores) in out.chunks_mut(PANEL).zip(scores.chunks(PANEL)) {
        let steps = steps(largest, scores, shift, table.len() - 1);
        let mut all = 0;
        for (out, &step) in out.iter_mut().zip(&steps[..scores.len()]) {
            *out = table[step as usize];
            all += u32::from(*out);
        }
        sum += u64::from(all);
    }
    sum
}

/// `min((largest - score) >> shift, last)` of up to 64 scores; of a larger score anything up to `last`.
#[inline(always)]
fn steps(largest: i32, scores: &[i32], shift: u8, last: usize) -> [u32; PANEL] {
    let mut steps = [0; PANEL];
    for (step, &score) in steps.iter_mut().zip(scores) {
        *step = (largest.wrapping_sub(score).cast_unsigned() >> shift).min(last as u32);
    }
    steps
}

#[inline(always)]
pub(super) fn exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64) {
    let largest = largest(scores);
    (largest, exponents_below(largest, scores, table, shift))
}

/// The sum of the exponents of scores that are at most `largest`.
#[inline(always)]
pub(super) fn exponents_below(largest: i32, scores: &[i32], table: &[u16], shift: u8) -> u64 {
    let mut sum = 0;
    for scores in scores.chunks(PANEL) {
        let steps = steps(largest, scores, shift, table.len() - 1);
        let exponents = steps[..scores.len()].iter().map(|&step| u32::from(table[step as usize]));
        sum += u64::from(exponents.sum::<u32>());
    }
    sum
}

#[inline(always)]
pub(super) fn largest(scores: &[i32]) -> i32 {
    scores.iter().fold(i32::MIN, |largest, &score| largest.max(score))
}

/// Eight bits at a time: compilers turn their tests into one of a register.
#[inline(always)]
pub(super) fn hide(keep: u64, scores: &mut [i32; PANEL]) {
    for (n, scores) in scores.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let keep = (keep >> (8 * n)) as i32;
        for (c, score) in scores.iter_mut().enumerate() {
            *score = if keep & 1 << c == 0 { i32::MIN } else { *score };
        }
    }
}

#[inline(always)]
pub(super) fn totals(rows: RowBits<'_>, shifts: &[u32], sums: &mut [i32]) {
    for (row, sum) in sums.iter_mut().enumerate() {
        let planes = shifts.iter().enumerate().map(|(p, shift)| {
            let words = &rows.data[row * rows.stride + p * rows.plane_stride..][..rows.words];
            let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
            ones.wrapping_shl(*shift).cast_signed()
        });
        *sum = planes.fold(0, i32::wrapping_add);
    }
}

#[inline(always)]
pub(super) fn quotients(values: &[u16; PANEL], by: Reciprocal, codes: &mut [u8; PANEL]) {
    let [high, low] = [by.factor >> 32, by.factor & u64::from(u32::MAX)];
    for (code, &value) in codes.iter_mut().zip(values) {
        let value = u64::from(value);
        let product = (value * low).wrapping_add((value * high) << 32);
        *code = (product.wrapping_add(HALF) >> FRACTION) as u8;
    }
    for (code, &value) in codes.iter_mut().zip(values) {
        *code = if value > by.last { by.largest } else { *code };
    }
}

#[inline(always)]
pub(super) fn look_up(scores: &[i32; PANEL], by: StepCodes<'_>, codes: &mut [u8; PANEL]) {
    let steps = steps(by.first, scores, by.shift, by.last);
    for (code, step) in codes.iter_mut().zip(steps) {
        *code = by.codes[step as usize % FEW];
    }
}

/// Eight bits at a time: the product gathers the lowest bits of eight bytes in the highest byte.
#[inline(always)]
pub(super) fn split(codes: &[u8; PANEL], out: &mut [u64]) {
    for (p, out) in out.iter_mut().enumerate() {
        let eight = |bits: u64, (n, codes): (usize, &[u8; 8])| {
            let lowest = u64::from_le_bytes(*codes) >> p & 0x0101_0101_0101_0101;
            bits | lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * n)
        };
        *out = codes.as_chunks().0.iter().enumerate().fold(0, eight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sums_saturate_at_their_limit() {
        let nothing = [0; PANEL];
        for (add, wanted) in [(i32::MAX, i16::MAX), (-i32::MAX, i16::MIN)] {
            let tile = TileRow { values: &nothing, row: 0, columns: &nothing };
            let (add, small) = ([i64::from(add); PANEL], [add; PANEL]);
            let rescale = Rescale { mul: &[0; PANEL], add: &add, shift: 0, small: Some(&small) };
            let mut x = [wanted; PANEL];
            add_rescaled(tile, rescale, &mut x);
            assert_eq!(x, [wanted; PANEL]);
        }
    }

    #[test]
    fn shifts_round_half_up() {
        for shift in [0, 1, 2, 7, 47] {
            let half = if shift == 0 { 0 } else { 1_i64 << (shift - 1) };
            for v in [0, 1, -1, 2, -2, 3, -3, 5, -6, 1 << 49, -(1 << 49), half, -half] {
                assert_eq!(RoundShift::new(shift).apply(v), (v + half) >> shift, "{v} {shift}");
            }
        }
    }

    #[test]
    fn the_root_is_the_definitions() {
        for v in (0..64).flat_map(|s| [1_u64 << s, (1 << s) | 1, (1 << s) | ((1 << s) / 3)]) {
            let (shift, r) = reciprocal_root(v);
            let t = u32::from(shift) - 3;
            let u = ((u128::from(v) << 32) >> (2 * t)) as u64;
            assert!((1 << 30..1 << 32).contains(&u), "{v}");
            let fits = |r: i64| (r * r) as u128 * u128::from(u) <= 1 << 62;
            assert!(fits(r) && (r == 65535 || !fits(r + 1)), "{v}: {r}");
        }
    }

    #[test]
    fn a_flat_row_is_the_bias() {
        let n = Norm { gain: vec![500; 3], bias: vec![6, -6, 1 << 29], shift: 2 };
        let mut x = [77; 3];
        norm(&n, &mut x);
        assert_eq!(x, [2, -1, i16::MAX]);
    }
}
