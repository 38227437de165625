//! A network that was trained: a decoder of the (7, 4) Hamming code keeps its bit error rate.

use noctule_program::Program;
use noctule_program::interpret::run;
use noctule_train::lower::{LowerOptions, lower, program_inputs};
use noctule_train::model::{
    Arch, Head, Input, Masks, Model, Objective, Optimizer, Precision, Ragged, Rows, RowsInput,
    Site, StepOptions, Targets, init_scales,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::nets::{channel, device};

const SYMBOLS: usize = 7;
const CHECKS: usize = 3;
/// Deviation of the channel's noise.
const NOISE: f32 = 0.6;

fn arch() -> Arch {
    Arch {
        width: 32,
        ffn: 64,
        max_tokens: SYMBOLS + CHECKS,
        input: Input::Channel { magnitudes: SYMBOLS, syndromes: CHECKS },
        head: Head::PerToken { count: SYMBOLS },
        masks: Masks::default(),
        ..channel()
    }
}

/// Bit `check` of a column of the parity-check matrix: the columns are 1 to 7.
fn parity(word: &[bool], check: usize) -> bool {
    (0..SYMBOLS).filter(|column| word[*column] && (column + 1) >> check & 1 == 1).count() % 2 == 1
}

/// Received all-zero words (a linear code and this input make all words alike) and their flips.
fn words(count: usize, seed: u64) -> (Rows, Targets) {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    let (mut values, mut flips) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let received: Vec<f32> = (0..SYMBOLS).map(|_| 1.0 + NOISE * normal(&mut draw)).collect();
        let hard: Vec<bool> = received.iter().map(|&y| y < 0.0).collect();
        values.extend(received.iter().map(|y| y.abs()));
        values.extend((0..CHECKS).map(|check| if parity(&hard, check) { -1.0 } else { 1.0 }));
        flips.extend(hard.iter().map(|&flip| f32::from(u8::from(flip))));
    }
    let ragged = Ragged::from_lengths(&vec![SYMBOLS + CHECKS; count]).unwrap();
    let input = RowsInput::Channel { values };
    (Rows { ragged, input, positions: Vec::new() }, Targets::Bits(flips))
}

/// Box and Muller 1958.
fn normal(draw: &mut ChaCha8Rng) -> f32 {
    let radius = (-2.0 * (1.0 - draw.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * draw.random::<f32>()).cos()
}

fn train(precision: &Precision) -> Model {
    let mut model = Model::fresh(arch(), precision.clone(), 3).unwrap();
    init_scales(&mut model, &Site::ALL, &words(128, 4).0, &device()).unwrap();
    let mut optimizer = Optimizer::fresh(&model.params);
    let options = StepOptions { lr: 3e-3, quantizer_lr: 1e-3, ..StepOptions::default() };
    for step in 0..STEPS {
        let (rows, targets) = words(64, 1000 + step);
        let objective = Objective { targets: &targets, teacher: None };
        optimizer.step(&mut model, &rows, &objective, &options, &device()).unwrap();
    }
    model
}

const STEPS: u64 = 200;

/// Share of wrong decisions about flips.
fn error_rate(logits: impl Iterator<Item = bool>, targets: &Targets) -> f64 {
    let Targets::Bits(flips) = targets else { panic!("not bits") };
    let wrong = logits.zip(flips).filter(|(found, flip)| *found != (**flip > 0.5)).count();
    wrong as f64 / flips.len() as f64
}

fn of_network(model: &Model, rows: &Rows, targets: &Targets) -> f64 {
    let logits = model.answer(rows, &device()).unwrap().logits.to_data();
    error_rate(logits.iter::<f32>().map(|logit| logit >= 0.0), targets)
}

fn of_program(program: &Program, rows: &Rows, targets: &Targets) -> f64 {
    let inputs = program_inputs(rows, &LowerOptions::default(), &arch().input).unwrap();
    let logits = inputs.iter().flat_map(|input| run(program, input).unwrap());
    error_rate(logits.map(|logit| logit >= 0), targets)
}

#[test]
fn a_decoder_keeps_its_bit_error_rate() {
    let (rows, targets) = words(1500, 5);
    let Targets::Bits(flips) = &targets else { panic!("not bits") };
    let uncoded = f64::from(flips.iter().sum::<f32>()) / flips.len() as f64;
    let model = train(&Precision::w1a(1));
    let calibration = [words(32, 6).0];
    let mut lowered = lower(&model, &device(), &calibration, &LowerOptions::default()).unwrap();
    let before = of_network(&model, &rows, &targets);
    let after = |program: &Program| of_program(program, &rows, &targets);
    lowered.report.measure("bit error rate", before, &lowered.program, after);
    println!("uncoded {uncoded:.4}\n{}", lowered.report);
    assert!(before < 0.85 * uncoded, "{before} trained, {uncoded} uncoded");
    let after = lowered.report.metrics[0].after;
    assert!((after - before).abs() < 0.1 * uncoded, "{before} became {after}");
}
