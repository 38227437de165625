//! Generated programs are valid, alive, varied and quick.

use std::collections::BTreeMap;
use std::time::Instant;

use noctule_program::{
    Program, generate,
    interpret::{Site, Tap, run, trace},
};

const SEEDS: u64 = 500;

/// Channels seen, and how many of them never changed.
#[derive(Default, Clone, Copy, Debug)]
struct Life {
    channels: usize,
    constant: usize,
}

fn channels(program: &Program, tap: Tap) -> Option<usize> {
    let layer = &program.layers[tap.layer?];
    let inner = layer.attention.query.weights.high.rows();
    match tap.site {
        Site::AttentionInput | Site::FfnInput => Some(program.width),
        Site::Query | Site::Key | Site::Value | Site::Context => Some(inner),
        Site::FfnHidden => Some(layer.ffn.up.weights.high.rows()),
        _ => None,
    }
}

/// Values of each channel of each code site over a few inputs.
fn observe(program: &Program, inputs: u64) -> BTreeMap<Tap, Vec<Vec<i32>>> {
    let mut seen: BTreeMap<Tap, Vec<Vec<i32>>> = BTreeMap::new();
    for seed in 0..inputs {
        let mut tap = |tap, values: &[i32]| {
            let Some(width) = channels(program, tap) else { return };
            let columns = seen.entry(tap).or_insert_with(|| vec![Vec::new(); width]);
            for (n, v) in values.iter().enumerate() {
                columns[n % width].push(*v);
            }
        };
        trace(program, &generate::input(program, seed), &mut tap).unwrap();
    }
    seen
}

#[test]
fn codes_are_alive() {
    let mut life: BTreeMap<Site, Life> = BTreeMap::new();
    for seed in 0..SEEDS {
        for (tap, columns) in observe(&generate::program(seed), 4) {
            let entry = life.entry(tap.site).or_default();
            for column in columns {
                entry.channels += 1;
                entry.constant += usize::from(column.iter().all(|v| *v == column[0]));
            }
        }
    }
    for (site, l) in &life {
        println!("{site:?}: {} of {} channels constant", l.constant, l.channels);
    }
}

#[test]
fn programs_are_quick() {
    let mut slowest = (0, 0);
    let start = Instant::now();
    for seed in 0..SEEDS {
        let program = generate::program(seed);
        let start = Instant::now();
        run(&program, &generate::input(&program, 1)).unwrap();
        slowest = slowest.max((start.elapsed().as_micros(), seed));
    }
    println!("slowest {slowest:?}, all {:?}", start.elapsed());
}

#[test]
fn bert_base() {
    let start = Instant::now();
    let program = generate::sized(&generate::Shape::bert_base(1, None), 1);
    println!("made {:?}", start.elapsed());
    let start = Instant::now();
    println!("{:?}", run(&program, &generate::input(&program, 1)));
    println!("run {:?}", start.elapsed());
}
