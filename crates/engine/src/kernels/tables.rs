//! Left operands of kernels that look partial sums up: for each row and each group of four inputs a
//! table of 16 bytes, the sums of the group's numbers over all subsets.

use super::{Chunk, LeftSize};

/// Rows whose tables lie side by side.
pub(super) const QUAD: usize = 4;
/// Groups of four inputs in a word.
pub(super) const GROUPS: usize = 16;
/// Chunks of the tables of a quad and a word: `[16 groups][QUAD rows][16]`.
pub(super) const TABLES: usize = QUAD * GROUPS * 16 / size_of::<Chunk>();

pub(super) fn left_chunks(size: LeftSize) -> usize {
    size.rows.div_ceil(QUAD) * size.words * TABLES
}

/// Makes byte `64 b + r` of a chunk byte `b` of row `r`, so that rows look up side by side.
#[cfg(target_arch = "aarch64")]
pub(super) fn arrange(chunk: &mut Chunk) {
    let bytes = chunk.0.map(u64::to_le_bytes);
    let (words, _) = chunk.0.as_chunks_mut::<8>();
    for (b, words) in words.iter_mut().enumerate() {
        for (n, word) in words.iter_mut().enumerate() {
            *word = u64::from_le_bytes(core::array::from_fn(|r| bytes[8 * n + r][b]));
        }
    }
}

/// `[group][input][subset]`: which of 16 codes a subset takes for an input of a group, or none.
pub(super) static SELECT: [[[u8; 16]; 4]; 4] = select();

const fn select() -> [[[u8; 16]; 4]; 4] {
    let mut select = [[[128; 16]; 4]; 4];
    let mut at = 0;
    while at < 256 {
        let (group, input, subset) = (at / 64, at / 16 % 4, at % 16);
        if subset >> input & 1 == 1 {
            select[group][input][subset] = (4 * group + input) as u8;
        }
        at += 1;
    }
    select
}
