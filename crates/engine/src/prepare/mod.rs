//! A program as its kernels want it. Made at load, never saved.

mod channels;
mod digits;
mod exponents;
mod heap;
mod panels;
mod parsed;
mod plan;
mod sizes;

pub(crate) use channels::{Multiplier, Quantizer, Rule, window};
pub(crate) use digits::Digits;
pub(crate) use panels::Panels;
pub(crate) use plan::{BLOCK, Plan};
pub(crate) use sizes::Sizes;

use alloc::vec::Vec;

use noctule_program::{Program, bits::BitMatrix, parts};

use crate::kernels::{Kernel, Kernels};

/// The prepared form.
#[derive(Debug)]
pub(crate) struct Model {
    /// For rows.
    pub(crate) kernel: &'static dyn Kernel,
    pub(crate) max_tokens: usize,
    pub(crate) width: usize,
    pub(crate) embed: parts::Embed,
    pub(crate) masks: Vec<BitMatrix>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) head: parts::Head,
    /// Most logits of an input.
    pub(crate) logits: usize,
    /// Sizes of its buffers.
    pub(crate) plan: Plan,
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
    /// Of queries with keys, of attention codes with values.
    pub(crate) kernels: [&'static dyn Kernel; 2],
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

/// The largest magnitude in the residual stream.
const STREAM: i64 = 1 << 15;

/// How kernels are chosen, and for what.
#[derive(Debug, Clone, Copy)]
struct Choice {
    kernels: Kernels,
    /// Most tokens of an input.
    tokens: usize,
    /// Whether weights get their shapes only.
    bare: bool,
}

impl Choice {
    fn new(program: &Program, kernels: Kernels) -> Self {
        Self { kernels, tokens: program.max_tokens, bare: false }
    }

    /// For what is no product.
    fn of_rows(self) -> &'static dyn Kernel {
        self.of(Digits::of_weights(None))
    }

    /// For a left operand of such values.
    fn of(self, left: Digits) -> &'static dyn Kernel {
        self.kernels.of(left.planes(), self.tokens.min(BLOCK))
    }

    /// For codes with codes.
    fn of_codes(self, left: Digits, right: Digits) -> &'static dyn Kernel {
        let kernel = self.of(left);
        match [left, right].map(|digits| digits.planes()) {
            [8, 8] => kernel.of_numbers().unwrap_or(kernel),
            _ => kernel,
        }
    }

    /// Weights for a left operand of such values.
    fn panels(self, weights: &parts::Weights, left: Digits) -> Panels {
        let make = if self.bare { Panels::shape_of_weights } else { Panels::of_weights };
        make(self.of(left), weights, left)
    }
}

impl Model {
    /// With the sizes of the same program.
    pub(crate) fn new(program: &Program, kernels: Kernels, sizes: &Sizes) -> Self {
        let choice = Choice::new(program, kernels);
        Self {
            kernel: choice.of_rows(),
            max_tokens: program.max_tokens,
            width: program.width,
            embed: program.embed.clone(),
            masks: program.masks.clone(),
            layers: program.layers.iter().map(|layer| Layer::new(layer, choice)).collect(),
            head: program.head.clone(),
            logits: sizes.logits,
            plan: sizes.plan,
        }
    }

    /// The kernels of the products.
    pub(crate) fn kernels(&self) -> impl Iterator<Item = &'static dyn Kernel> {
        self.layers.iter().flat_map(|Layer { attention: a, ffn }| {
            let weights = [&a.query.weights, &a.output.weights, &ffn.up.weights, &ffn.down.weights];
            weights.map(Panels::kernel).into_iter().chain(a.kernels)
        })
    }
}

/// Most logits of an input.
fn logits(program: &Program) -> usize {
    let tokens = match program.head.tokens {
        parts::HeadTokens::Pooled => 1,
        parts::HeadTokens::PerToken(count) => count.min(program.max_tokens),
    };
    tokens * program.head.bias.len()
}

impl Layer {
    fn new(layer: &parts::Layer, choice: Choice) -> Self {
        Self {
            attention: Attention::new(&layer.attention, choice),
            ffn: FeedForward::new(&layer.ffn, choice),
        }
    }
}

impl Attention {
    fn new(attention: &parts::Attention, choice: Choice) -> Self {
        let input = Quantizer::new(&attention.input, STREAM);
        let linear = |linear| Linear::new(linear, input.digits, choice);
        let [query, key, value] = [&attention.query, &attention.key, &attention.value].map(linear);
        let codes = attention_digits(&attention.form);
        let largest = Digits::largest_sum(choice.tokens, codes, value.output.digits);
        let context = Quantizer::new(&attention.context, largest);
        Self {
            kernels: [
                choice.of_codes(query.output.digits, key.output.digits),
                choice.of_codes(codes, value.output.digits),
            ],
            heads: attention.heads,
            depth: query.weights.rows() / attention.heads,
            key,
            query,
            value,
            input,
            form: exponents::trimmed(attention),
            masks: attention.masks.clone(),
            causal: attention.causal,
            output: Projection::new(&attention.output, context.digits, choice),
            context,
            norm: attention.norm.clone(),
        }
    }

    /// Digits of the attention codes.
    pub(crate) fn digits(&self) -> Digits {
        attention_digits(&self.form)
    }
}

fn attention_digits(form: &parts::AttentionForm) -> Digits {
    let bits = match form {
        parts::AttentionForm::Softmax { bits, .. } => *bits,
        parts::AttentionForm::Sps { .. } => 1,
    };
    Digits::of_codes(parts::Codes { bits, signed: false })
}

impl FeedForward {
    fn new(ffn: &parts::FeedForward, choice: Choice) -> Self {
        let input = Quantizer::new(&ffn.input, STREAM);
        let up = Linear::new(&ffn.up, input.digits, choice);
        Self {
            down: Projection::new(&ffn.down, up.output.digits, choice),
            input,
            up,
            norm: ffn.norm.clone(),
        }
    }
}

impl Linear {
    fn new(linear: &parts::Linear, left: Digits, choice: Choice) -> Self {
        let weights = choice.panels(&linear.weights, left);
        let largest = Digits::largest_sum(weights.cols(), left, *weights.digits());
        Self { weights, output: Quantizer::new(&linear.output, largest) }
    }
}

impl Projection {
    fn new(projection: &parts::Projection, left: Digits, choice: Choice) -> Self {
        let weights = choice.panels(&projection.weights, left);
        let largest = Digits::largest_sum(weights.cols(), left, *weights.digits());
        Self { weights, rescale: Multiplier::new(&projection.rescale, largest) }
    }
}
