//! The table of parameters is exactly what a forward pass reads.

use crate::nets::{archs, cpu, precisions, ready, rows, targets};
use noctule_train::model::{
    Leaves, ModelError, Objective, Optimizer, StepOptions, Unobserved, forward, shapes,
};

/// A gradient reaches a parameter exactly if the forward pass read it, and the optimizer moves
/// what a gradient reached.
#[test]
fn every_parameter_is_read_and_moves() {
    for arch in archs() {
        for precision in precisions() {
            let mut model = ready(&arch, &precision, 1);
            let before = model.params.clone();
            let mut optimizer = Optimizer::fresh(&model.params);
            for seed in 0..6 {
                let batch = rows(&model.arch, &[9, 9, 4], seed);
                let wanted = targets(&model.arch, &batch, seed);
                let objective = Objective { targets: &wanted, teacher: None };
                let options = StepOptions::default();
                optimizer.step(&mut model, &batch, &objective, &options, &cpu()).unwrap();
            }
            for (name, tensor) in model.params.tensors() {
                let still = before.get(name).unwrap() == tensor;
                assert!(!still, "{name} never moved: {:?}, {precision:?}", model.arch);
            }
        }
    }
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
                let ran =
                    forward(&leaves, &model.arch, &model.precision, &batch, &mut Unobserved);
                assert!(matches!(ran, Err(ModelError::Params(_))), "{name} was not read");
            }
        }
    }
}
