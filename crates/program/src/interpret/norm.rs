//! 1.5 `norm`.

use crate::{
    numbers::{round_shift, sat16},
    parts::Norm,
};

/// Normalises each row of the residual stream `[t, D]`.
pub fn norm(norm: &Norm, x: &mut [i32]) {
    for row in x.chunks_mut(norm.gain.len()) {
        normalise(norm, row);
    }
}

fn normalise(norm: &Norm, x: &mut [i32]) {
    let width = x.len() as i64;
    let sum: i64 = x.iter().map(|&x| i64::from(x)).sum();
    let squares: i64 = x.iter().map(|&x| i64::from(x) * i64::from(x)).sum();
    let (t, r) = reciprocal_root((width * squares - sum * sum) as u64);
    for (c, x) in x.iter_mut().enumerate() {
        let n = round_shift((width * i64::from(*x) - sum) * r, t + 3);
        let y = n * i64::from(norm.gain[c]) + i64::from(norm.bias[c]);
        *x = sat16(round_shift(y, norm.shift));
    }
}

/// `(t, r)` of `v`: `r / 2^(15 + t)` is `1 / sqrt(v)`, 16 bits of it; `r = 0` for `v = 0`.
fn reciprocal_root(v: u64) -> (u8, i64) {
    if v == 0 {
        return (0, 0);
    }
    let t = (64 - v.leading_zeros()).div_ceil(2) as u8;
    let u = ((u128::from(v) << 32) >> (2 * t)) as u64;
    (t, largest_root(u))
}

/// The largest `r` of 16 bits with `r^2 * u <= 2^62`, found bit by bit.
fn largest_root(u: u64) -> i64 {
    (0..16).rev().map(|bit| 1_u64 << bit).fold(0, |r, bit| {
        let more = r | bit;
        if more * more * u <= 1 << 62 { more } else { r }
    }) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Random;
    use alloc::vec;

    #[test]
    fn the_root_is_the_largest() {
        for u in [1 << 30, (1 << 30) + 1, 3 << 30, 0xdead_beef, (1 << 32) - 1] {
            let naive = (0..=65535_u64).rev().find(|r| r * r * u <= 1 << 62);
            assert_eq!(naive, Some(largest_root(u) as u64), "{u}");
        }
    }

    #[test]
    fn powers_of_four_are_exact() {
        assert_eq!(reciprocal_root(0), (0, 0));
        assert_eq!(reciprocal_root(1), (1, 65535));
        assert_eq!(reciprocal_root(4), (2, 65535));
        assert_eq!(reciprocal_root(3), (1, 37837));
        assert_eq!(reciprocal_root((1 << 54) - 1), (27, 32768));
    }

    #[test]
    fn a_flat_row_becomes_its_bias() {
        let n = Norm { gain: vec![500; 3], bias: vec![7, -9, 80000], shift: 1 };
        let mut x = [-32768; 3];
        norm(&n, &mut x);
        assert_eq!(x, [4, -4, 32767]);
    }

    #[test]
    fn a_row_has_mean_zero_and_deviation_one() {
        let n = Norm { gain: vec![256; 4], bias: vec![0; 4], shift: 12 };
        let mut x = [100, 300, 100, 300];
        norm(&n, &mut x);
        assert_eq!(x, [-256, 256, -256, 256]);
    }

    /// With gain 1, the result is the normalised value itself, to 12 fractional bits.
    #[test]
    fn normalised_values_are_close_to_the_real_ones() {
        let mut random = Random::new(5);
        for width in [2, 3, 64, 100, 769, 4096] {
            let size = random.pick(&[1, 50, 3000, 32767]);
            let x = random.list(width, |r| r.within(-size..=size) as i32);
            let total = |f: fn(i64) -> i64| x.iter().map(|&x| f(i64::from(x))).sum::<i64>();
            let (sum, squares, width) = (total(|x| x), total(|x| x * x), width as i64);
            let root = (u128::from((width * squares - sum * sum) as u64) << 40).isqrt() as i64;
            let mut y = x.clone();
            norm(&Norm { gain: vec![1; x.len()], bias: vec![0; x.len()], shift: 0 }, &mut y);
            for (x, y) in x.iter().zip(y) {
                let real = (i128::from(width * i64::from(*x) - sum) << 32) / i128::from(root);
                assert!((real - i128::from(y)).abs() <= 1 + real.abs() / 16384, "{real} {y}");
            }
        }
    }
}
