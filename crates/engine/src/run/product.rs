//! Products of codes with codes or weights.

use super::rows::Rows;
use crate::{
    kernels::{Kernel, Sums},
    prepare::Panels,
};

/// `out[r][n] = sum over k of left[r][k] * right[n][k]`, where `left` is one segment of rows;
/// returns the distance of two rows of `out`, which must have room for
/// `left.count() * right.padded_rows()` sums.
///
/// With `left = sum_p s_p A_p + a` and `right = sum_q t_q B_q + b` ([`crate::prepare::Digits`]):
///
/// `sum_pq s_p t_q popcount(A_p & B_q) + b * sum_p s_p popcount(A_p) + a * (sum_q t_q popcount(B_q) + b K)`
///
/// Partial sums may wrap; the whole fits 32 bits, as the validator has shown.
pub(crate) fn multiply(
    kernel: &dyn Kernel,
    left: Rows<'_>,
    segment: usize,
    right: &Panels,
    out: &mut [i32],
) -> usize {
    let stride = right.padded_rows();
    let out = &mut out[..left.count() * stride];
    start(left, segment, right, out);
    for (p, s) in left.layout.digits.weights().iter().enumerate() {
        for (q, t) in right.digits().weights().iter().enumerate() {
            let rows = left.plane(p, segment, right.words());
            let sums = Sums { data: &mut *out, stride };
            kernel.add_counts(rows, right.plane(q), s * t, sums);
        }
    }
    stride
}

/// The terms of one operand alone.
fn start(left: Rows<'_>, segment: usize, right: &Panels, out: &mut [i32]) {
    let (a, b) = (left.layout.digits.offset(), right.digits().offset());
    let constant = a.wrapping_mul(b).wrapping_mul(right.cols() as i32);
    for (r, out) in out.chunks_exact_mut(right.padded_rows()).enumerate() {
        let row = constant.wrapping_add(b.wrapping_mul(left.sum(r, segment)));
        if a == 0 {
            out.fill(row);
        } else {
            let sums = out.iter_mut().zip(right.sums());
            sums.for_each(|(out, sum)| *out = row.wrapping_add(a.wrapping_mul(*sum)));
        }
    }
}
