//! Products of codes as passes of XNOR-popcounts, and what their sums mean (manual, 1.3).

use noctule_program::parts::Codes;

use crate::isa::Pass;

/// What a product multiplies by: the right operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Right {
    /// Weights of one plane, or of two: the ratio of the high one, plane 1.
    Weights(Option<u8>),
    /// Signed codes: keys or values.
    Codes(u8),
}

/// A product: passes, and `value = (times * acc + constant * n) / divisor`, `n` the channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) passes: Vec<Pass>,
    /// 1 or 2.
    pub(crate) times: i64,
    /// Added for each channel in the range; with weights: without the part of [`Self::ones`].
    pub(crate) constant: i64,
    /// 1 or 2.
    pub(crate) divisor: i64,
    /// Factor of `sum of 2^shift * (ones in the plane of weights)`, which is known beforehand.
    pub(crate) ones: i64,
    /// Largest magnitude of the accumulator for each channel in the range.
    pub(crate) bound: i64,
}

#[derive(Clone, Copy)]
struct Term {
    left: Option<u8>,
    right: Option<u8>,
    shift: u32,
    negative: bool,
}

/// An operand as planes with weights `+-2^shift`, or as +-1.
struct Operand {
    planes: Vec<(u8, u32, bool)>,
    /// Sum of the planes' weights; none: the codes are +-1.
    kappa: Option<i64>,
}

impl Operand {
    fn codes(codes: Codes) -> Self {
        let plane =
            |p: u8| (p, u32::from(p), codes.signed && codes.bits > 1 && p == codes.bits - 1);
        let kappa = match codes {
            Codes { bits: 1, signed: true } => None,
            Codes { signed: true, .. } => Some(-1),
            Codes { bits, signed: false } => Some((1 << bits) - 1),
        };
        Self { planes: (0..codes.bits).map(plane).collect(), kappa }
    }

    fn right(right: Right) -> Self {
        match right {
            Right::Weights(None) => Self { planes: vec![(0, 0, false)], kappa: None },
            Right::Weights(Some(ratio)) => {
                Self { planes: vec![(0, 0, false), (1, u32::from(ratio), false)], kappa: None }
            }
            Right::Codes(bits) => Self::codes(Codes { bits, signed: true }),
        }
    }

    /// `kappa` as powers of two.
    fn ones(&self) -> Vec<(u32, bool)> {
        match self.kappa {
            None => vec![],
            Some(1) => vec![(0, false)],
            Some(-1) => vec![(0, true)],
            Some(kappa) => vec![((kappa + 1).trailing_zeros(), false), (0, true)],
        }
    }
}

/// The product of left codes with a right operand.
pub(crate) fn product(left: Codes, right: Right) -> Product {
    let (l, r) = (Operand::codes(left), Operand::right(right));
    let mut terms = Vec::new();
    for &(left, ls, ln) in &l.planes {
        for &(right, rs, rn) in &r.planes {
            terms.push(Term {
                left: Some(left),
                right: Some(right),
                shift: ls + rs,
                negative: ln != rn,
            });
        }
    }
    let weights = matches!(right, Right::Weights(_));
    for (shift, negative) in l.ones() {
        let of = |&(plane, s, n): &(u8, u32, bool)| Term {
            left: None,
            right: Some(plane),
            shift: shift + s,
            negative: negative != n,
        };
        terms.extend(r.planes.iter().filter(|_| !weights).map(of));
    }
    for (shift, negative) in r.ones() {
        let of = |&(plane, s, n): &(u8, u32, bool)| Term {
            left: Some(plane),
            right: None,
            shift: shift + s,
            negative: negative != n,
        };
        terms.extend(l.planes.iter().map(of));
    }
    let scale: i64 = r.planes.iter().map(|&(_, s, _)| 1 << s).sum();
    let (times, constant, divisor, ones) = match (l.kappa, r.kappa) {
        (None, None) => (2, -scale, 1, 0),
        (Some(k), None) if weights => (1, -k * scale, 1, k),
        (Some(k), None) | (None, Some(k)) => (1, -k, 1, 0),
        (Some(k), Some(m)) => (1, -k * m, 2, 0),
    };
    let bound = terms.iter().map(|term| 1 << term.shift).sum();
    Product { passes: horner(terms), times, constant, divisor, ones, bound }
}

/// Terms from the largest shift down; the accumulator doubles from one shift to the next.
fn horner(mut terms: Vec<Term>) -> Vec<Pass> {
    terms.sort_by_key(|term| std::cmp::Reverse(term.shift));
    let mut passes: Vec<Pass> = Vec::new();
    let mut level = terms[0].shift;
    for (n, term) in terms.iter().enumerate() {
        let steps = level - term.shift;
        level = term.shift;
        let idle =
            Pass { left: Some(0), right: Some(0), double: true, null: true, ..Pass::default() };
        passes.extend((1..steps).map(|_| idle));
        let Term { left, right, negative, .. } = *term;
        passes.push(Pass { left, right, first: n == 0, double: steps > 0, negative, null: false });
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code's planes, or the sign of a +-1 code as one bit.
    fn plane(codes: Codes, code: i64, p: u8) -> i64 {
        if codes == (Codes { bits: 1, signed: true }) { i64::from(code > 0) } else { code >> p & 1 }
    }

    fn run(
        product: &Product,
        n: usize,
        left: &dyn Fn(usize, u8) -> i64,
        right: &dyn Fn(usize, u8) -> i64,
    ) -> i64 {
        let mut acc = 0_i64;
        for pass in &product.passes {
            acc = if pass.first {
                0
            } else if pass.double {
                2 * acc
            } else {
                acc
            };
            let l = |k| pass.left.map_or(1, |p| left(k, p));
            let r = |k| pass.right.map_or(1, |p| right(k, p));
            let count = (0..n).filter(|&k| !pass.null && l(k) == r(k)).count() as i64;
            acc += if pass.negative { -count } else { count };
            assert!(acc.abs() <= product.bound * n as i64);
        }
        acc
    }

    #[test]
    fn passes_of_codes_give_their_product() {
        let mut seed = 1_u64;
        let mut random = |codes: Codes| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let span = i64::from(codes.largest() - codes.least()) + 1;
            let code = i64::from(codes.least()) + (seed >> 33) as i64 % span;
            if codes == (Codes { bits: 1, signed: true }) {
                if code < 0 { -1 } else { 1 }
            } else {
                code
            }
        };
        for left in [
            (1, true),
            (2, true),
            (4, true),
            (8, true),
            (1, false),
            (2, false),
            (4, false),
            (8, false),
        ] {
            let left = Codes { bits: left.0, signed: left.1 };
            for bits in [1, 2, 4, 8] {
                let right = Codes { bits, signed: true };
                for n in [1, 2, 7] {
                    let (a, b): (Vec<i64>, Vec<i64>) =
                        (0..n).map(|_| (random(left), random(right))).unzip();
                    let product = product(left, Right::Codes(bits));
                    let acc = run(&product, n, &|k, p| plane(left, a[k], p), &|k, p| {
                        plane(right, b[k], p)
                    });
                    let wanted: i64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
                    let value = product.times * acc + product.constant * n as i64;
                    assert_eq!(value, wanted * product.divisor, "{left:?} {bits}");
                }
            }
            for ratio in [None, Some(0), Some(3), Some(7)] {
                let (n, sign) = (9, Codes { bits: 1, signed: true });
                let a: Vec<i64> = (0..n).map(|_| random(left)).collect();
                let planes: Vec<Vec<i64>> =
                    (0..2).map(|_| (0..n).map(|_| random(sign)).collect()).collect();
                let product = product(left, Right::Weights(ratio));
                let acc = run(&product, n, &|k, p| plane(left, a[k], p), &|k, p| {
                    i64::from(planes[usize::from(p)][k] > 0)
                });
                let high = ratio.map_or(0, |_| 1);
                let w = |k: usize| {
                    (planes[high][k] << ratio.unwrap_or(0)) + ratio.map_or(0, |_| planes[0][k])
                };
                let ones = |p: usize| planes[p].iter().filter(|&&w| w > 0).count() as i64;
                let ones = (ones(high) << ratio.unwrap_or(0)) + ratio.map_or(0, |_| ones(0));
                let wanted: i64 = (0..n).map(|k| a[k] * w(k)).sum();
                assert_eq!(
                    product.times * acc + product.constant * n as i64 + product.ones * ones,
                    wanted
                );
            }
        }
    }

    #[test]
    fn common_products_are_short() {
        let count = |bits, signed, right| product(Codes { bits, signed }, right).passes.len();
        assert_eq!(count(1, true, Right::Weights(None)), 1);
        assert_eq!(count(4, true, Right::Weights(None)), 4);
        assert_eq!(count(1, true, Right::Codes(1)), 1);
        assert_eq!(count(1, false, Right::Codes(1)), 2);
        assert_eq!(count(4, true, Right::Codes(4)), 24);
    }
}
