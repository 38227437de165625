//! The forward pass of the whole network (`docs/bmt.md` section 3).

use burn::tensor::{Tensor, activation};

use super::layer::Layer;
use super::{Arch, Leaves, ModelError, Precision, Rows, Site, head, input};
use crate::ops::{Fixed, Matrix, Pairs};

/// What a forward pass gives. Row `r` of a `[rows, width]` tensor is row `r` of the batch.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Pooled: `[sequences, classes]`; per token: `[sequences, count]`; masked words:
    /// `[positions, vocab]`.
    pub logits: Tensor<2>,
    /// The residual stream after the embedding and after each layer: `layers + 1` of
    /// `[rows, width]`.
    pub hidden: Vec<Tensor<2>>,
    /// Queries of each layer as the attention sees them (quantized), `[rows, width]`.
    pub queries: Vec<Tensor<2>>,
    /// Keys of each layer as the attention sees them (quantized), `[rows, width]`.
    pub keys: Vec<Tensor<2>>,
}

/// Looks at a forward pass from inside; the default methods change nothing.
pub trait Probe {
    /// Sees what comes to `site` of `layer`, before the quantizer: `[rows, channels]`. Not called
    /// for [`Site::Attention`]. What is returned serves instead of the quantizer's scale.
    fn site(&mut self, layer: usize, site: Site, x: &Tensor<2>) -> Option<f32> {
        let _ = (layer, site, x);
        None
    }

    /// Sees the quantized queries and keys of `layer`. What is returned serves instead of the
    /// attention's own parameters.
    fn attention(&mut self, layer: usize, q: &Tensor<2>, k: &Tensor<2>) -> Option<AttentionStart> {
        let _ = (layer, q, k);
        None
    }
}

/// Parameters of a layer's attention quantizer.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionStart {
    /// Scale `a`.
    pub scale: f32,
    /// `lambda` of each head; empty in the `softmax` form.
    pub thresholds: Vec<f32>,
}

/// A probe that only lets pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Probe for Unobserved {}

/// Runs the network on a batch.
///
/// # Errors
/// [`ModelError::Rows`] if the batch does not fit the network, [`ModelError::Params`] if `leaves`
/// are not the parameters of `arch` and `precision`.
pub fn forward(
    leaves: &Leaves,
    arch: &Arch,
    precision: &Precision,
    rows: &Rows,
    probe: &mut dyn Probe,
) -> Result<Forward, ModelError> {
    rows.check(arch)?;
    let masks = arch.head_masks()?;
    let pairs = rows.pairs(arch, masks.as_ref())?;
    let network = Network { leaves, arch, precision, rows, pairs };
    let mut hidden = vec![input::embed(&network)?];
    let (mut queries, mut keys) = (Vec::new(), Vec::new());
    for index in 0..arch.layers {
        let stream = hidden[index].clone();
        let passed = Layer::new(&network, index).forward(stream, probe)?;
        hidden.push(passed.stream);
        queries.push(passed.queries);
        keys.push(passed.keys);
    }
    let logits = head::logits(&network, hidden[arch.layers].clone())?;
    Ok(Forward { logits, hidden, queries, keys })
}

/// What every part of a forward pass reads.
pub(super) struct Network<'a> {
    pub(super) leaves: &'a Leaves,
    pub(super) arch: &'a Arch,
    pub(super) precision: &'a Precision,
    pub(super) rows: &'a Rows,
    pub(super) pairs: Pairs<'a>,
}

impl Network<'_> {
    /// Layer norm with the parameters called `name`.
    pub(super) fn norm(&self, name: &str, x: Tensor<2>) -> Result<Tensor<2>, ModelError> {
        let gain = self.leaves.vector(&format!("{name}.weight"))?;
        let bias = self.leaves.vector(&format!("{name}.bias"))?;
        let eps = self.arch.norm_eps as f32;
        Ok(match self.precision.point {
            Some(point) => Fixed { point }.norm(x, gain, bias, eps),
            None => crate::ops::norm(x, gain, bias, eps),
        })
    }

    /// Layer norm of `x + y` with the parameters called `name`.
    pub(super) fn add_norm(
        &self,
        name: &str,
        x: Tensor<2>,
        y: Tensor<2>,
    ) -> Result<Tensor<2>, ModelError> {
        let gain = self.leaves.vector(&format!("{name}.weight"))?;
        let bias = self.leaves.vector(&format!("{name}.bias"))?;
        let eps = self.arch.norm_eps as f32;
        Ok(match self.precision.point {
            Some(point) => Fixed { point }.add_norm(x, y, gain, bias, eps),
            None => crate::ops::add_norm(x, y, gain, bias, eps),
        })
    }

    /// A linear map with the parameters called `name`, its matrix always float.
    pub(super) fn linear(&self, name: &str, x: Tensor<2>) -> Result<Tensor<2>, ModelError> {
        let matrix = Matrix::Float(self.leaves.matrix(&format!("{name}.weight"))?);
        let bias = self.leaves.vector(&format!("{name}.bias"))?;
        Ok(crate::ops::linear(x, matrix, Some(bias)))
    }

    /// The feed-forward activation of a float network.
    pub(super) fn activate(&self, x: Tensor<2>) -> Tensor<2> {
        match self.arch.activation {
            super::Activation::Gelu => crate::ops::gelu(x),
            super::Activation::GeluNew => activation::gelu_approximate(x),
            super::Activation::Relu => crate::ops::relu(x),
        }
    }
}
