//! The differentiable operations that a BMT network is made of (`docs/bmt.md`).
//!
//! Activations are packed: `[rows, width]`, `rows` the sum of the sequence lengths, with
//! [`Ragged`] saying where each sequence lies. Every operation has two forms with the same
//! values and gradients. [`plain`] is written in burn's tensor operations and runs on any
//! device. The functions re-exported here take the [`fused`] form, our own multi-threaded
//! CPU operations, when the tensors live on burn's `Flex` device, and the plain form otherwise.
//!
//! The fused form works in rayon's pool and burn takes locks of its own: do not call operations from
//! inside a rayon task of the same pool, whose idle workers could then wait for themselves.

mod adamw;
mod choice;
pub mod fused;
mod pairs;
pub mod plain;
mod quantizer;
mod ragged;
mod stream;
mod weights;

pub use adamw::{AdamW, adamw, gradient_norm};
pub use choice::{
    add_norm, attention, cross_entropy, gather_rows, gelu, linear, mse, norm, quantize, relu,
    scale_rows, score_loss,
};
pub use pairs::Pairs;
pub use plain::{binary_cross_entropy, soft_cross_entropy};
pub use quantizer::{Quant, SCALE_FLOOR, initial_scale, round_half_up};
pub use ragged::{HeadMasks, Ragged, ShapeError};
pub use stream::Fixed;
pub use weights::{
    DROP_LOG_RATIO, SplitWeights, binary_row, dropped_scale, row_mean, row_spread, short, sign,
    split_exponent, split_from_ternary, split_ratio, ternary_row,
};

use burn::tensor::Tensor;

/// The matrix of a linear layer, `[out, in]`, and how its weights are quantized.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once, a few a layer")]
pub enum Matrix {
    /// As it is.
    Float(Tensor<2>),
    /// Three levels for each row, from latent weights.
    Ternary(Tensor<2>),
    /// Two levels for each row, from latent weights.
    Binary(Tensor<2>),
    /// Two binary branches, the first weighing `p = 2^r` times the second.
    Split {
        /// Latent weights `U` of the first branch, `[out, in]`.
        high: Tensor<2>,
        /// Latent weights `V` of the second branch, `[out, in]`.
        low: Tensor<2>,
        /// `k`, `[out]`.
        scale: Tensor<1>,
        /// `l`, `[1]`.
        log_ratio: Tensor<1>,
    },
}

/// How attention weights are made of scores.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once, a few a layer")]
pub enum AttentionForm {
    /// Softmax, not quantized.
    Float,
    /// Softmax, then an unsigned quantizer without shift.
    Softmax {
        /// Scale `a`, `[1]`.
        scale: Tensor<1>,
        /// Width in bits: 1, 2, 4 or 8.
        bits: u8,
        /// Whether exponentials have the 16 bits of a program's table.
        table: bool,
    },
    /// One bit where the score reaches the head's learned threshold.
    Sps {
        /// Scale `a`, `[1]`.
        scale: Tensor<1>,
        /// `lambda`, `[heads]`.
        threshold: Tensor<1>,
        /// `h`, `[1]`: how far from the threshold a score still has a gradient. Has none itself.
        reach: Tensor<1>,
    },
}
