//! Memories on chip, and the block RAM of AMD parts that they take.

use crate::{config::Sizes, isa::BITS};

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

    /// RAMB18 of all copies: of the shapes that a RAMB18 has, the one that takes fewest.
    #[must_use]
    pub fn half_bram(&self) -> usize {
        if self.is_shallow() {
            return 0;
        }
        let forms =
            SHAPES.map(|(words, bits)| self.depth.div_ceil(words) * self.width.div_ceil(bits));
        self.copies * forms.into_iter().min().unwrap_or_default()
    }
}

/// Every memory of a configuration but PT and the queues, which count with their units.
#[must_use]
pub fn memories(s: &Sizes) -> Vec<Memory> {
    let m = |name, copies, width, depth| Memory { name, copies, width, depth };
    let (tile, square, score) = (s.tile, s.tile * s.tile, s.score_w + 1);
    let imem = s.beat.max(BITS);
    vec![
        m("W", 1, tile * s.k, s.w_depth),
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
    ]
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
