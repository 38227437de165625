//! Small networks and batches for the tests.

use burn::tensor::Device;
use noctule_train::model::{
    Activation, Arch, AttentionForm, Head, Input, Masks, Model, Precision, Ragged, Rows, RowsInput,
    Site, SquareMask, Targets, WeightForm, init_scales, matrices,
};
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(crate) fn cpu() -> Device {
    Device::flex()
}

pub(crate) fn text_arch(head: Head) -> Arch {
    Arch {
        width: 16,
        layers: 2,
        heads: 2,
        ffn: 24,
        max_tokens: 9,
        input: Input::Text { vocab: 13, segments: 2 },
        head,
        activation: Activation::Gelu,
        norm_eps: 1e-12,
        pooler: false,
        masks: Masks::default(),
        causal: false,
    }
}

pub(crate) fn channel_arch() -> Arch {
    let allowed = (0..49).map(|at| at / 7 == at % 7 || (at / 7 + at % 7) % 3 == 0).collect();
    Arch {
        max_tokens: 7,
        input: Input::Channel { magnitudes: 4, syndromes: 3 },
        head: Head::PerToken { count: 4 },
        masks: Masks {
            per_head: vec![Some(0), None],
            list: vec![SquareMask { tokens: 7, allowed }],
        },
        ..text_arch(Head::MaskedWords)
    }
}

pub(crate) fn image_arch() -> Arch {
    Arch {
        max_tokens: 5,
        input: Input::Patches { patches: 4, pixels: 6 },
        ..text_arch(Head::Pooled { classes: 3 })
    }
}

/// Every kind of input and head.
pub(crate) fn archs() -> Vec<Arch> {
    let pooler = Arch { pooler: true, ..text_arch(Head::Pooled { classes: 3 }) };
    let causal = Arch { causal: true, ..text_arch(Head::MaskedWords) };
    let pooled = text_arch(Head::Pooled { classes: 3 });
    vec![pooler, pooled, causal, channel_arch(), image_arch()]
}

/// Every form of matrix and attention.
pub(crate) fn precisions() -> Vec<Precision> {
    let mut sps = Precision::w1a(1);
    sps.attention = AttentionForm::Sps;
    let mut mixed = Precision::uniform(WeightForm::Ternary, 4);
    mixed.bits.ffn_hidden = 32;
    mixed.bits.attention = 8;
    let split = Precision::uniform(WeightForm::Split, 2);
    vec![Precision::w1a(1), sps, mixed, split, Precision::float()]
}

/// A batch of `lengths.len()` sequences (inputs of fixed length ignore the lengths).
pub(crate) fn rows(arch: &Arch, lengths: &[usize], seed: u64) -> Rows {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    let fixed = vec![arch.max_tokens; lengths.len()];
    let lengths = if matches!(arch.input, Input::Text { .. }) { lengths } else { &fixed };
    let ragged = Ragged::from_lengths(lengths).unwrap();
    let count = ragged.rows();
    let mut floats = |count| (0..count).map(|_| draw.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    let input = match arch.input {
        Input::Text { vocab, segments } => RowsInput::Text {
            ids: (0..count).map(|_| draw.random_range(0..vocab as u32)).collect(),
            segments: (0..count).map(|_| draw.random_range(0..segments as u32)).collect(),
        },
        Input::Channel { .. } => RowsInput::Channel { values: floats(count) },
        Input::Patches { patches, pixels } => {
            RowsInput::Patches { pixels: floats(lengths.len() * patches * pixels) }
        }
    };
    let masked = arch.head == Head::MaskedWords;
    Rows { ragged, input, positions: if masked { vec![0, count - 1, 1] } else { Vec::new() } }
}

pub(crate) fn targets(arch: &Arch, rows: &Rows, seed: u64) -> Targets {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |limit: usize, count: usize| -> Vec<u32> {
        (0..count).map(|_| draw.random_range(0..limit as u32)).collect()
    };
    match arch.head {
        Head::Pooled { classes } => Targets::Classes(below(classes, rows.ragged.batch())),
        Head::PerToken { count } => {
            let bits = below(2, rows.ragged.batch() * count);
            Targets::Bits(bits.into_iter().map(|bit| bit as f32).collect())
        }
        Head::MaskedWords => Targets::Words(below(13, rows.positions.len())),
    }
}

/// A network whose scales are set from a batch. Its matrices are large, so that attention is far
/// from even and layers do something, as in a trained network.
pub(crate) fn ready(arch: &Arch, precision: &Precision, seed: u64) -> Model {
    let mut float = Model::fresh(arch.clone(), Precision::float(), seed).unwrap();
    for (name, _) in (0..arch.layers).flat_map(|layer| matrices(arch, layer)) {
        let weights = &mut float.params.get_mut(&format!("{name}.weight")).unwrap().data;
        weights.iter_mut().for_each(|value| *value *= 15.0);
    }
    if *precision == Precision::float() {
        return float;
    }
    let mut model = float.student(precision.clone()).unwrap();
    let batch = rows(&model.arch, &[5, 3, 9], 77);
    init_scales(&mut model, &Site::ALL, &batch, &cpu()).unwrap();
    model
}

pub(crate) fn values<const D: usize>(tensor: &burn::tensor::Tensor<D>) -> Vec<f32> {
    tensor.to_data().iter::<f32>().collect()
}

pub(crate) fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
