//! The table of parameters is exactly what a forward pass reads.

use crate::nets::{archs, cpu, precisions, ready, rows, targets};
use noctule_train::model::{
    Arch, AttentionForm, Leaves, Model, ModelError, Objective, Optimizer, Precision, Site,
    StepOptions, Unobserved, WeightForm, forward, quantizer, shapes, threshold,
};

/// All but the key's bias, which softmax cannot see: it moves a row's scores alike.
#[test]
fn every_parameter_moves() {
    let forms = [WeightForm::Float, WeightForm::Ternary, WeightForm::Binary, WeightForm::Split];
    let fine = forms.map(|form| Precision::uniform(form, 4));
    for arch in archs() {
        for precision in fine.iter().cloned().chain([Precision::float()]) {
            let (before, after) = after_six_steps(&arch, &precision);
            for (name, tensor) in after.params.tensors() {
                let seen = !name.ends_with("self.key.bias");
                let still = seen && before.params.get(name).unwrap() == tensor;
                assert!(!still, "{name} never moved: {arch:?}, {precision:?}");
            }
        }
    }
}

#[test]
fn thresholds_move() {
    // fine scores, so that some lie within the half around the threshold that has a gradient
    let mut precision = Precision::w1a(8);
    precision.attention = AttentionForm::Sps;
    precision.bits.attention = 1;
    let (before, after) = after_six_steps(&archs()[1], &precision);
    for name in [threshold(0), threshold(1), quantizer(0, Site::Attention, "scale")] {
        assert_ne!(before.params.get(&name).unwrap(), after.params.get(&name).unwrap(), "{name}");
    }
}

fn after_six_steps(arch: &Arch, precision: &Precision) -> (Model, Model) {
    let before = ready(arch, precision, 1);
    let mut model = before.clone();
    let mut optimizer = Optimizer::fresh(&model.params);
    for seed in 0..6 {
        let batch = rows(&model.arch, &[9, 9, 4], seed);
        let wanted = targets(&model.arch, &batch, seed);
        let objective = Objective { targets: &wanted, teacher: None };
        let options = StepOptions::default();
        optimizer.step(&mut model, &batch, &objective, &options, &cpu()).unwrap();
    }
    (before, model)
}

#[test]
fn a_missing_parameter_is_an_error_not_a_guess() {
    for arch in archs() {
        for precision in precisions() {
            let model = ready(&arch, &precision, 1);
            let batch = rows(&model.arch, &[5, 3, 9], 3);
            for name in shapes(&model.arch, &model.precision).keys() {
                let mut params = model.params.clone();
                params.take(name).unwrap();
                let leaves = Leaves::fixed(&params, &cpu()).unwrap();
                let ran = forward(&leaves, &model.arch, &model.precision, &batch, &mut Unobserved);
                assert!(matches!(ran, Err(ModelError::Params(_))), "{name} was not read");
            }
        }
    }
}
