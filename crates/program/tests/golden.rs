//! Generator, format and meaning do not drift unseen.
//!
//! If one of them is changed on purpose, so is `VERSION` or this list.

use noctule_program::{generate, interpret::run};

/// Seed, bytes, CRC-32 of the bytes, logits of the input with seed 1.
const GOLDEN: [(u64, usize, u32, &[i32]); 3] = [
    (2, 18788, 0x16f7_4ca3, &[340_307, -93_233, 577_082]),
    (4, 102_588, 0x1957_7f14, &[-36_122, 195_627]),
    (
        5,
        33_340,
        0xc3e5_3f33,
        &[21_590_796, 17_845_347, -14_855_663, 9_245_735, 25_077_165, 13_159_172, 5_543_793],
    ),
];

#[test]
fn programs_and_logits_are_as_ever() {
    for (seed, length, sum, logits) in GOLDEN {
        let program = generate::program(seed);
        let bytes = program.to_bytes();
        let found = run(&program, &generate::input(&program, 1)).unwrap();
        let got = (bytes.len(), crc32fast::hash(&bytes), &found[..]);
        assert_eq!(got, (length, sum, logits), "seed {seed}");
    }
}
