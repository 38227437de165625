//! Networks that train on their program's grids: what they compute is what the program computes.

use noctule_program::Program;
use noctule_program::numbers::round_shift;
use noctule_program::parts::{Source, Table};
use noctule_train::lower::{LowerOptions, Report, lower};
use noctule_train::model::{Arch, AttentionForm, Model, Precision, WeightForm};

use super::nets::{calibration, causal_text, channel, device, images, network, rows, text};

/// On the grids, its tables off them.
fn on_grid(arch: &Arch, precision: &Precision, seed: u64) -> Model {
    let mut model = network(arch, precision, seed);
    for table in ["word_embeddings", "position_embeddings", "channel", "patch"] {
        if let Ok(tensor) = model.params.get_mut(&format!("embeddings.{table}.weight")) {
            tensor.data.iter_mut().enumerate().for_each(|(n, v)| *v *= 1.0 + (n % 7) as f32 * 0.01);
        }
    }
    model.start_point(&rows(arch, 6, seed + 2), &device()).unwrap();
    model
}

fn lowered(model: &Model, seed: u64) -> (Program, Report) {
    let calibration = calibration(&model.arch, seed + 50);
    let lowered = lower(model, &device(), &calibration, &LowerOptions::default()).unwrap();
    (lowered.program, lowered.report)
}

fn one_bit() -> [Precision; 3] {
    let mut sps = Precision::w1a(1);
    sps.attention = AttentionForm::Sps;
    [Precision::w1a(1), sps, Precision::uniform(WeightForm::Split, 1)]
}

#[test]
fn a_one_bit_network_is_its_program() {
    for (seed, arch) in (0..).map(|n| 100 * n).zip([text(), causal_text(), channel()]) {
        for precision in one_bit() {
            let (program, report) = lowered(&on_grid(&arch, &precision, seed), seed);
            for site in &report.sites {
                let place = format!("{precision:?}, layer {} {}", site.layer, site.site);
                assert_eq!(site.end_to_end, 1.0, "{place}");
            }
            let last = report.streams.last().unwrap().correlation.unwrap();
            assert!(last > 1.0 - 1e-7, "{precision:?}: {last} in a stream of {}", program.point);
            assert_eq!(report.logits.same_decision, 1.0);
        }
    }
}

/// With wider codes a multiplier and a table of the softmax still round.
#[test]
fn wider_networks_come_nearer_to_their_programs() {
    for (seed, arch) in (0..).map(|n| 100 * n).zip([text(), channel(), images()]) {
        for bits in [1, 2, 4, 8] {
            let model = on_grid(&arch, &Precision::w1a(bits), seed);
            let mut off = model.clone();
            off.precision.point = None;
            let distance = |model: &Model| {
                let (_, report) = lowered(model, seed);
                1.0 - report.streams.last().unwrap().correlation.unwrap()
            };
            let (on, off) = (distance(&model), distance(&off));
            println!("{bits} bits, {:?}: {on:e} on the grids, {off:e} off them", arch.input);
            assert!(on < off, "{bits} bits, {:?}: {on} on the grids, {off} off", arch.input);
        }
    }
}

#[test]
fn a_network_reads_from_its_tables_what_the_program_reads() {
    let model = on_grid(&text(), &Precision::w1a(1), 7);
    let (program, _) = lowered(&model, 7);
    assert_eq!(Some(program.point), model.precision.point);
    let Source::Text { token, position, .. } = &program.embed.source else { panic!("not text") };
    let seen = model.seen().unwrap();
    let of = |name: &str| seen.get(&format!("embeddings.{name}_embeddings.weight")).unwrap();
    let (words, integers) = (&of("word").data, values(token));
    let largest = (0..words.len()).max_by_key(|&n| integers[n].abs()).unwrap();
    let unit = integers[largest] as f32 / words[largest];
    assert_eq!(unit.log2().fract(), 0.0, "{unit} is a power of two");
    for (table, integers) in [(words, integers.clone()), (&of("position").data, values(position))] {
        let real: Vec<f32> = integers.iter().map(|&value| value as f32 / unit).collect();
        assert_eq!(*table, real);
    }
}

/// What a program reads from a table.
fn values(table: &Table) -> Vec<i64> {
    let products = table.codes.iter().enumerate().map(|(n, &code)| {
        round_shift(i64::from(code) * i64::from(table.mul[n / table.cols]), table.shift)
    });
    products.collect()
}
