//! What the network's form and the options put into a program.

use std::collections::BTreeMap;

use noctule_program::interpret::run;
use noctule_program::parts::{AttentionForm as ProgramForm, Rule, Source};
use noctule_train::lower::{LowerOptions, Lowered, Report, lower, program_inputs};
use noctule_train::model::{Arch, AttentionForm, Model, Precision, WeightForm, matrices};

use super::nets::{calibration, channel, device, images, network, rows, text};

fn lowered(arch: &Arch, precision: &Precision, options: &LowerOptions) -> Lowered {
    let model = network(arch, precision, 1);
    lower(&model, &device(), &calibration(arch, 2), options).unwrap()
}

#[test]
fn one_bit_softmax_has_thresholds_and_a_short_table() {
    let program = lowered(&text(), &Precision::w1a(1), &LowerOptions::default()).program;
    for layer in &program.layers {
        let half = &layer.attention;
        assert!(matches!(half.query.output.rule, Rule::Threshold(_)));
        assert!(half.query.weights.low.is_none());
        let ProgramForm::Softmax { bits, table, shift, .. } = &half.form else {
            panic!("not a softmax");
        };
        // 16 channels a head: scores differ by 0, 2, .. 32.
        assert!(*bits == 1 && *shift == 1 && table.len() <= 17 && table[0] == 65535);
    }
}

#[test]
fn sps_has_one_threshold_a_head() {
    let mut precision = Precision::w1a(1);
    precision.attention = AttentionForm::Sps;
    let program = lowered(&channel(), &precision, &LowerOptions::default()).program;
    let half = &program.layers[0].attention;
    assert!(matches!(&half.form, ProgramForm::Sps { thresholds } if thresholds.len() == 4));
    assert_eq!(half.masks, [Some(0), None, Some(0), None]);
    assert!(program.masks[0].get(3, 3) && !program.masks[0].get(0, 1));
}

#[test]
fn split_matrices_have_two_planes_until_one_is_dropped() {
    let arch = text();
    let mut precision = Precision::uniform(WeightForm::Split, 4);
    precision.single.insert(matrices(&arch, 0)[0].0.clone());
    let program = lowered(&arch, &precision, &LowerOptions::default()).program;
    let half = &program.layers[0].attention;
    assert!(half.query.weights.low.is_none() && half.key.weights.low.is_some());
    let ratios =
        program.layers.iter().map(|layer| layer.ffn.up.weights.low.as_ref().unwrap().ratio);
    assert!(ratios.into_iter().all(|ratio| ratio <= 3));
}

#[test]
fn the_word_table_has_the_bits_asked_for() {
    let errors = [8, 4, 1].map(|word_bits| {
        let options = LowerOptions { word_bits, ..LowerOptions::default() };
        let Lowered { program, report } = lowered(&text(), &Precision::w1a(8), &options);
        let Source::Text { token, position, .. } = &program.embed.source else {
            panic!("not text");
        };
        assert_eq!((token.bits, position.bits), (word_bits, 8));
        1.0 - report.streams[0].correlation.unwrap()
    });
    assert!(errors[0] < errors[1] && errors[1] < errors[2], "{errors:?}");
}

#[test]
fn a_program_answers_inputs_that_were_not_calibrated() {
    for arch in [text(), channel(), images()] {
        let options = LowerOptions::default();
        let program = lowered(&arch, &Precision::w1a(4), &options).program;
        let batch = rows(&arch, 5, 99);
        for input in program_inputs(&batch, &options, &arch.input).unwrap() {
            let logits = run(&program, &input).unwrap();
            assert!(logits.iter().any(|&logit| logit != 0));
        }
    }
}

#[test]
fn extras_and_metrics_are_kept() {
    let extras = BTreeMap::from([("labels".to_owned(), b"[\"good\", \"bad\"]".to_vec())]);
    let options = LowerOptions { extras: extras.clone(), ..LowerOptions::default() };
    let Lowered { program, mut report } = lowered(&text(), &Precision::w1a(1), &options);
    assert_eq!(program.extras, extras);
    report.measure("layers", 2.0, &program, |program| program.layers.len() as f64);
    let json = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&json).unwrap();
    assert_eq!((&read.metrics, &read.sizes), (&report.metrics, &report.sizes));
    assert_eq!((read.sites.len(), read.streams.len()), (16, 5));
    assert_eq!(report.bytes(), program.to_bytes().len());
    let text = report.to_string();
    for expected in ["attention_input", "end to end", "layer 1", "layers: 2.000000 before"] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn the_same_network_gives_the_same_program() {
    let model: Model = network(&channel(), &Precision::w1a(1), 5);
    let twice = [0, 1].map(|_| {
        lower(&model, &device(), &calibration(&channel(), 6), &LowerOptions::default()).unwrap()
    });
    assert_eq!(twice[0].program, twice[1].program);
    assert_eq!(twice[0].report, twice[1].report);
}
