//! What a student keeps of its teacher.

use crate::nets::{channel_arch, cpu, furthest, ready, rows, text_arch, values};
use noctule_train::model::{
    Arch, Head, HostTensor, Model, ModelError, Precision, Site, WeightForm, fresh_sites,
    init_scales, matrices, quantizer,
};
use noctule_train::ops::short;

fn logits(model: &Model, seed: u64) -> Vec<f32> {
    let batch = rows(&model.arch, &[9, 4, 6], seed);
    values(&model.answer(&batch, &cpu()).unwrap().logits)
}

#[test]
fn splitting_a_ternary_network_keeps_its_function() {
    let arch = channel_arch();
    let teacher = ready(&arch, &Precision::uniform(WeightForm::Ternary, 4), 1);
    let student = teacher.student(Precision::uniform(WeightForm::Split, 4)).unwrap();
    assert!(fresh_sites(&teacher.precision, &student.precision).is_empty());
    let (before, after) = (logits(&teacher, 2), logits(&student, 2));
    assert!(furthest(&before, &after) < 1e-5, "{before:?} {after:?}");
    assert!(before.iter().any(|value| value.abs() > 1e-3));
}

#[test]
fn dropping_a_branch_keeps_the_first() {
    let arch = channel_arch();
    let mut model = ready(&arch, &Precision::uniform(WeightForm::Split, 4), 1);
    let mut names = Vec::new();
    for layer in 0..arch.layers {
        names.extend(matrices(&arch, layer).map(|(name, _)| name));
    }
    for name in &names {
        model.params.get_mut(&format!("{name}.log_ratio")).unwrap().data = vec![3.6];
        // the branch that is dropped gives nothing any more once it equals half of what p gives
        let high = model.params.get(&format!("{name}.weight")).unwrap().clone();
        model.params.set(format!("{name}.weight_low"), high);
        // what is left, 2 k p / (1 + p), has the few bits that a binary row's scale keeps
        let scale = model.params.get_mut(&format!("{name}.scale")).unwrap();
        scale.data.iter_mut().for_each(|k| *k = short(*k) * 9.0 / 16.0);
    }
    let whole = logits(&model, 2);
    let mut dropped = model.clone();
    assert_eq!(dropped.drop_branches().unwrap().len(), names.len());
    dropped.check().unwrap();
    // V = U: 2k (p + 1) / (1 + p) sgn U before, 2 k p / (1 + p) sgn U = 8/9 of it after
    let scaled = scale_all(&model, &names, 8.0 / 9.0);
    assert!(furthest(&logits(&scaled, 2), &logits(&dropped, 2)) < 1e-5);
    assert!(furthest(&whole, &logits(&dropped, 2)) > 1e-4);
    assert!(dropped.drop_branches().unwrap().is_empty());
}

fn scale_all(model: &Model, names: &[String], factor: f32) -> Model {
    let mut scaled = model.clone();
    for name in names {
        let scale = scaled.params.get_mut(&format!("{name}.scale")).unwrap();
        scale.data.iter_mut().for_each(|value| *value *= factor);
    }
    scaled
}

#[test]
fn a_row_of_one_sign_keeps_its_second_branch() {
    let arch = channel_arch();
    let mut model = ready(&arch, &Precision::uniform(WeightForm::Split, 4), 1);
    let name = "encoder.layer.1.output.dense";
    model.params.get_mut(&format!("{name}.log_ratio")).unwrap().data = vec![4.0];
    model.params.get_mut(&format!("{name}.weight")).unwrap().data[..24].fill(1.0);
    assert!(model.drop_branches().unwrap().is_empty());
    let refused = model.student(Precision::w1a(4));
    assert!(matches!(refused, Err(ModelError::Convert(_))), "{refused:?}");
}

#[test]
fn bits_change_scales_only() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let mut teacher = ready(&arch, &Precision::w1a(4), 1);
    let shift = quantizer(0, Site::Key, "shift");
    teacher.params.get_mut(&shift).unwrap().data = vec![0.25; 16];
    let mut precision = Precision::w1a(2);
    precision.bits.value = 4;
    let mut student = teacher.student(precision).unwrap();
    let sites = fresh_sites(&teacher.precision, &student.precision);
    assert_eq!(sites.len(), 7);
    init_scales(&mut student, &sites, &rows(&arch, &[9, 4], 2), &cpu()).unwrap();
    for (name, tensor) in student.params.tensors() {
        let scale = name.contains(".quant.") && name.ends_with(".scale");
        let changes = scale && !name.contains(".value.");
        assert_eq!(tensor != teacher.params.get(name).unwrap(), changes, "{name}");
    }
}

#[test]
fn a_pooler_folds_into_the_head() {
    let arch = Arch { pooler: true, ..text_arch(Head::Pooled { classes: 3 }) };
    let mut teacher = ready(&arch, &Precision::float(), 1);
    // small enough that tanh is nearly the identity
    for name in ["pooler.dense.weight", "classifier.weight"] {
        let HostTensor { data, .. } = teacher.params.get_mut(name).unwrap();
        data.iter_mut().enumerate().for_each(|(at, v)| *v += 0.005 * (at as f32).sin());
    }
    teacher.params.get_mut("pooler.dense.bias").unwrap().data = vec![0.02; 16];
    let student = teacher.student(Precision::float()).unwrap();
    assert!(!student.arch.pooler);
    let (before, after) = (logits(&teacher, 2), logits(&student, 2));
    assert!(furthest(&before, &after) < 2e-3, "{before:?} {after:?}");
    assert!(before.iter().any(|value| value.abs() > 4e-3), "{before:?}");
}

#[test]
fn another_head_keeps_the_encoder() {
    let pretrained = ready(&text_arch(Head::MaskedWords), &Precision::float(), 1);
    let classifier = pretrained.with_head(Head::Pooled { classes: 4 }, 2).unwrap();
    classifier.check().unwrap();
    for (name, tensor) in classifier.params.tensors() {
        match name.starts_with("classifier.") {
            true => assert_eq!(tensor.shape[0], 4),
            false => assert_eq!(Some(tensor), pretrained.params.tensors().get(name), "{name}"),
        }
    }
}
