//! The product: popcounts of equal bits, pass by pass, chunk by chunk.

use crate::{
    isa::{Pass, Qmm},
    sim::{machine::Machine, memory::Memory},
};

/// Accumulators of tile `at` = (block, tile) into `acc`, row by row.
pub(super) fn multiply(op: &Qmm, machine: &Machine, at: (usize, usize), acc: &mut [i32]) {
    let left_base = op.left_base + at.0 as i64 * op.left_block_stride;
    let right_base = op.right_base + at.1 as i64 * op.right_tile_stride;
    for number in op.pass_base..op.pass_base + op.passes {
        let pass = Pass::from_bits(machine.pt.get(number as usize, 0, 16) as u16);
        start(&pass, acc);
        for chunk in 0..if pass.null { 0 } else { op.chunks } {
            let plane = |plane: Option<u8>, base: i64, stride: i64| {
                plane.map(|plane| ((base + i64::from(plane) * stride + chunk) & 0xffff) as usize)
            };
            let left = plane(pass.left, left_base, op.left_plane_stride);
            let right = plane(pass.right, right_base, op.right_plane_stride);
            step(op, machine, (left, right), chunk, pass.negative, acc);
        }
    }
    let spare = 32 - machine.sizes.acc_w as u32;
    acc.iter_mut().for_each(|acc| *acc = *acc << spare >> spare);
}

fn start(pass: &Pass, acc: &mut [i32]) {
    if pass.first {
        acc.fill(0);
    } else if pass.double {
        acc.iter_mut().for_each(|acc| *acc = acc.wrapping_mul(2));
    }
}

/// One step; an operand that is no word is ones.
fn step(
    op: &Qmm,
    machine: &Machine,
    words: (Option<usize>, Option<usize>),
    chunk: i64,
    negative: bool,
    acc: &mut [i32],
) {
    let (tile, k) = (machine.sizes.tile, machine.sizes.k);
    let left = [&machine.h, &machine.g, &machine.a][op.left.min(2) as usize];
    let right = [&machine.w, &machine.kv][op.right as usize];
    let left = rows(left, words.0, tile, k);
    let right = rows(right, words.1, tile, k);
    let range = range(op, chunk, k);
    let length = range.len();
    for (i, left) in left.chunks_exact(length).enumerate() {
        for (j, right) in right.chunks_exact(length).enumerate() {
            let words = left.iter().zip(right).zip(&range);
            let count: u32 = words.map(|((l, r), range)| (!(l ^ r) & range).count_ones()).sum();
            let acc = &mut acc[i * tile + j];
            let count = if negative { -(count as i32) } else { count as i32 };
            *acc = acc.wrapping_add(count);
        }
    }
}

/// Rows of a word, each in words of 64 bits of its own.
fn rows(memory: &Memory, at: Option<usize>, tile: usize, k: usize) -> Vec<u64> {
    let length = k.div_ceil(64);
    match at {
        None => vec![u64::MAX; tile * length],
        Some(at) if k >= 64 => memory.word(at).to_vec(),
        Some(at) => (0..tile).map(|row| memory.get(at, row * k, k)).collect(),
    }
}

/// The bits of a chunk that count.
fn range(op: &Qmm, chunk: i64, k: usize) -> Vec<u64> {
    let lo = if chunk == 0 { op.lo as usize } else { 0 };
    let hi = if chunk == op.chunks - 1 { op.hi as usize } else { k };
    let below = |bit: usize, from: usize| match bit.saturating_sub(from) {
        0 => 0,
        bits => u64::MAX >> (64 - bits.min(64)),
    };
    (0..k.div_ceil(64)).map(|word| below(hi, 64 * word) & !below(lo, 64 * word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_its_bits_only() {
        for (k, lo, hi) in [(4, 1, 3), (64, 0, 64), (256, 63, 200), (256, 64, 65), (128, 70, 128)] {
            let op = Qmm { chunks: 1, lo, hi, ..Qmm::default() };
            let words = range(&op, 0, k);
            for bit in 0..64 * words.len() {
                let wanted = (lo..hi).contains(&(bit as i64));
                assert_eq!(words[bit / 64] >> (bit % 64) & 1 == 1, wanted, "{k} {bit}");
            }
        }
        let middle = range(&Qmm { chunks: 3, lo: 5, hi: 9, ..Qmm::default() }, 1, 16);
        assert_eq!(middle, [0xffff]);
    }

    #[test]
    fn passes_double_and_subtract() {
        let config = crate::config::Config::preset("tiny").unwrap();
        let sizes = config.sizes();
        let mut machine = Machine::new(sizes, vec![], vec![]);
        let passes = [
            Pass { left: Some(0), first: true, ..Pass::default() },
            Pass { double: true, null: true, ..Pass::default() },
            Pass { left: Some(1), right: Some(0), double: true, negative: true, ..Pass::default() },
        ];
        for (at, pass) in passes.iter().enumerate() {
            machine.pt.set(at, 0, 16, u64::from(pass.to_bits()));
        }
        machine.h.set(0, 0, sizes.k, 0b0111);
        machine.h.set(1, 0, sizes.k, 0b1010);
        machine.w.set(0, 0, sizes.k, 0b1001);
        let op = Qmm { chunks: 1, hi: 4, passes: 3, left_plane_stride: 1, ..Qmm::default() };
        let mut acc = vec![7; sizes.tile * sizes.tile];
        multiply(&op, &machine, (0, 0), &mut acc);
        // Three ones, twice doubled, less two equal bits.
        assert_eq!(acc[0], 3 * 4 - 2);
    }
}
