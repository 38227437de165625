//! From what a batch holds to the residual stream.

use burn::tensor::{Tensor, TensorData};

use super::network::Network;
use super::{Input, ModelError, RowsInput, TableOptions, byte};
use crate::ops::{Fixed, Ragged, gather_rows, scale_rows};

/// The residual stream `[rows, width]` before the first layer.
pub(super) fn embed(network: &Network<'_>) -> Result<Tensor<2>, ModelError> {
    match &network.rows.input {
        RowsInput::Text { ids, segments } => text(network, ids, segments),
        RowsInput::Channel { values } => channel(network, values),
        RowsInput::Patches { pixels } => patches(network, pixels),
    }
}

fn text(network: &Network<'_>, ids: &[u32], segments: &[u32]) -> Result<Tensor<2>, ModelError> {
    let leaves = network.leaves;
    let words = gather_rows(leaves.matrix("embeddings.word_embeddings.weight")?, ids);
    let segments = gather_rows(leaves.matrix("embeddings.token_type_embeddings.weight")?, segments);
    place(network, words + segments)
}

fn channel(network: &Network<'_>, values: &[f32]) -> Result<Tensor<2>, ModelError> {
    let table = network.leaves.matrix("embeddings.channel.weight")?;
    let rows = gather_rows(table, &places(&network.rows.ragged));
    Ok(match network.precision.point {
        Some(point) => Fixed { point }.round(scale_rows(rows, &magnitudes(network, values))),
        None => scale_rows(rows, values),
    })
}

/// Magnitudes as a program reads them, in 8 bits; the syndrome as it is.
fn magnitudes(network: &Network<'_>, values: &[f32]) -> Vec<f32> {
    let Input::Channel { magnitudes, .. } = network.arch.input else { return values.to_vec() };
    let unit = TableOptions::default().magnitude_unit;
    let coded = |value| f32::from(byte(value, 1.0 / f64::from(unit))) / f32::from(unit);
    let tokens = values.iter().enumerate();
    let read = |(at, &value): (usize, &f32)| match at % network.arch.max_tokens < magnitudes {
        true => coded(value),
        false => value,
    };
    tokens.map(read).collect()
}

fn patches(network: &Network<'_>, pixels: &[f32]) -> Result<Tensor<2>, ModelError> {
    let ragged = &network.rows.ragged;
    let (batch, count) = (ragged.batch(), ragged.rows() - ragged.batch());
    let data = TensorData::new(pixels.to_vec(), [count, pixels.len() / count.max(1)]);
    let seen =
        network.linear("embeddings.patch", Tensor::from_data(data, network.leaves.device()))?;
    let width = network.arch.width;
    let seen = seen.reshape([batch, count / batch, width]);
    let class = network.leaves.matrix("embeddings.class.weight")?;
    let class = class.reshape([1, 1, width]).expand([batch, 1, width]);
    let stream = Tensor::cat(vec![class, seen], 1).reshape([ragged.rows(), width]);
    place(network, stream)
}

/// Adds each row's position and normalizes.
fn place(network: &Network<'_>, stream: Tensor<2>) -> Result<Tensor<2>, ModelError> {
    let table = network.leaves.matrix("embeddings.position_embeddings.weight")?;
    let positions = gather_rows(table, &places(&network.rows.ragged));
    network.norm("embeddings.LayerNorm", stream + positions)
}

/// The place of each row in its sequence.
fn places(ragged: &Ragged) -> Vec<u32> {
    ragged.lengths().flat_map(|length| 0..length as u32).collect()
}
