//! A program as its kernels want it. Made at load, never saved.

mod channels;
mod digits;
mod panels;
mod plan;

pub(crate) use channels::{Multiplier, Quantizer, Rule, window};
pub(crate) use digits::Digits;
pub(crate) use panels::Panels;
pub(crate) use plan::{BLOCK, Plan};

use alloc::vec::Vec;

use noctule_program::{Program, bits::BitMatrix, parts};

use crate::kernels::Kernel;

/// The prepared form.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) kernel: &'static dyn Kernel,
    pub(crate) max_tokens: usize,
    pub(crate) width: usize,
    pub(crate) embed: parts::Embed,
    pub(crate) masks: Vec<BitMatrix>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) head: parts::Head,
}

#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) attention: Attention,
    pub(crate) ffn: FeedForward,
}

#[derive(Debug)]
pub(crate) struct Attention {
    pub(crate) heads: usize,
    /// Channels of a head.
    pub(crate) depth: usize,
    pub(crate) input: Quantizer,
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) form: parts::AttentionForm,
    pub(crate) masks: Vec<Option<u16>>,
    pub(crate) causal: bool,
    pub(crate) context: Quantizer,
    pub(crate) output: Projection,
    pub(crate) norm: parts::Norm,
}

#[derive(Debug)]
pub(crate) struct FeedForward {
    pub(crate) input: Quantizer,
    pub(crate) up: Linear,
    pub(crate) down: Projection,
    pub(crate) norm: parts::Norm,
}

#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weights: Panels,
    pub(crate) output: Quantizer,
}

#[derive(Debug)]
pub(crate) struct Projection {
    pub(crate) weights: Panels,
    pub(crate) rescale: Multiplier,
}

impl Model {
    pub(crate) fn new(program: &Program, kernel: &'static dyn Kernel) -> Self {
        Self {
            kernel,
            max_tokens: program.max_tokens,
            width: program.width,
            embed: program.embed.clone(),
            masks: program.masks.clone(),
            layers: program.layers.iter().map(|layer| Layer::new(layer, kernel)).collect(),
            head: program.head.clone(),
        }
    }
}

impl Layer {
    fn new(layer: &parts::Layer, kernel: &'static dyn Kernel) -> Self {
        Self {
            attention: Attention::new(&layer.attention, kernel),
            ffn: FeedForward::new(&layer.ffn, kernel),
        }
    }
}

impl Attention {
    fn new(attention: &parts::Attention, kernel: &'static dyn Kernel) -> Self {
        let input = Quantizer::new(&attention.input);
        let context = Quantizer::new(&attention.context);
        let linear = |linear| Linear::new(linear, input.digits, kernel);
        let query = linear(&attention.query);
        Self {
            heads: attention.heads,
            depth: query.weights.rows() / attention.heads,
            key: linear(&attention.key),
            value: linear(&attention.value),
            query,
            input,
            form: attention.form.clone(),
            masks: attention.masks.clone(),
            causal: attention.causal,
            output: Projection::new(&attention.output, context.digits, kernel),
            context,
            norm: attention.norm.clone(),
        }
    }

    /// Digits of the attention codes.
    pub(crate) fn digits(&self) -> Digits {
        let bits = match self.form {
            parts::AttentionForm::Softmax { bits, .. } => bits,
            parts::AttentionForm::Sps { .. } => 1,
        };
        Digits::of_codes(parts::Codes { bits, signed: false })
    }
}

impl FeedForward {
    fn new(ffn: &parts::FeedForward, kernel: &'static dyn Kernel) -> Self {
        let input = Quantizer::new(&ffn.input);
        let up = Linear::new(&ffn.up, input.digits, kernel);
        Self {
            down: Projection::new(&ffn.down, up.output.digits, kernel),
            input,
            up,
            norm: ffn.norm.clone(),
        }
    }
}

impl Linear {
    fn new(linear: &parts::Linear, left: Digits, kernel: &'static dyn Kernel) -> Self {
        Self {
            weights: Panels::of_weights(kernel, &linear.weights, left),
            output: Quantizer::new(&linear.output),
        }
    }
}

impl Projection {
    fn new(projection: &parts::Projection, left: Digits, kernel: &'static dyn Kernel) -> Self {
        Self {
            weights: Panels::of_weights(kernel, &projection.weights, left),
            rescale: Multiplier::new(&projection.rescale),
        }
    }
}
