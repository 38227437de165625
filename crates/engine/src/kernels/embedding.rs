//! What lies before the first layer and behind the last, in plain Rust as [`super::plain`].

use super::{TableRow, plain::saturate};

#[inline(always)]
pub(super) fn add_rows(rows: [TableRow<'_>; 2], third: Option<TableRow<'_>>, x: &mut [i16]) {
    let [one, other] = rows.map(Values::new);
    let pairs = x.iter_mut().zip(one.codes).zip(other.codes);
    match third.map(Values::new) {
        None => pairs.for_each(|((x, &a), &b)| *x = sat(one.of(a) + other.of(b))),
        Some(third) => pairs
            .zip(third.codes)
            .for_each(|(((x, &a), &b), &c)| *x = sat(one.of(a) + other.of(b) + third.of(c))),
    }
}

#[inline(always)]
pub(super) fn put_row(row: TableRow<'_>, x: &mut [i16]) {
    let row = Values::new(row);
    x.iter_mut().zip(row.codes).for_each(|(x, &code)| *x = sat(row.of(code)));
}

#[inline(always)]
pub(super) fn dot(weights: &[i8], x: &[i16]) -> i32 {
    weights.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum()
}

#[inline(always)]
pub(super) fn dot_bytes(weights: &[i8], bytes: &[u8]) -> i32 {
    weights.iter().zip(bytes).map(|(&w, &byte)| i32::from(w) * i32::from(byte)).sum()
}

#[inline(always)]
fn sat(v: i32) -> i16 {
    saturate(v.into())
}

/// The values of a row, rounded by the bit below the point: a half might not fit beside a product.
#[derive(Clone, Copy)]
struct Values<'a> {
    codes: &'a [i8],
    mul: i32,
    shift: u32,
    below: u32,
    round: i32,
}

impl<'a> Values<'a> {
    #[inline(always)]
    fn new(TableRow { codes, mul, shift }: TableRow<'a>) -> Self {
        let shift = u32::from(shift);
        Self { codes, mul, shift, below: shift.saturating_sub(1), round: i32::from(shift > 0) }
    }

    #[inline(always)]
    fn of(&self, code: i8) -> i32 {
        let product = i32::from(code) * self.mul;
        (product >> self.shift) + (product >> self.below & self.round)
    }
}

#[cfg(test)]
mod tests {
    use noctule_program::numbers::{round_shift, sat16};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::kernels::KernelName;

    struct Row {
        codes: Vec<i8>,
        mul: i32,
        shift: u8,
    }

    impl Row {
        fn new(width: usize, most: i32, rng: &mut ChaCha8Rng) -> Self {
            let codes = (0..width).map(|_| rng.random()).collect();
            let mul = [most, rng.random_range(0..=most), rng.random_range(0..400)];
            Self { codes, mul: mul[rng.random_range(0..3)], shift: rng.random_range(0..=31) }
        }

        fn row(&self) -> TableRow<'_> {
            TableRow { codes: &self.codes, mul: self.mul, shift: self.shift }
        }

        fn value(&self, c: usize) -> i64 {
            round_shift(i64::from(self.codes[c]) * i64::from(self.mul), self.shift)
        }
    }

    #[test]
    fn every_kernels_embedding_is_the_definitions() {
        let mut rng = ChaCha8Rng::seed_from_u64(13);
        for round in 0..if cfg!(miri) { 2 } else { 300 } {
            let width = rng.random_range(1..200);
            let [a, b, c] = [(); 3].map(|()| Row::new(width, 65535, &mut rng));
            let mut scaled = Row::new(width, 65535 * 255, &mut rng);
            scaled.mul *= if rng.random() { 1 } else { -1 };
            let third = |i: usize| if round % 2 == 0 { c.value(i) } else { 0 };
            let sums = |i| sat16(a.value(i) + b.value(i) + third(i)) as i16;
            for kernel in KernelName::ALL.into_iter().filter_map(KernelName::kernel) {
                let mut x = vec![77; width];
                kernel.add_rows([a.row(), b.row()], (round % 2 == 0).then(|| c.row()), &mut x);
                assert!(x.iter().enumerate().all(|(i, x)| *x == sums(i)), "{kernel:?} {round}");
                kernel.put_row(scaled.row(), &mut x);
                let wanted = |i| sat16(scaled.value(i)) as i16;
                assert!(x.iter().enumerate().all(|(i, x)| *x == wanted(i)), "{kernel:?} {round}");
            }
        }
    }

    #[test]
    fn every_kernels_sums_of_products_are_exact() {
        let mut rng = ChaCha8Rng::seed_from_u64(14);
        for width in (0..70).chain([255, 256, 768]) {
            let extreme = rng.random_bool(0.3);
            let weights: Vec<i8> =
                (0..width).map(|_| if extreme { -128 } else { rng.random() }).collect();
            let x: Vec<i16> =
                (0..width).map(|_| if extreme { i16::MIN } else { rng.random() }).collect();
            let bytes: Vec<u8> =
                (0..width).map(|_| if extreme { 255 } else { rng.random() }).collect();
            let of = |n: usize, other: i64| i64::from(weights[n]) * other;
            let dot: i64 = (0..width).map(|n| of(n, x[n].into())).sum();
            let dot_bytes: i64 = (0..width).map(|n| of(n, bytes[n].into())).sum();
            // Sums that fit, as the validator sees to.
            for kernel in KernelName::ALL.into_iter().filter_map(KernelName::kernel) {
                if i32::try_from(dot).is_ok() {
                    assert_eq!(i64::from(kernel.dot(&weights, &x)), dot, "{kernel:?}");
                }
                assert_eq!(i64::from(kernel.dot_bytes(&weights, &bytes)), dot_bytes, "{kernel:?}");
            }
        }
    }
}
