//! A product by itself, to be timed.

use alloc::boxed::Box;

use noctule_program::{
    bits::BitMatrix,
    parts::{Codes, Weights},
};

use crate::{
    error::EngineError,
    kernels::{Kernel, KernelName, LeftSize, PANEL},
    prepare::{BLOCK, Digits, Panels},
    room::Room,
    run::{CodeBuffer, Layout, LeftBuffer, Tile, left_chunks, product},
};

/// A product of signed codes `[tokens, inputs]` with binary weights `[outputs, inputs]`, as the
/// engine's linears do it: in blocks of tokens, on one thread.
#[derive(Debug)]
pub struct Product {
    kernel: &'static dyn Kernel,
    codes: CodeBuffer,
    layout: Layout,
    /// The weights in rows.
    row_major: BitMatrix,
    weights: Panels,
    tokens: usize,
    left: LeftBuffer,
    tile: Box<Tile>,
}

impl Product {
    /// Of a shape `[tokens, outputs, inputs]`, with codes of `bits` bits; the values are made up.
    ///
    /// # Errors
    /// Where this machine lacks the kernel.
    pub fn new(kernel: KernelName, shape: [usize; 3], bits: u8) -> Result<Self, EngineError> {
        let [tokens, outputs, inputs] = shape;
        let kernel = kernel.require()?;
        let digits = Digits::of_codes(Codes { bits, signed: true });
        let high = BitMatrix::from_fn(outputs, inputs, |r, c| mixed(r, c) & 1 == 1);
        let weights = Weights { high, low: None };
        let panels = Panels::of_weights(kernel, &weights, digits);
        let layout = Layout::flat(digits, inputs);
        let mut codes = CodeBuffer::new(&mut Room::wet(), tokens * layout.stride());
        let mut rows = codes.clear(layout, tokens);
        for row in 0..tokens {
            for first in (0..inputs).step_by(PANEL) {
                let codes = core::array::from_fn(|c| mixed(first + c, row) as u8);
                rows.put_codes(kernel, row, first, PANEL.min(inputs - first), (&codes, u64::MAX));
            }
        }
        let size = LeftSize { rows: BLOCK, words: panels.words(), planes: digits.planes() };
        let left = LeftBuffer::new(&mut Room::wet(), left_chunks(kernel, size));
        Ok(Self {
            kernel,
            codes,
            layout,
            row_major: weights.high,
            weights: panels,
            tokens,
            left,
            tile: Box::new([0; BLOCK * PANEL]),
        })
    }

    /// Computes the product and shows each row of each tile: `each(token, first output, sums)`.
    pub fn run(&mut self, each: impl FnMut(usize, usize, &[i32; 64])) {
        self.blocks(false, each);
    }

    /// The same with weights that lie in rows and are arranged in panels anew for each block of tokens:
    /// what it would cost not to keep them in panels.
    pub fn run_row_major(&mut self, each: impl FnMut(usize, usize, &[i32; 64])) {
        self.blocks(true, each);
    }

    fn blocks(&mut self, row_major: bool, mut each: impl FnMut(usize, usize, &[i32; 64])) {
        let rows = self.codes.rows(self.layout, self.tokens);
        for first in (0..self.tokens).step_by(BLOCK) {
            if row_major {
                self.weights.arrange(&self.row_major);
            }
            let rows = rows.range(first..self.tokens.min(first + BLOCK));
            let left = self.left.pack(self.kernel, rows, 0);
            product(left, &self.weights, &mut self.tile, |row, output, tile| {
                each(first + row, output, &tile.all());
            });
        }
    }

    /// Multiplications and additions of one run.
    #[must_use]
    pub fn operations(&self) -> u64 {
        2 * (self.tokens * self.weights.rows() * self.weights.cols()) as u64
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
                let mut seen = 0;
                let mut check = |row: usize, output, sums: &[i32; PANEL]| {
                    for (n, &sum) in (output..outputs).zip(sums) {
                        let naive = (0..inputs).map(|k| codes[row][k] * weight(n, k)).sum();
                        assert_eq!(sum, naive, "{kernel} ({row}, {n})");
                        seen += 1;
                    }
                };
                product.run(&mut check);
                product.run_row_major(check);
                assert_eq!(
                    (seen, product.operations()),
                    (2 * tokens * outputs, 2 * (tokens * outputs * inputs) as u64)
                );
            }
        }
    }
}
