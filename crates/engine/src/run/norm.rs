//! `norm` (1.5 of `docs/program-format.md`).

use noctule_program::parts::Norm;

use super::{linear::saturate, quantize::RoundShift};

/// Normalises each row of the residual stream `[rows, D]`.
pub(crate) fn norm(norm: &Norm, x: &mut [i16]) {
    for row in x.chunks_exact_mut(norm.gain.len()) {
        normalise(norm, row);
    }
}

fn normalise(norm: &Norm, x: &mut [i16]) {
    let width = x.len() as i64;
    let sum: i64 = x.iter().map(|&x| i64::from(x)).sum();
    let square = |x: i16| u64::from((i32::from(x) * i32::from(x)).cast_unsigned());
    let squares: u64 = x.iter().map(|&x| square(x)).sum();
    let (shift, root) =
        reciprocal_root(width.cast_unsigned() * squares - (sum * sum).cast_unsigned());
    let (inner, outer) = (RoundShift::new(shift), RoundShift::new(norm.shift));
    // (D x - sum) r, with both products by r outside the loop.
    let (slope, offset) = (width * root, -sum * root);
    for ((x, &gain), &bias) in x.iter_mut().zip(&norm.gain).zip(&norm.bias) {
        let n = inner.apply(i64::from(*x) * slope + offset);
        *x = saturate(outer.apply(n * i64::from(gain) + i64::from(bias)));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
