//! Memories on chip, and the block RAM of AMD parts that they take.

use crate::{config::Sizes, isa::BITS, synth::Resources};

/// RTL modules that are nothing but a memory of [`memories`].
pub const MEMORY_MODULES: [&str; 2] = ["ram", "gated_ram"];

/// So many memories of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Its name in `docs/accelerator.md`.
    pub name: &'static str,
    /// Memories of this shape.
    pub copies: usize,
    /// Bits of a word.
    pub width: usize,
    /// Words.
    pub depth: usize,
}

/// Words and widths of a RAMB18 with one write and one read port.
const SHAPES: [(usize, usize); 6] =
    [(512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)];

/// Words up to which synthesis puts a memory into look-up tables.
const SHALLOW: usize = 64;

impl Memory {
    /// Whether it lies in look-up tables.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.depth <= SHALLOW
    }

    /// RAMB18 of all copies.
    #[must_use]
    pub fn half_bram(&self) -> usize {
        if self.is_shallow() {
            return 0;
        }
        let (words, bits) = self.shape();
        self.copies * self.depth.div_ceil(words) * self.width.div_ceil(bits)
    }

    /// What all copies take. In look-up tables: RAM32M16 (14 bits of 32 words in 8) or RAM64M8 (7 bits of 64 words), and a register
    /// behind them. In block RAM: a multiplexer behind more than one bank, two to four banks in a look-up table a bit.
    #[must_use]
    pub fn resources(&self) -> Resources {
        let bits = if self.depth <= 32 { 14 } else { 7 };
        let (lut, ff) = if self.is_shallow() {
            (8 * self.width.div_ceil(bits), self.width)
        } else {
            (self.width * (self.depth.div_ceil(self.shape().0) - 1).div_ceil(3), 0)
        };
        let of_all = |one: usize| (self.copies * one) as u64;
        Resources {
            lut: of_all(lut),
            ff: of_all(ff),
            half_bram: self.half_bram() as u64,
            ..Resources::default()
        }
    }

    /// Of the shapes that a RAMB18 has, the one that takes fewest; of equal ones the one with fewest banks.
    fn shape(&self) -> (usize, usize) {
        let cost = |&(words, bits): &(usize, usize)| {
            let banks = self.depth.div_ceil(words);
            (banks * self.width.div_ceil(bits), banks)
        };
        SHAPES.into_iter().min_by_key(cost).unwrap_or(SHAPES[0])
    }
}

/// W: a bank of the greatest power of two and one of the rest, joined behind.
fn weights(s: &Sizes) -> Vec<Memory> {
    let bank = |depth| Memory { name: "W", copies: 1, width: s.tile * s.k, depth };
    if s.w_depth.is_power_of_two() {
        return vec![bank(s.w_depth)];
    }
    let low = s.w_depth.next_power_of_two() / 2;
    vec![bank(low), bank(s.w_depth - low)]
}

/// Every memory of a configuration but PT and the queues, which count with their units.
#[must_use]
pub fn memories(s: &Sizes) -> Vec<Memory> {
    let m = |name, copies, width, depth| Memory { name, copies, width, depth };
    let (tile, square, score) = (s.tile, s.tile * s.tile, s.score_w + 1);
    let imem = s.beat.max(BITS);
    let others = [
        m("H", s.cols(), square, s.h_depth),
        m("G", s.cols(), square, s.g_depth),
        m("KV", s.cols(), square, s.kv_depth),
        m("A", s.cols() * s.attention_groups(), s.pa * tile, s.a_depth),
        m("X", s.xb * s.p, 16 * tile, s.x_depth),
        m("S", 1, square * score, s.s_depth),
        m("M", 1, tile * score, s.m_depth),
        m("E", 1, s.pa * tile * 16, s.e_depth),
        m("SU", 1, tile * 32, s.m_depth),
        m("T", s.pa * tile, 16, s.t_depth),
        m("DP", 1, 64 * tile, s.dp_depth),
        m("NG", 1, 64 * tile, s.ng_depth),
        m("NQ", 1, 64 * tile, s.nq_depth),
        m("B", 1, s.beat, s.b_depth),
        m("MK", 1, s.beat, s.mk_depth),
        m("I", 2, 32, s.i_depth),
        m("IMEM", 1, imem, (s.imem_depth * BITS).div_ceil(imem)),
    ];
    weights(s).into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_ram_is_what_synthesis_took() {
        // Yosys 0.70, synth_xilinx -family xcup.
        for (width, depth, halves) in [
            (4096, 1216, 342),
            (4352, 512, 121),
            (2048, 512, 57),
            (1024, 512, 29),
            (1024, 1024, 57),
            (128, 2048, 15),
            (200, 1024, 12),
            (64, 128, 2),
            (256, 512, 8),
            (32, 512, 1),
            (1024, 64, 0),
        ] {
            let memory = Memory { name: "", copies: 1, width, depth };
            assert_eq!(memory.half_bram(), halves, "{width} x {depth}");
        }
    }
}
