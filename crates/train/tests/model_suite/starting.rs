//! Scales from the first batch.

use crate::nets::{cpu, precisions, ready, rows, text_arch, values};
use burn::tensor::Tensor;
use noctule_train::model::{
    AttentionForm, Head, Leaves, Model, Precision, Probe, Site, forward, init_scales, quantizer,
    threshold,
};
use std::collections::BTreeMap;

/// Keeps what every site sees.
#[derive(Default)]
struct Seen {
    sites: BTreeMap<(usize, &'static str), Vec<f32>>,
    order: Vec<&'static str>,
}

impl Probe for Seen {
    fn site(&mut self, layer: usize, site: Site, x: &Tensor<2>) -> Option<f32> {
        self.sites.insert((layer, site.name()), values(x));
        self.order.push(site.name());
        None
    }
}

/// Running again with the scales that were found shows each site the tensor its scale came from.
#[test]
fn a_scale_comes_from_what_its_site_sees_in_the_quantized_network() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let model = ready(&arch, &Precision::w1a(1), 5);
    let mut seen = Seen::default();
    let leaves = Leaves::fixed(&model.params, &cpu()).unwrap();
    let batch = rows(&arch, &[5, 3, 9], 77);
    forward(&leaves, &arch, &model.precision, &batch, &mut seen).unwrap();
    for ((layer, site), x) in &seen.sites {
        let mean = x.iter().map(|v| f64::from(v.abs())).sum::<f64>() / x.len() as f64;
        let factor = if *site == "ffn_hidden" { 4.0 } else { 2.0 };
        let name = format!("encoder.layer.{layer}.quant.{site}.scale");
        let scale = f64::from(model.params.get(&name).unwrap().data[0]);
        assert!((scale - factor * mean).abs() < 1e-5 * mean, "{name}: {scale}, mean {mean}");
    }
    let all: Vec<_> =
        Site::ALL.iter().filter(|s| **s != Site::Attention).map(|s| s.name()).collect();
    assert_eq!(seen.order[..7], all);
}

/// 25, 9 and 81 pairs for 17 rows: the mean softmax weight is 17 / 115.
#[test]
fn the_attention_scale_follows_from_the_lengths() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let model = ready(&arch, &Precision::w1a(1), 5);
    let scale = model.params.get(&quantizer(1, Site::Attention, "scale")).unwrap().data[0];
    assert!((scale - 4.0 * 17.0 / 115.0).abs() < 1e-6, "{scale}");
}

#[test]
fn sps_thresholds_are_mean_scores() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let precision = &precisions()[1];
    assert_eq!(precision.attention, AttentionForm::Sps);
    let model = ready(&arch, precision, 5);
    let answer = model.answer(&rows(&arch, &[5, 3, 9], 77), &cpu()).unwrap();
    let (q, k) = (values(&answer.queries[0]), values(&answer.keys[0]));
    let mut sum = 0.0;
    for range in [0..5usize, 5..8, 8..17] {
        for (i, j) in range.clone().flat_map(|i| range.clone().map(move |j| (i, j))) {
            sum += (8..16).map(|c| q[i * 16 + c] * k[j * 16 + c]).sum::<f32>();
        }
    }
    let found = model.params.get(&threshold(0)).unwrap().data[1];
    assert!((found - sum / 115.0 / 8f32.sqrt()).abs() < 1e-4, "{found}");
}

#[test]
fn only_the_sites_asked_for_change() {
    let arch = text_arch(Head::Pooled { classes: 3 });
    let mut model = Model::fresh(arch.clone(), Precision::w1a(4), 5).unwrap();
    let before = model.params.clone();
    init_scales(&mut model, &[Site::Key], &rows(&arch, &[4], 1), &cpu()).unwrap();
    for (name, tensor) in model.params.tensors() {
        let changed = tensor != before.get(name).unwrap();
        assert_eq!(changed, name.ends_with("quant.key.scale"), "{name}");
    }
}
