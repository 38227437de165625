//! Networks, batches and options that cannot be lowered.

use noctule_train::lower::{LowerError, LowerOptions, lower};
use noctule_train::model::{Arch, Head, Model, Precision, Ragged, Rows, RowsInput, WeightForm};

use super::nets::{calibration, device, network, text};

fn refused(model: &Model, batches: &[Rows], options: &LowerOptions) -> String {
    lower(model, &device(), batches, options).err().map_or("lowered".to_owned(), |e| e.to_string())
}

fn refused_form(arch: &Arch, precision: &Precision) -> String {
    let model = Model::fresh(arch.clone(), precision.clone(), 3).unwrap();
    refused(&model, &calibration(&text(), 4), &LowerOptions::default())
}

#[test]
fn what_is_not_made_of_integers() {
    let w1a4 = Precision::w1a(4);
    let mut float_site = w1a4.clone();
    float_site.bits.context = 32;
    let words = Arch { head: Head::MaskedWords, ..text() };
    for (arch, precision, expected) in [
        (&text(), &Precision::float(), "weights are float"),
        (&text(), &Precision::uniform(WeightForm::Ternary, 4), "weights are ternary"),
        (&text(), &float_site, "activations at context are float"),
        (&words, &w1a4, "masked-word head"),
    ] {
        let sentence = refused_form(arch, precision);
        assert!(sentence.contains(expected), "{sentence}");
    }
}

#[test]
fn a_tanh_pooler() {
    let mut model = network(&text(), &Precision::w1a(1), 6);
    model.arch.pooler = true;
    let sentence = refused(&model, &calibration(&text(), 4), &LowerOptions::default());
    assert!(sentence.contains("pooler"), "{sentence}");
}

#[test]
fn parameters_that_are_not_numbers_are_named() {
    let names = [
        "encoder.layer.1.quant.key.scale",
        "encoder.layer.0.intermediate.dense.weight",
        "classifier.bias",
    ];
    for name in names {
        for value in [f32::NAN, f32::INFINITY] {
            let mut model = network(&text(), &Precision::w1a(1), 7);
            model.params.get_mut(name).unwrap().data[0] = value;
            let sentence = refused(&model, &calibration(&text(), 8), &LowerOptions::default());
            assert!(sentence.contains(name), "{sentence}");
        }
    }
}

#[test]
fn calibration_that_is_missing_or_unsound() {
    let model = network(&text(), &Precision::w1a(1), 9);
    let options = LowerOptions::default();
    assert!(matches!(lower(&model, &device(), &[], &options), Err(LowerError::NoCalibration)));
    let ragged = Ragged::from_lengths(&[4]).unwrap();
    let input = RowsInput::Text { ids: vec![1, 2], segments: vec![0; 4] };
    let short = Rows { ragged, input, positions: Vec::new() };
    assert!(refused(&model, &[short], &options).contains("2 ids where 4 are needed"));
}

#[test]
fn options_out_of_range() {
    let model = network(&text(), &Precision::w1a(1), 10);
    for (options, name) in [
        (LowerOptions { word_bits: 3, ..LowerOptions::default() }, "word_bits is 3"),
        (LowerOptions { magnitude_unit: 0, ..LowerOptions::default() }, "magnitude_unit is 0"),
        (LowerOptions { pixel_step: -1.0, ..LowerOptions::default() }, "pixel_step is -1"),
    ] {
        let sentence = refused(&model, &calibration(&text(), 11), &options);
        assert!(sentence.contains(name), "{sentence}");
    }
}
