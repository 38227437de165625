//! Optimisation steps: they learn, they repeat bit for bit, they can be broken off.

use crate::nets::{archs, cpu, precisions, ready, rows, targets, text_arch};
use noctule_train::model::{
    Arch, Head, LossWeights, Model, ModelError, Objective, Optimizer, Precision, Rows, Site,
    StepOptions, Targets, Teacher, quantizer, threshold,
};

fn quick() -> StepOptions {
    StepOptions { lr: 5e-3, quantizer_lr: 5e-3, weight_decay: 0.0, ..StepOptions::default() }
}

fn steps(model: &mut Model, optimizer: &mut Optimizer, range: std::ops::Range<u64>) -> Vec<f32> {
    let one = |seed| {
        let batch = rows(&model.arch, &[9, 4, 4], seed);
        let wanted = targets(&model.arch, &batch, seed);
        let objective = Objective { targets: &wanted, teacher: None };
        optimizer.step(model, &batch, &objective, &quick(), &cpu()).unwrap().loss
    };
    range.map(one).collect()
}

#[test]
fn a_binary_network_learns_eight_examples() {
    let arch = text_arch(Head::Pooled { classes: 2 });
    let mut model = ready(&arch, &Precision::w1a(1), 3);
    let batch = rows(&arch, &[9, 4, 6, 5, 8, 7, 3, 9], 11);
    let classes = [0u32, 1, 1, 0, 1, 0, 0, 1];
    let wanted = Targets::Classes(classes.to_vec());
    let objective = Objective { targets: &wanted, teacher: None };
    let mut optimizer = Optimizer::fresh(&model.params);
    for _ in 0..150 {
        optimizer.step(&mut model, &batch, &objective, &quick(), &cpu()).unwrap();
    }
    let logits = crate::nets::values(&model.answer(&batch, &cpu()).unwrap().logits);
    let answers: Vec<u32> = logits.chunks(2).map(|pair| u32::from(pair[1] > pair[0])).collect();
    assert_eq!(answers, classes);
}

/// With steps of 2 for queries and keys the scores of one bit are `4 n / sqrt(8)`, n even: 2.8 apart. A threshold
/// halfway between two of them has none within 1/2 of it, and still learns.
#[test]
fn a_threshold_far_from_every_score_is_moved() {
    let arch = text_arch(Head::Pooled { classes: 2 });
    let mut model = ready(&arch, &precisions()[1], 3);
    for site in [Site::Query, Site::Key] {
        model.params.get_mut(&quantizer(1, site, "scale")).unwrap().data = vec![2.0];
    }
    let halfway = 2f32.sqrt();
    model.params.get_mut(&threshold(1)).unwrap().data = vec![halfway; arch.heads];
    let mut optimizer = Optimizer::fresh(&model.params);
    steps(&mut model, &mut optimizer, 0..1);
    let moved = &model.params.get(&threshold(1)).unwrap().data;
    assert!(moved.iter().all(|&lambda| lambda != halfway), "{moved:?}");
}

#[test]
fn a_student_comes_near_its_teacher() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let teacher = ready(&arch, &Precision::float(), 3);
    let mut student = teacher.student(Precision::w1a(4)).unwrap();
    let batch = rows(&arch, &[9, 4, 6, 5], 11);
    noctule_train::model::init_scales(
        &mut student,
        &noctule_train::model::Site::ALL,
        &batch,
        &cpu(),
    )
    .unwrap();
    let answer = teacher.answer(&batch, &cpu()).unwrap();
    let wanted = targets(&arch, &batch, 1);
    let weights = LossWeights::default();
    let objective =
        Objective { targets: &wanted, teacher: Some(Teacher { forward: &answer, weights }) };
    let mut optimizer = Optimizer::fresh(&student.params);
    let mut step = || optimizer.step(&mut student, &batch, &objective, &quick(), &cpu()).unwrap();
    let first = step();
    let last = (0..60).map(|_| step()).last().unwrap();
    assert!(last.hidden < 0.5 * first.hidden, "{first:?} to {last:?}");
    assert!(last.scores < first.scores, "{first:?} to {last:?}");
    let sum = first.logits + first.hidden + first.scores;
    assert!((first.loss - sum).abs() < 1e-5 * sum.abs(), "{first:?}");
}

#[test]
fn a_teacher_that_is_the_student_is_at_distance_zero() {
    for arch in archs() {
        let model = ready(&arch, &Precision::float(), 3);
        let batch = rows(&arch, &[9, 4], 11);
        let answer = model.answer(&batch, &cpu()).unwrap();
        let wanted = targets(&arch, &batch, 1);
        let teacher = Teacher { forward: &answer, weights: LossWeights::default() };
        let objective = Objective { targets: &wanted, teacher: Some(teacher) };
        let loss = objective.loss(&arch, &batch, &answer).unwrap();
        assert!(loss.hidden.unwrap().into_scalar::<f32>().abs() < 1e-12);
        assert!(loss.scores.unwrap().into_scalar::<f32>().abs() < 1e-12);
    }
}

#[test]
fn steps_repeat_bit_for_bit_and_survive_a_break() {
    for arch in archs() {
        for precision in precisions() {
            let fresh = ready(&arch, &precision, 3);
            let (mut whole, mut memory) = (fresh.clone(), Optimizer::fresh(&fresh.params));
            let losses = steps(&mut whole, &mut memory, 0..4);
            let (broken, rest) = broken_run(fresh);
            assert_eq!(losses[2..], rest[..], "{precision:?}");
            assert_eq!(whole, broken, "{precision:?}");
        }
    }
}

/// Two steps, a save, a load, two steps.
fn broken_run(mut model: Model) -> (Model, Vec<f32>) {
    let folder = tempfile();
    let mut memory = Optimizer::fresh(&model.params);
    steps(&mut model, &mut memory, 0..2);
    model.save(&folder).unwrap();
    memory.save(&folder.join("optimizer.safetensors")).unwrap();
    let mut model = Model::load(&folder).unwrap();
    let mut memory = Optimizer::load(&folder.join("optimizer.safetensors"), &model).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(memory.steps(), 2);
    let losses = steps(&mut model, &mut memory, 2..4);
    (model, losses)
}

pub(crate) fn tempfile() -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("noctule-model-{}-{number}", std::process::id()))
}

#[test]
fn clipping_shortens_the_gradient_of_a_first_moment() {
    let arch = text_arch(Head::Pooled { classes: 2 });
    let (batch, wanted) = (rows(&arch, &[9, 4], 1), Targets::Classes(vec![0, 1]));
    let moved = |clip: f32| -> (Model, f32) {
        let mut model = ready(&arch, &Precision::float(), 3);
        let objective = Objective { targets: &wanted, teacher: None };
        // with a huge epsilon AdamW moves in proportion to the gradient
        let options = StepOptions { clip, eps: 1e3, lr: 1e3, weight_decay: 0.0, ..quick() };
        let mut memory = Optimizer::fresh(&model.params);
        let report = memory.step(&mut model, &batch, &objective, &options, &cpu()).unwrap();
        (model, report.gradient_norm)
    };
    let (start, norm) = (ready(&arch, &Precision::float(), 3), moved(1e9).1);
    let travel = |model: &Model| -> f32 {
        let pairs = model.params.tensors().iter().flat_map(|(name, tensor)| {
            tensor.data.iter().zip(&start.params.get(name).unwrap().data).collect::<Vec<_>>()
        });
        pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    };
    let (free, held) = (travel(&moved(1e9).0), travel(&moved(norm / 4.0).0));
    assert!((free / held - 4.0).abs() < 0.05, "{free} {held}");
}

#[test]
fn a_loss_that_is_no_number_stops_and_changes_nothing() {
    let arch = text_arch(Head::Pooled { classes: 1 });
    let mut model = ready(&arch, &Precision::float(), 3);
    let before = model.clone();
    let wanted = Targets::Scores(vec![f32::INFINITY, 0.0]);
    let objective = Objective { targets: &wanted, teacher: None };
    let mut memory = Optimizer::fresh(&model.params);
    let batch = rows(&arch, &[9, 4], 1);
    let ran = memory.step(&mut model, &batch, &objective, &quick(), &cpu());
    assert!(matches!(ran, Err(ModelError::Diverged { step: 1, .. })), "{ran:?}");
    assert_eq!((model, memory.steps()), (before, 0));
}

#[test]
fn targets_that_do_not_fit_are_refused() {
    let arch = text_arch(Head::Pooled { classes: 2 });
    let batch = rows(&arch, &[9, 4], 1);
    let refused = |arch: &Arch, batch: &Rows, wanted: Targets| {
        let mut model = ready(arch, &Precision::float(), 3);
        let objective = Objective { targets: &wanted, teacher: None };
        let mut memory = Optimizer::fresh(&model.params);
        let ran = memory.step(&mut model, batch, &objective, &quick(), &cpu());
        assert!(matches!(ran, Err(ModelError::Rows(_))), "{wanted:?}: {ran:?}");
    };
    refused(&arch, &batch, Targets::Classes(vec![0, 2]));
    refused(&arch, &batch, Targets::Classes(vec![0]));
    refused(&arch, &batch, Targets::Scores(vec![0.0, 1.0]));
    refused(&arch, &batch, Targets::Bits(vec![0.0, 1.0]));
}
