//! A program as one kernel wants it. Made at load, never saved.

mod digits;
mod panels;
mod plan;

pub(crate) use digits::Digits;
pub(crate) use panels::Panels;
pub(crate) use plan::{BLOCK, Plan};

use noctule_program::{Program, bits::BitMatrix, parts};

use crate::kernels::Kernel;

/// The prepared form.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) kernel: Box<dyn Kernel>,
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
    pub(crate) input: parts::Quantizer,
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) form: parts::AttentionForm,
    pub(crate) masks: Vec<Option<u16>>,
    pub(crate) causal: bool,
    pub(crate) context: parts::Quantizer,
    pub(crate) output: Projection,
    pub(crate) norm: parts::Norm,
}

#[derive(Debug)]
pub(crate) struct FeedForward {
    pub(crate) input: parts::Quantizer,
    pub(crate) up: Linear,
    pub(crate) down: Projection,
    pub(crate) norm: parts::Norm,
}

#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weights: Panels,
    /// Rows of the weights.
    pub(crate) outputs: usize,
    pub(crate) output: parts::Quantizer,
}

#[derive(Debug)]
pub(crate) struct Projection {
    pub(crate) weights: Panels,
    pub(crate) rescale: parts::Rescale,
}

impl Model {
    pub(crate) fn new(program: &Program, kernel: Box<dyn Kernel>) -> Self {
        let lanes = kernel.lanes();
        Self {
            kernel,
            max_tokens: program.max_tokens,
            width: program.width,
            embed: program.embed.clone(),
            masks: program.masks.clone(),
            layers: program.layers.iter().map(|layer| Layer::new(layer, lanes)).collect(),
            head: program.head.clone(),
        }
    }
}

impl Layer {
    fn new(layer: &parts::Layer, lanes: usize) -> Self {
        Self {
            attention: Attention::new(&layer.attention, lanes),
            ffn: FeedForward::new(&layer.ffn, lanes),
        }
    }
}

impl Attention {
    fn new(attention: &parts::Attention, lanes: usize) -> Self {
        let query = Linear::new(&attention.query, lanes);
        Self {
            heads: attention.heads,
            depth: query.outputs / attention.heads,
            input: attention.input.clone(),
            query,
            key: Linear::new(&attention.key, lanes),
            value: Linear::new(&attention.value, lanes),
            form: attention.form.clone(),
            masks: attention.masks.clone(),
            causal: attention.causal,
            context: attention.context.clone(),
            output: Projection::new(&attention.output, lanes),
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
    fn new(ffn: &parts::FeedForward, lanes: usize) -> Self {
        Self {
            input: ffn.input.clone(),
            up: Linear::new(&ffn.up, lanes),
            down: Projection::new(&ffn.down, lanes),
            norm: ffn.norm.clone(),
        }
    }
}

impl Linear {
    fn new(linear: &parts::Linear, lanes: usize) -> Self {
        Self {
            weights: Panels::of_weights(&linear.weights, lanes),
            outputs: linear.weights.high.rows(),
            output: linear.output.clone(),
        }
    }

    /// Digits of the output codes.
    pub(crate) fn digits(&self) -> Digits {
        Digits::of_codes(self.output.codes)
    }
}

impl Projection {
    fn new(projection: &parts::Projection, lanes: usize) -> Self {
        Self {
            weights: Panels::of_weights(&projection.weights, lanes),
            rescale: projection.rescale.clone(),
        }
    }
}
