//! `linear` (1.3 of `docs/program-format.md`): product, then codes or a sum into the stream.

use super::{
    product::multiply,
    quantize::{Rescaler, quantize},
    rows::{Rows, RowsMut},
};
use crate::{
    kernels::Kernel,
    prepare::{Linear, Projection},
};

/// Output codes of a block of rows; `sums` is room for the block's accumulators.
pub(crate) fn linear(
    kernel: &dyn Kernel,
    linear: &Linear,
    codes: Rows<'_>,
    sums: &mut [i32],
    out: &mut RowsMut<'_>,
) {
    let stride = multiply(kernel, codes, 0, &linear.weights, sums);
    for (r, sums) in sums.chunks_exact(stride).take(codes.count()).enumerate() {
        quantize(kernel, &linear.output, &sums[..linear.outputs], out, r);
    }
}

/// Adds the rescaled product of a block of rows into their residual stream `[rows, D]`.
pub(crate) fn project(
    kernel: &dyn Kernel,
    projection: &Projection,
    codes: Rows<'_>,
    sums: &mut [i32],
    x: &mut [i16],
) {
    let stride = multiply(kernel, codes, 0, &projection.weights, sums);
    let width = x.len() / codes.count();
    let rescaler = Rescaler::new(&projection.rescale);
    for (x, sums) in x.chunks_exact_mut(width).zip(sums.chunks_exact(stride)) {
        for (c, (x, &sum)) in x.iter_mut().zip(sums).enumerate() {
            *x = saturate(i64::from(*x) + rescaler.apply(c, sum));
        }
    }
}

/// `sat16`, in 16 bits.
#[inline]
pub(crate) fn saturate(v: i64) -> i16 {
    v.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::saturate;

    #[test]
    fn sums_saturate() {
        for v in [-40000, -32769, -32768, -1, 0, 5, 32767, 32768, 1 << 50, -1 << 50] {
            assert_eq!(i64::from(saturate(v)), v.clamp(-32768, 32767));
        }
    }
}
