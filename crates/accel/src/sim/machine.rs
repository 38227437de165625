//! Everything that the machine remembers: memories on chip, external memory, streams.

use super::memory::Memory;
use crate::config::Sizes;

/// State of the machine. Names are those of the manual.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Sizes.
    pub sizes: Sizes,
    /// External memory from the image's address on.
    pub image: Vec<u8>,
    /// Words of the input stream.
    pub input: Vec<u32>,
    /// Words that came out of the output stream.
    pub output: Vec<u32>,
    /// Weights.
    pub w: Memory,
    /// Codes from `norm`.
    pub h: Memory,
    /// Codes from the drain.
    pub g: Memory,
    /// Attention codes.
    pub a: Memory,
    /// Keys and values.
    pub kv: Memory,
    /// Residual stream: `[bank][row memory]`.
    pub x: Vec<Vec<Memory>>,
    /// Scores.
    pub s: Memory,
    /// Row maxima.
    pub m: Memory,
    /// Exponents.
    pub e: Memory,
    /// Row sums.
    pub su: Memory,
    /// Parameters of the drain.
    pub dp: Memory,
    /// Gain and bias.
    pub ng: Memory,
    /// Quantizers after norms.
    pub nq: Memory,
    /// Bytes: table rows.
    pub b: Memory,
    /// Mask tiles.
    pub mk: Memory,
    /// Exponent table.
    pub t: Memory,
    /// Passes.
    pub pt: Memory,
    /// Input words.
    pub i: Memory,
}

impl Machine {
    /// A machine at rest.
    #[must_use]
    pub fn new(sizes: &Sizes, image: Vec<u8>, input: Vec<u32>) -> Self {
        let s = sizes;
        let (tile, operand, param) = (s.tile, s.tile * s.k, 64 * s.tile);
        let rows = || (0..s.p).map(|_| Memory::new(tile * 16, s.x_depth)).collect();
        Self {
            sizes: s.clone(),
            image,
            input,
            output: Vec::new(),
            w: Memory::new(operand, s.w_depth),
            h: Memory::new(operand, s.h_depth),
            g: Memory::new(operand, s.g_depth),
            a: Memory::new(operand, s.a_depth),
            kv: Memory::new(operand, s.kv_depth),
            x: (0..s.xb).map(|_| rows()).collect(),
            s: Memory::new(tile * tile * (s.score_w + 1), s.s_depth),
            m: Memory::new(tile * (s.score_w + 1), s.m_depth),
            e: Memory::new(s.pa * tile * 16, s.e_depth),
            su: Memory::new(tile * 32, s.m_depth),
            dp: Memory::new(param, s.dp_depth),
            ng: Memory::new(param, s.ng_depth),
            nq: Memory::new(param, s.nq_depth),
            b: Memory::new(s.beat, s.b_depth),
            mk: Memory::new(s.beat, s.mk_depth),
            t: Memory::new(16, s.t_depth),
            pt: Memory::new(16, s.pt_depth),
            i: Memory::new(32, s.i_depth),
        }
    }

    /// Residual of row `row` of `block`, channel `channel`; `x_stride` as in instructions.
    #[must_use]
    pub fn x(&self, block: usize, x_stride: usize, row: usize, channel: usize) -> i64 {
        let (bank, memory, at, lo) = self.x_place(block, x_stride, row, channel);
        self.x[bank][memory].get_signed(at, lo, 16)
    }

    /// Sets what [`Self::x`] reads.
    pub fn set_x(&mut self, block: usize, x_stride: usize, row: usize, channel: usize, value: i64) {
        let (bank, memory, at, lo) = self.x_place(block, x_stride, row, channel);
        self.x[bank][memory].set(at, lo, 16, value as u64);
    }

    fn x_place(
        &self,
        block: usize,
        stride: usize,
        row: usize,
        channel: usize,
    ) -> (usize, usize, usize, usize) {
        let Sizes { tile, p, xb, .. } = self.sizes;
        let at = block / xb * stride + channel / tile * self.sizes.groups() + row / p;
        (block % xb, row % p, at, channel % tile * 16)
    }
}

/// Sets the bits of a code tile plane in an operand word: element `(row, col)` of column tile `col_tile` (H, G, A, KV).
pub(crate) fn set_code_bit(
    memory: &mut Memory,
    sizes: &Sizes,
    at: usize,
    col_tile: usize,
    row: usize,
    col: usize,
    bit: bool,
) {
    memory.set(at, row * sizes.k + col_tile * sizes.tile + col, 1, u64::from(bit));
}
