//! A product by itself, to be timed.

use noctule_program::{
    bits::BitMatrix,
    parts::{Codes, Weights},
};

use crate::{
    error::EngineError,
    kernels::{Kernel, KernelName},
    prepare::{BLOCK, Digits, Panels},
    run::{CodeBuffer, Layout, multiply},
};

/// A product of signed codes `[tokens, inputs]` with binary weights `[outputs, inputs]`, as the
/// engine's linears do it: in blocks of tokens, on one thread.
#[derive(Debug)]
pub struct Product {
    kernel: Box<dyn Kernel>,
    codes: CodeBuffer,
    layout: Layout,
    weights: Panels,
    tokens: usize,
    outputs: usize,
    sums: Vec<i32>,
}

impl Product {
    /// Of a shape `[tokens, outputs, inputs]`, with codes of `bits` bits; the values are made up.
    ///
    /// # Errors
    /// Where this machine lacks the kernel.
    pub fn new(kernel: KernelName, shape: [usize; 3], bits: u8) -> Result<Self, EngineError> {
        let [tokens, outputs, inputs] = shape;
        let kernel = kernel.require()?;
        let high = BitMatrix::from_fn(outputs, inputs, |r, c| mixed(r, c) & 1 == 1);
        let weights = Panels::of_weights(&Weights { high, low: None }, kernel.lanes());
        let layout = Layout::flat(Digits::of_codes(Codes { bits, signed: true }), inputs);
        let mut codes = CodeBuffer::new(tokens * layout.stride(), tokens);
        let mut rows = codes.rows_mut(layout, tokens);
        (0..tokens).for_each(|row| rows.fill(row, |c| mixed(c, row)));
        let sums = vec![0; tokens.min(BLOCK) * weights.padded_rows()];
        Ok(Self { kernel, codes, layout, weights, tokens, outputs, sums })
    }

    /// Computes the product and shows each block's sums `[tokens of the block, outputs]`, rows
    /// first padded to the distance that is given.
    pub fn run(&mut self, mut block: impl FnMut(&[i32], usize)) {
        let rows = self.codes.rows(self.layout, self.tokens);
        for first in (0..self.tokens).step_by(BLOCK) {
            let rows = rows.range(first..self.tokens.min(first + BLOCK));
            let stride = multiply(&*self.kernel, rows, 0, &self.weights, &mut self.sums);
            block(&self.sums[..rows.count() * stride], stride);
        }
    }

    /// Multiplications and additions of one run.
    #[must_use]
    pub fn operations(&self) -> u64 {
        2 * (self.tokens * self.outputs * self.weights.cols()) as u64
    }
}

/// Bits without a pattern that a kernel could profit by.
fn mixed(a: usize, b: usize) -> u32 {
    let mixed = (a as u64 * 0x9e37_79b9 + b as u64).wrapping_mul(0xd134_2543_de82_ef95);
    (mixed >> 40) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_the_naive_one() {
        for kernel in KernelName::available() {
            for (bits, shape) in [(1, [18, 5, 100]), (4, [3, 9, 65])] {
                let [tokens, outputs, inputs] = shape;
                let mut product = Product::new(kernel, shape, bits).unwrap();
                let rows = product.codes.rows(product.layout, tokens);
                let codes: Vec<Vec<i32>> =
                    (0..tokens).map(|row| rows.codes(row).collect()).collect();
                let weight = |r, c| if mixed(r, c) & 1 == 1 { 1 } else { -1 };
                let mut row = 0;
                product.run(|sums, stride| {
                    for sums in sums.chunks_exact(stride) {
                        for (n, &sum) in sums[..outputs].iter().enumerate() {
                            let naive = (0..inputs).map(|k| codes[row][k] * weight(n, k)).sum();
                            assert_eq!(sum, naive, "{kernel} ({row}, {n})");
                        }
                        row += 1;
                    }
                });
                assert_eq!(
                    (row, product.operations()),
                    (tokens, 2 * (tokens * outputs * inputs) as u64)
                );
            }
        }
    }
}
