//! The trained decoder of the (49, 24) code runs whole, through RTL, on received words.

use noctule_accel::{config::Config, cosim::Job, rtl};
use noctule_program::{
    Program,
    parts::{Input, Source},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::jobs::{self, say};

const WORDS: u64 = 4;

#[test]
fn the_trained_decoder_agrees() {
    let program = trained();
    let config = Config::from_toml("rows", include_str!("../configs/rows.toml")).unwrap();
    let mut jobs: Vec<Job> = Vec::new();
    for seed in 0..WORDS {
        let (input, wrong) = received(&program, seed);
        let job = jobs::case(&program, &config, &input).unwrap().job;
        let noise: Vec<bool> = job.output.iter().map(|&logit| logit as i32 > 0).collect();
        assert_eq!(noise, wrong, "word {seed} is not decoded");
        jobs.push(job);
    }
    let Some(model) = jobs::model("trained decoder: RTL", &rtl::files(&config)) else { return };
    for stalls in [None, Some(9)] {
        let outcomes = jobs::outcomes(&model, &jobs, config.outside(), stalls);
        assert!(outcomes.iter().all(|outcome| outcome.pass), "{outcomes:?}");
        say(&format!(
            "trained decoder on rows: {WORDS} words of {} cycles pass",
            outcomes[0].cycles
        ));
    }
}

fn trained() -> Program {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../noctule/assets/ldpc-49-24/trained.bmt");
    Program::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

/// The all-zero codeword with noise of both signs on every symbol, and with three weak symbols turned over: which ones.
fn received(program: &Program, seed: u64) -> (Input, Vec<bool>) {
    let Source::Channel { unit, magnitudes, .. } = program.embed.source else {
        panic!("no decoder")
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut wrong = vec![false; magnitudes];
    (0..3).for_each(|_| wrong[random.next_u32() as usize % magnitudes] = true);
    let strength = |&wrong: &bool| {
        let percent = if wrong { 5 } else { 60 } + random.next_u32() % 60;
        (u32::from(unit) * percent / 100).min(255) as u8
    };
    let magnitudes = wrong.iter().map(strength).collect();
    (Input::Channel { magnitudes, syndrome: syndrome(program, &wrong) }, wrong)
}

/// Parities of the bits that are set, by the matrix that the program carries: an alist file, whose lists of a column's
/// rows, counted from 1, follow four lines.
fn syndrome(program: &Program, bits: &[bool]) -> Vec<bool> {
    let text = std::str::from_utf8(&program.extras["parity.alist"]).unwrap();
    let mut syndrome = vec![false; program.max_tokens - bits.len()];
    for (column, _) in text.lines().skip(4).zip(bits).filter(|(_, set)| **set) {
        for row in column.split_whitespace().map(|row| row.parse::<usize>().unwrap()) {
            if row > 0 {
                syndrome[row - 1] ^= true;
            }
        }
    }
    syndrome
}
