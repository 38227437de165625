//! Networks that train on their program's grids: what they compute is what the program computes.

use noctule_train::lower::{LowerOptions, Report, lower};
use noctule_train::model::{Arch, AttentionForm, Model, Precision, WeightForm};

use super::nets::{calibration, causal_text, channel, device, network, rows, text};

fn on_grid(arch: &Arch, precision: &Precision, seed: u64) -> Model {
    let mut model = network(arch, precision, seed);
    model.start_point(&rows(arch, 6, seed + 2), &device()).unwrap();
    assert!(model.precision.point.is_some());
    model
}

fn report(arch: &Arch, precision: &Precision, seed: u64) -> Report {
    let model = on_grid(arch, precision, seed);
    let calibration = calibration(arch, seed + 50);
    let lowered = lower(&model, &device(), &calibration, &LowerOptions::default()).unwrap();
    assert_eq!(Some(lowered.program.point), model.precision.point);
    lowered.report
}

fn one_bit() -> [Precision; 3] {
    let mut sps = Precision::w1a(1);
    sps.attention = AttentionForm::Sps;
    [Precision::w1a(1), sps, Precision::uniform(WeightForm::Split, 1)]
}

#[test]
fn a_one_bit_network_is_its_program() {
    for (seed, arch) in (0..).zip([text(), causal_text(), channel()]) {
        for precision in one_bit() {
            let report = report(&arch, &precision, 100 * seed);
            for site in &report.sites {
                println!("{precision:?} {} {} {}", site.layer, site.site, site.end_to_end);
            }
            println!("{:?}", report.streams);
            println!("{:?}", report.logits);
        }
    }
}
