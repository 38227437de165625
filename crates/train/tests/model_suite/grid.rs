//! Networks on their program's grids.

use crate::nets::{
    archs, channel_arch, cpu, image_arch, precisions, ready, rows, targets, text_arch,
};
use noctule_train::model::{
    Arch, Head, Model, Objective, Optimizer, Precision, StepOptions, WeightForm,
};

/// On the grids, with stored parameters that are not: as in the middle of a training.
fn on_grid(arch: &Arch, precision: &Precision) -> Model {
    let mut model = ready(arch, precision, 3);
    model.start_point(&rows(arch, &[5, 3, 9], 77), &cpu()).unwrap();
    model
}

fn archs_with_programs() -> [Arch; 3] {
    [text_arch(Head::Pooled { classes: 3 }), channel_arch(), image_arch()]
}

#[test]
fn only_what_a_program_can_express_has_a_point() {
    for arch in archs() {
        for precision in precisions() {
            let model = on_grid(&arch, &precision);
            let expected = precision.is_integer() && arch.head != Head::MaskedWords;
            assert_eq!(model.precision.point.is_some(), expected, "{arch:?} {precision:?}");
            assert_eq!(model.seen().unwrap() != model.params, expected);
            model.check().unwrap();
        }
    }
    let ternary = Precision { point: Some(9), ..Precision::uniform(WeightForm::Ternary, 4) };
    assert!(ternary.checked().is_err());
    assert!(Precision { point: Some(15), ..Precision::w1a(1) }.checked().is_err());
}

/// Two networks whose stored tables differ by less than a grid's step compute alike, and a step of
/// the optimizer moves both alike: the gradient passes straight through.
#[test]
fn a_step_moves_the_stored_parameters_by_the_gradient_on_the_grid() {
    for arch in archs_with_programs() {
        let table = match arch.input {
            noctule_train::model::Input::Text { .. } => "embeddings.word_embeddings.weight",
            noctule_train::model::Input::Channel { .. } => "embeddings.channel.weight",
            noctule_train::model::Input::Patches { .. } => "embeddings.patch.weight",
        };
        let one = on_grid(&arch, &Precision::w1a(1));
        let mut other = one.clone();
        other.params.get_mut(table).unwrap().data = nudged(&one, table);
        assert_ne!(one.params, other.params);
        assert_eq!(one.seen().unwrap(), other.seen().unwrap());
        let (from_one, from_other) = (step(&one, table), step(&other, table));
        assert_eq!(from_one.0, from_other.0, "loss");
        for (a, b) in from_one.1.iter().zip(&from_other.1) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        assert!(from_one.1.iter().any(|moved| moved.abs() > 1e-4));
    }
}

/// The values of a table, each moved towards its grid's value; the largest of a row, which makes
/// the grid, stays.
fn nudged(model: &Model, table: &str) -> Vec<f32> {
    let tensor = model.params.get(table).unwrap();
    let seen = &model.seen().unwrap().get(table).unwrap().data.clone();
    let rows = tensor.data.chunks(tensor.shape[1]).zip(seen.chunks(tensor.shape[1]));
    let row = |(stored, seen): (&[f32], &[f32])| -> Vec<f32> {
        let largest = stored.iter().fold(0f32, |most, value| most.max(value.abs()));
        let pairs = stored.iter().zip(seen);
        pairs.map(|(&s, &g)| if s.abs() == largest { s } else { s + (g - s) * 0.2 }).collect()
    };
    rows.flat_map(row).collect()
}

/// The loss of a step, and how far it moves a table. With a huge epsilon AdamW moves in proportion to the gradient.
fn step(model: &Model, table: &str) -> (f32, Vec<f32>) {
    let mut moved = model.clone();
    let batch = rows(&model.arch, &[9, 4, 4], 5);
    let wanted = targets(&model.arch, &batch, 5);
    let objective = Objective { targets: &wanted, teacher: None };
    let options = StepOptions { eps: 1e3, lr: 1e3, weight_decay: 0.0, ..StepOptions::default() };
    let mut memory = Optimizer::fresh(&model.params);
    let report = memory.step(&mut moved, &batch, &objective, &options, &cpu()).unwrap();
    let (before, after) = (model.params.get(table).unwrap(), moved.params.get(table).unwrap());
    (report.loss, before.data.iter().zip(&after.data).map(|(a, b)| b - a).collect())
}
