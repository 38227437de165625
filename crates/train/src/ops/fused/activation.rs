//! Activations of float networks.

use burn::tensor::Tensor;

use super::lanes::normal;
use super::node::{Host, Input, record};
use super::parallel::fill_rows;

/// As [`crate::ops::plain::gelu`].
pub fn gelu(x: Tensor<2>) -> Tensor<2> {
    elementwise(
        x,
        #[inline(always)]
        |x| x * normal(x).0,
        #[inline(always)]
        |x| {
            let (below, density) = normal(x);
            below + x * density
        },
    )
}

/// As [`crate::ops::plain::relu`].
pub fn relu(x: Tensor<2>) -> Tensor<2> {
    elementwise(
        x,
        #[inline(always)]
        |x| if x > 0.0 { x } else { 0.0 },
        #[inline(always)]
        |x| if x > 0.0 { 1.0 } else { 0.0 },
    )
}

fn elementwise(
    x: Tensor<2>,
    value: impl Fn(f32) -> f32 + Sync,
    slope: impl Fn(f32) -> f32 + Send + Sync + 'static,
) -> Tensor<2> {
    let input = Input::new(x);
    let x = input.host();
    let output = map2(&x, &x, |x, _| value(x));
    record([input], output, move |gradient, _| {
        [Some(map2(&x, &gradient, |x, gradient| gradient * slope(x)))]
    })
}

fn map2(a: &Host, b: &Host, f: impl Fn(f32, f32) -> f32 + Sync) -> Host {
    let [rows, width] = a.dims();
    let mut out = vec![0.0; rows * width];
    let (a, b) = (a.values(), b.values());
    fill_rows(
        &mut out,
        width,
        #[inline(always)]
        |range, part| {
            let block = range.start * width..range.end * width;
            for ((out, &a), &b) in part.iter_mut().zip(&a[block.clone()]).zip(&b[block]) {
                *out = f(a, b);
            }
        },
    );
    Host::new(out, [rows, width])
}
