//! Losses over many numbers: one pass for the value, one for the gradient.

use burn::tensor::Tensor;

use super::lanes::{exp, max, sum, sum2};
use super::node::{Host, Input, record};
use super::parallel::{fill_rows, sum_rows};

/// As [`crate::ops::plain::cross_entropy`].
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    let input = Input::new(logits);
    let logits = input.host();
    let [rows, width] = logits.dims();
    let row = |row: usize| &logits.values()[row * width..][..width];
    let loss = sum_rows(
        rows,
        width,
        1,
        #[inline(always)]
        |range, loss| {
            for index in range {
                loss[0] += log_sum_exp(row(index)) - row(index)[targets[index] as usize];
            }
        },
    );
    let output = Host::new(vec![loss[0] / rows as f32], [1]);
    let targets = targets.to_vec();
    record([input], output, move |gradient, _| {
        [Some(cross_entropy_gradient(&logits, &targets, gradient.values()[0] / rows as f32))]
    })
}

#[inline(always)]
fn log_sum_exp(row: &[f32]) -> f32 {
    let largest = max(row);
    largest
        + sum(
            row,
            #[inline(always)]
            |value| exp(value - largest),
        )
        .ln()
}

fn cross_entropy_gradient(logits: &Host, targets: &[u32], factor: f32) -> Host {
    let [rows, width] = logits.dims();
    let mut out = vec![0.0; rows * width];
    fill_rows(
        &mut out,
        width,
        #[inline(always)]
        |range, part| {
            for (row, part) in range.zip(part.chunks_exact_mut(width)) {
                let line = &logits.values()[row * width..][..width];
                let total = log_sum_exp(line);
                for (out, &value) in part.iter_mut().zip(line) {
                    *out = factor * exp(value - total);
                }
                part[targets[row] as usize] -= factor;
            }
        },
    );
    Host::new(out, [rows, width])
}

/// As [`crate::ops::plain::mse`].
pub fn mse(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let inputs = [Input::new(a), Input::new(b)];
    let [a, b] = inputs.each_ref().map(Input::host);
    let [rows, width] = a.dims();
    let total = sum_rows(
        rows,
        width,
        1,
        #[inline(always)]
        |range, total| {
            let block = range.start * width..range.end * width;
            let (a, b) = (&a.values()[block.clone()], &b.values()[block]);
            total[0] += sum2(
                a,
                b,
                #[inline(always)]
                |a, b| (a - b) * (a - b),
            );
        },
    );
    let count = (rows * width) as f32;
    let output = Host::new(vec![total[0] / count], [1]);
    record(inputs, output, move |gradient, needed| {
        let factor = gradient.values()[0] * 2.0 / count;
        [(&a, &b, needed[0]), (&b, &a, needed[1])]
            .map(|(this, other, needed)| needed.then(|| difference(this, other, factor)))
    })
}

fn difference(a: &Host, b: &Host, factor: f32) -> Host {
    let [rows, width] = a.dims();
    let mut out = vec![0.0; rows * width];
    fill_rows(
        &mut out,
        width,
        #[inline(always)]
        |range, part| {
            let block = range.start * width..range.end * width;
            let pairs = a.values()[block.clone()].iter().zip(&b.values()[block]);
            for (out, (&a, &b)) in part.iter_mut().zip(pairs) {
                *out = factor * (a - b);
            }
        },
    );
    Host::new(out, [rows, width])
}
