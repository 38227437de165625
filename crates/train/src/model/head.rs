//! From the residual stream to the logits.

use burn::tensor::Tensor;

use super::network::Network;
use super::{Head, ModelError};
use crate::ops::{Matrix, Ragged, gather_rows, linear};

/// Logits of the batch; shapes as in [`Forward`](super::Forward).
pub(super) fn logits(network: &Network<'_>, stream: Tensor<2>) -> Result<Tensor<2>, ModelError> {
    let ragged = &network.rows.ragged;
    match network.arch.head {
        Head::Pooled { .. } => pooled(network, gather_rows(stream, &ragged.first_rows())),
        Head::PerToken { count } => {
            let answers = gather_rows(stream, &leading_rows(ragged, count));
            let logits = network.linear("classifier", answers)?;
            Ok(logits.reshape([ragged.batch(), count]))
        }
        Head::MaskedWords => masked_words(network, stream),
    }
}

fn pooled(network: &Network<'_>, first: Tensor<2>) -> Result<Tensor<2>, ModelError> {
    let pooled = match network.arch.pooler {
        true => network.linear("pooler.dense", first)?.tanh(),
        false => first,
    };
    network.linear("classifier", pooled)
}

fn masked_words(network: &Network<'_>, stream: Tensor<2>) -> Result<Tensor<2>, ModelError> {
    let positions: Vec<u32> = network.rows.positions.iter().map(|&row| row as u32).collect();
    let asked = network.linear("cls.transform.dense", gather_rows(stream, &positions))?;
    let asked = network.norm("cls.transform.LayerNorm", network.activate(asked))?;
    let words = network.leaves.matrix("embeddings.word_embeddings.weight")?;
    Ok(linear(asked, Matrix::Float(words), Some(network.leaves.vector("cls.bias")?)))
}

/// The first `count` rows of each sequence.
fn leading_rows(ragged: &Ragged, count: usize) -> Vec<u32> {
    let firsts = ragged.first_rows();
    firsts.into_iter().flat_map(|first| first..first + count as u32).collect()
}
