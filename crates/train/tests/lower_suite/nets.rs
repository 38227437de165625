//! Small random networks, as training leaves them: every parameter moved off its start.

use burn::tensor::Device;
use noctule_train::model::{
    Activation, Arch, Head, HostTensor, Input, Kind, Masks, Model, Precision, Ragged, Rows,
    RowsInput, Site, SquareMask, init_scales, shapes,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) fn device() -> Device {
    Device::flex()
}

pub(crate) fn text() -> Arch {
    Arch {
        width: 64,
        layers: 2,
        heads: 4,
        ffn: 96,
        max_tokens: 20,
        input: Input::Text { vocab: 200, segments: 2 },
        head: Head::Pooled { classes: 3 },
        activation: Activation::Relu,
        norm_eps: 1e-5,
        pooler: false,
        masks: Masks::default(),
        causal: false,
    }
}

pub(crate) fn causal_text() -> Arch {
    Arch { causal: true, head: Head::PerToken { count: 3 }, ..text() }
}

/// Ten symbols and six syndrome bits; half of the heads have a mask.
pub(crate) fn channel() -> Arch {
    let tokens = 16;
    let sees =
        |at: usize| at / tokens == at % tokens || (at / tokens + at % tokens).is_multiple_of(3);
    let allowed = (0..tokens * tokens).map(sees).collect();
    Arch {
        max_tokens: tokens,
        input: Input::Channel { magnitudes: 10, syndromes: 6 },
        head: Head::PerToken { count: 10 },
        masks: Masks {
            per_head: vec![Some(0), None, Some(0), None],
            list: vec![SquareMask { tokens, allowed }],
        },
        ..text()
    }
}

pub(crate) fn images() -> Arch {
    let input = Input::Patches { patches: 9, pixels: 12 };
    Arch { max_tokens: 10, input, ..text() }
}

/// A network off its start: scales from a batch, biases, shifts, gains and row scales moved.
pub(crate) fn network(arch: &Arch, precision: &Precision, seed: u64) -> Model {
    let mut model = Model::fresh(arch.clone(), precision.clone(), seed).unwrap();
    let mut draw = ChaCha8Rng::seed_from_u64(seed + 1);
    for (name, entry) in shapes(arch, precision) {
        let spread = if arch.input == text().input { 6.0 } else { 1.0 };
        move_off(model.params.get_mut(&name).unwrap(), entry.kind, spread, &mut draw);
    }
    snap_tables(&mut model);
    snap_class(&mut model);
    init_scales(&mut model, &Site::ALL, &rows(arch, 6, seed + 2), &device()).unwrap();
    model
}

/// Puts tables on a grid of 8-bit codes a row, so that what differs is not the tables' precision.
fn snap_tables(model: &mut Model) {
    let tables =
        ["word_embeddings", "position_embeddings", "token_type_embeddings", "channel", "patch"];
    for table in tables {
        if let Ok(tensor) = model.params.get_mut(&format!("embeddings.{table}.weight")) {
            tensor.data.chunks_exact_mut(tensor.shape[1]).for_each(snap);
        }
    }
}

/// The first position and the class vector share one row of a program: their sum goes onto the grid.
fn snap_class(model: &mut Model) {
    let Ok(class) = model.params.take("embeddings.class.weight") else { return };
    let first = model.params.get_mut("embeddings.position_embeddings.weight").unwrap();
    let first = &mut first.data[..class.data.len()];
    first.iter_mut().zip(&class.data).for_each(|(first, class)| *first += class);
    snap(first);
    let zeros = vec![0.0; class.data.len()];
    model.params.set("embeddings.class.weight", HostTensor { data: zeros, ..class });
}

fn snap(row: &mut [f32]) {
    let step = row.iter().fold(0.0f32, |most, value| most.max(value.abs())) / 127.0;
    row.iter_mut().for_each(|value| *value = (*value / step).round() * step);
}

fn move_off(tensor: &mut HostTensor, kind: Kind, spread: f32, draw: &mut ChaCha8Rng) {
    let single = tensor.shape == [1];
    for value in &mut tensor.data {
        *value = match kind {
            Kind::Matrix => *value * spread,
            Kind::Bias => draw.random_range(-0.1..0.1),
            Kind::Gain => draw.random_range(0.6..1.4),
            Kind::RowScale => draw.random_range(-0.15..0.15),
            Kind::Offset if single => draw.random_range(-0.4..3.2), // a log-ratio
            Kind::Offset => draw.random_range(-0.05..0.05),
            Kind::Scale => *value,
        };
    }
}

/// Two batches.
pub(crate) fn calibration(arch: &Arch, seed: u64) -> [Rows; 2] {
    [rows(arch, 9, seed), rows(arch, 4, seed + 1)]
}

/// A batch of `sequences` random inputs.
pub(crate) fn rows(arch: &Arch, sequences: usize, seed: u64) -> Rows {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    let length = |draw: &mut ChaCha8Rng| match arch.input {
        Input::Text { .. } => draw.random_range(3..=arch.max_tokens),
        _ => arch.max_tokens,
    };
    let lengths: Vec<usize> = (0..sequences).map(|_| length(&mut draw)).collect();
    let ragged = Ragged::from_lengths(&lengths).unwrap();
    let count = ragged.rows();
    let input = match arch.input {
        Input::Text { vocab, segments } => RowsInput::Text {
            ids: (0..count).map(|_| draw.random_range(0..vocab as u32)).collect(),
            segments: (0..count).map(|_| draw.random_range(0..segments as u32)).collect(),
        },
        Input::Channel { magnitudes, .. } => {
            let value = |at: usize| match at % arch.max_tokens < magnitudes {
                true => f32::from(draw.random_range(0..200u8)) / 64.0,
                false if draw.random() => 1.0,
                false => -1.0,
            };
            RowsInput::Channel { values: (0..count).map(value).collect() }
        }
        Input::Patches { patches, pixels } => {
            let count = sequences * patches * pixels;
            let pixel = |_| f32::from(draw.random::<u8>()) / 255.0;
            RowsInput::Patches { pixels: (0..count).map(pixel).collect() }
        }
    };
    Rows { ragged, input, positions: Vec::new() }
}

/// Correlation of the last residual stream of a network with that of the same network whose norm biases (and channel
/// table) are moved as far as rounding to a stream of `point` fractional bits moves a value.
pub(crate) fn moved_correlation(model: &Model, rows: &Rows, point: u8) -> f64 {
    let mut moved = model.clone();
    let mut draw = ChaCha8Rng::seed_from_u64(17);
    let step = 0.5f32.powi(point.into());
    for (name, _) in shapes(&model.arch, &model.precision) {
        if name.ends_with("LayerNorm.bias") || name == "embeddings.channel.weight" {
            let values = &mut moved.params.get_mut(&name).unwrap().data;
            values.iter_mut().for_each(|value| *value += draw.random_range(-step..step) * 0.7);
        }
    }
    correlation(&last_stream(model, rows), &last_stream(&moved, rows))
}

fn last_stream(model: &Model, rows: &Rows) -> Vec<f64> {
    let hidden = model.answer(rows, &device()).unwrap().hidden;
    hidden.last().unwrap().to_data().iter::<f64>().collect()
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| of(x - mx, y - my)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}
