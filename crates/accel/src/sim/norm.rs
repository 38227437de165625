//! `norm`: LayerNorm of a block of tokens in X, and codes of the result into H. See the manual, section on `norm_unit`.

use noctule_program::numbers::{round_shift, sat16};

use super::{
    Times,
    machine::{Machine, set_code_bit},
};
use crate::{config::Sizes, isa::Norm};

/// From `accept` to the first read of x: `norm_issue` looks at the instruction and multiplies the block's address.
const PREPARE: u64 = 3;
/// Bits of a root: cycles a group of rows keeps its `reciprocal_root`.
const ROOT_BITS: u64 = 16;
/// From the end of pass 1 to pass 2, besides `ROOT_BITS` a group: 5 until `moments` holds the last sums, 5 to form and to
/// normalise the variance, 1 to store the root, less 2 between a read and the use of its row's root.
const ROOT: u64 = 9;
/// From the read of x to y in X: data, mask, `norm_lane` (9 registers).
const WRITE: u64 = 11;
/// From a tile's last read to its first plane in H: as `WRITE`, then `quantize_lane` (4) and the tile of `norm_codes`.
const PLANE: u64 = 16;

/// Does what the instruction says.
///
/// Channels from `width` on are normalised as if at the mean: y is their bias, shifted.
pub fn execute(op: &Norm, machine: &mut Machine) {
    for row in 0..machine.sizes.tile {
        let scale = (op.norm == 1).then(|| Scale::of(op, machine, row));
        for c in 0..op.tiles as usize * machine.sizes.tile {
            let (block, stride) = (op.block as usize, op.x_stride as usize);
            let mut y = machine.x(block, stride, row, c);
            if let Some(scale) = &scale {
                y = scale.apply(op, machine, c, y);
                machine.set_x(block, stride, row, c, y);
            }
            if op.quantize == 1 {
                write_code(op, machine, row, c, code(op, machine, c, y));
            }
        }
    }
}

/// When the instruction that is accepted in cycle `accept` leaves.
#[must_use]
pub fn times(op: &Norm, sizes: &Sizes, accept: u64) -> Times {
    let (tiles, groups, bits) = (op.tiles as u64, sizes.groups() as u64, op.bits as u64);
    let slot = if op.quantize == 1 { groups.max(bits) } else { groups };
    let normalise = if op.norm == 1 { tiles * groups + ROOT_BITS * groups + ROOT } else { 0 };
    let pass_2 = accept + PREPARE + normalise;
    let last_read = pass_2 + (tiles - 1) * slot + groups - 1;
    let results = if op.quantize == 1 { PLANE + bits - 1 } else { WRITE };
    Times { ready: pass_2 + tiles * slot, done: last_read + results }
}

/// What pass 1 knows of a row.
struct Scale {
    sum: i64,
    root: i64,
    shift: u8,
}

impl Scale {
    fn of(op: &Norm, machine: &Machine, row: usize) -> Self {
        let x = |c| machine.x(op.block as usize, op.x_stride as usize, row, c as usize);
        let (sum, squares) =
            (0..op.width).map(x).fold((0, 0), |(sum, squares), x| (sum + x, squares + x * x));
        let (shift, root) = reciprocal_root((op.width * squares - sum * sum) as u64);
        Self { sum, root, shift }
    }

    fn apply(&self, op: &Norm, machine: &Machine, c: usize, x: i64) -> i64 {
        let tile = machine.sizes.tile;
        let (word, lo) = (op.gain_base as usize + c / tile, c % tile * 64);
        let gain = machine.ng.get_signed(word, lo, 16);
        let bias = machine.ng.get_signed(word, lo + 16, 32);
        let deviation = if c < op.width as usize { op.width * x - self.sum } else { 0 };
        let n = round_shift(deviation * self.root, self.shift);
        i64::from(sat16((n * gain + bias) >> op.shift))
    }
}

/// `(t + 3, r)` of a variance `v`: 1.5 of the program format. `r` is 0 for `v = 0`.
fn reciprocal_root(v: u64) -> (u8, i64) {
    if v == 0 {
        return (3, 0);
    }
    let t = (64 - v.leading_zeros()).div_ceil(2) as u8;
    let u = ((u128::from(v) << 32) >> (2 * t)) as u64;
    let fits = |r: u64| r * r * u <= 1 << 62;
    let r = (0..16).rev().fold(0, |r, k| if fits(r | 1 << k) { r | 1 << k } else { r });
    (t + 3, r as i64)
}

/// Code of residual `y` of channel `c`; a code of one bit is 0 or 1.
fn code(op: &Norm, machine: &Machine, c: usize, y: i64) -> i64 {
    let tile = machine.sizes.tile;
    let (word, lo) = (op.quantizer_base as usize + c / tile, c % tile * 64);
    let mul = machine.nq.get(word, lo, 16) as i64;
    let add = machine.nq.get_signed(word, lo + 16, 48);
    let sum = y * mul + add;
    if op.bits == 1 {
        return i64::from(sum >= 0);
    }
    let most = (1 << (op.bits - 1)) - 1;
    (sum >> op.quantizer_shift).clamp(-most - 1, most)
}

fn write_code(op: &Norm, machine: &mut Machine, row: usize, c: usize, code: i64) {
    let Machine { sizes, h, .. } = machine;
    let (ct, col) = (c / sizes.tile, c % sizes.tile);
    for plane in 0..op.bits {
        let word = (op.dst_base + plane * op.dst_plane_stride) as usize + ct / sizes.cols();
        set_code_bit(h, sizes, word, ct % sizes.cols(), row, col, code >> plane & 1 == 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn tiny() -> Machine {
        let config = Config::preset("tiny").unwrap();
        let mut machine = Machine::new(config.sizes(), Vec::new(), Vec::new());
        for (c, (gain, bias, threshold)) in
            [(200, 5, 3_i64), (-300, -70, 0), (1, 0, -9), (32767, 9, 40000), (77, 8 << 4, 8)]
                .into_iter()
                .enumerate()
        {
            machine.ng.set(7 + c / 4, c % 4 * 64, 16, gain as u64);
            machine.ng.set(7 + c / 4, c % 4 * 64 + 16, 32, bias as u64);
            machine.nq.set(3 + c / 4, c % 4 * 64, 16, 1);
            machine.nq.set(3 + c / 4, c % 4 * 64 + 16, 48, -threshold as u64);
        }
        machine
    }

    fn op() -> Norm {
        Norm {
            norm: 1,
            quantize: 1,
            block: 3,
            x_stride: 4,
            tiles: 2,
            width: 4,
            shift: 4,
            gain_base: 7,
            quantizer_base: 3,
            bits: 1,
            dst_base: 20,
            ..Norm::default()
        }
    }

    /// Four channels whose standard deviation is a power of two, so that each number can be checked by hand.
    #[test]
    fn a_row_is_normalised_and_coded() {
        let mut machine = tiny();
        let rows = [[1, 3, 1, 3], [-5, -5, -5, -5], [0, 0, 8, 8], [-1, 1, -1, 1]];
        for (row, x) in rows.iter().enumerate() {
            for (c, &x) in x.iter().enumerate() {
                machine.set_x(3, 4, row, c, x);
            }
            machine.set_x(3, 4, row, 4, 1234);
        }
        execute(&op(), &mut machine);
        let row = |row| (0..5).map(|c| machine.x(3, 4, row, c)).collect::<Vec<_>>();
        let unit = |gain: i64, bias: i64, sign: i64| (sign * 4096 * gain + bias) >> 4;
        let odd = [unit(200, 5, -1).max(-32768), -32768, -256, 32767, 8];
        assert_eq!(row(0), odd);
        assert_eq!(row(1), [0, -5, 0, 0, 8]);
        assert_eq!(row(2), [-32768, 32767, 256, 32767, 8]);
        assert_eq!(row(3), odd);
        let bits = |row: usize| machine.h.get(20, row * 16, 16);
        assert_eq!([0, 1, 2, 3].map(bits), [0xf0, 0xf4, 0xf6, 0xf0]);
    }

    #[test]
    fn codes_of_several_bits_are_planes() {
        let mut machine = tiny();
        machine.nq.set(3, 0, 16, 3);
        machine.nq.set(3, 16, 48, 2);
        let values = [-5, 0, 9, 30000];
        for (row, x) in values.into_iter().enumerate() {
            machine.set_x(3, 4, row, 0, x);
        }
        let four = Norm { norm: 0, bits: 4, quantizer_shift: 2, dst_plane_stride: 5, ..op() };
        execute(&four, &mut machine);
        let plane = |row: usize, p: usize| (machine.h.get(20 + 5 * p, row * 16, 1) << p) as i64;
        let codes: Vec<i64> =
            (0..4).map(|row| ((0..4).map(|p| plane(row, p)).sum::<i64>() ^ 8) - 8).collect();
        assert_eq!(codes, [-4, 0, 7, 7]);
        assert_eq!(machine.x(3, 4, 3, 0), 30000);
    }

    #[test]
    fn a_root_is_the_largest_that_fits() {
        for v in [1, 2, 3, 4, 5, 999, 1 << 20, (1 << 33) - 1, (1 << 54) - 1] {
            let (shift, r) = reciprocal_root(v);
            let t = shift - 3;
            assert!(v < 1 << (2 * t) && v >= 1 << (2 * t - 2));
            let u = (u128::from(v) << 32) >> (2 * t);
            let largest = (0..=65535_u128).rev().find(|r| r * r * u <= 1 << 62);
            assert_eq!(largest, Some(r as u128), "{v}");
        }
    }

    #[test]
    fn times_count_passes_and_planes() {
        let sizes = Config::preset("tiny").unwrap().sizes().clone();
        let both = Norm { bits: 8, ..op() };
        let pass_2 = 100 + 3 + 4 + 32 + 9;
        let ends = Times { ready: pass_2 + 16, done: pass_2 + 8 + 1 + 16 + 7 };
        assert_eq!(times(&both, &sizes, 100), ends);
        let norm = Times { ready: pass_2 + 4, done: pass_2 + 3 + 11 };
        assert_eq!(times(&Norm { quantize: 0, ..both }, &sizes, 100), norm);
        let codes = Times { ready: 107, done: 103 + 3 + 16 };
        assert_eq!(times(&Norm { norm: 0, ..op() }, &sizes, 100), codes);
    }
}
