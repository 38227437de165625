//! Linear layers.

use burn::backend::Flex;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::lanes::update;
use super::node::{Host, Input, record};
use super::parallel::{fill_rows, sum_rows};
use super::weights;
use crate::ops::Matrix;

/// As [`crate::ops::plain::linear`].
pub fn linear(x: Tensor<2>, matrix: Matrix, bias: Option<Tensor<1>>) -> Tensor<2> {
    let inputs = [Input::new(x), Input::new(weights::values(matrix)), Input::optional(bias)];
    let [x, weights, bias] = inputs.each_ref().map(Input::host);
    let product = product(x.tensor(), transposed(weights.tensor()));
    let output = add_bias(product, bias.values());
    record(inputs, output, move |gradient, [for_x, for_weights, for_bias]| {
        let g = gradient.tensor();
        let dx = for_x.then(|| product_host(g.clone(), weights.tensor()));
        let dweights = for_weights.then(|| product_host(transposed(g), x.tensor()));
        [dx, dweights, for_bias.then(|| column_sums(&gradient))]
    })
}

fn product(a: FlexTensor, b: FlexTensor) -> FlexTensor {
    <Flex as FloatTensorOps<Flex>>::float_matmul(a, b)
}

fn product_host(a: FlexTensor, b: FlexTensor) -> Host {
    product(a, b).into()
}

fn transposed(matrix: FlexTensor) -> FlexTensor {
    let layout = matrix.layout().transpose(0, 1);
    matrix.with_layout(layout)
}

fn add_bias(mut product: FlexTensor, bias: &[f32]) -> Host {
    if !bias.is_empty() {
        let values: &mut [f32] = product.storage_mut();
        fill_rows(
            values,
            bias.len(),
            #[inline(always)]
            |_, part| {
                for row in part.chunks_exact_mut(bias.len()) {
                    update(
                        row,
                        bias,
                        #[inline(always)]
                        |value, bias| value + bias,
                    );
                }
            },
        );
    }
    product.into()
}

/// Sum over the rows of a matrix.
fn column_sums(matrix: &Host) -> Host {
    let [rows, width] = matrix.dims();
    let values = matrix.values();
    let sums = sum_rows(
        rows,
        width,
        width,
        #[inline(always)]
        |range, sums| {
            for row in values[range.start * width..range.end * width].chunks_exact(width) {
                update(
                    sums,
                    row,
                    #[inline(always)]
                    |sum, value| sum + value,
                );
            }
        },
    );
    Host::new(sums, [width])
}
