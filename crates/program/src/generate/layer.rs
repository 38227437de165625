//! Layers, made to suit the values that come into them.

use alloc::vec::Vec;

use super::{calibrate::Calibrator, sample::Sample};
use crate::{
    bits::BitMatrix,
    interpret::{
        attend::{Reach, codes, context, scores},
        linear::{product, project},
        norm::norm,
        quantize::quantize,
    },
    parts::{Attention, Codes, FeedForward, Layer, Linear, LowPlane, Norm, Projection, Weights},
    shape::LayerShape,
};

impl Calibrator {
    /// A layer for a sample, which it takes through the layer.
    pub(super) fn layer(
        &mut self,
        shape: &LayerShape,
        masks: &[BitMatrix],
        sample: &mut Sample,
    ) -> Layer {
        let attention = self.attention(shape, masks, sample);
        let ffn = self.feed_forward(shape, sample);
        Layer { attention, ffn }
    }

    fn attention(
        &mut self,
        shape: &LayerShape,
        program_masks: &[BitMatrix],
        sample: &mut Sample,
    ) -> Attention {
        let LayerShape { heads, bits, low, causal, .. } = *shape;
        let inner = heads * shape.head_width;
        let input = self.quantizer(&sample.x, sample.width, signed(bits.attention_input));
        let h = quantize(&sample.x, sample.width, &input);
        let (query, q) = self.linear(&h, [inner, sample.width], low[0], signed(bits.query));
        let (key, k) = self.linear(&h, [inner, sample.width], low[1], signed(bits.key));
        let (value, v) = self.linear(&h, [inner, sample.width], low[2], signed(bits.value));

        let masks = self.head_masks(heads, program_masks.len());
        let reach = Reach { causal, of_head: &masks, masks: program_masks };
        let scores: Vec<Vec<i32>> = (sample.split(&q).iter().zip(sample.split(&k)))
            .zip(&sample.lengths)
            .map(|((q, k), &t)| scores(q, k, heads, t))
            .collect();
        let form = self.form(shape, &sample.score_rows(&scores, &reach));
        let sums: Vec<i32> = (scores.iter().zip(sample.split(&v)))
            .zip(&sample.lengths)
            .flat_map(|((s, v), &t)| context(&codes(&form, &reach, s, t), v, heads, t))
            .collect();

        let context = self.quantizer(&sums, inner, signed(bits.context));
        let o = quantize(&sums, inner, &context);
        let output = self.projection(&o, [sample.width, inner], low[3], sample);
        let norm = self.norm_after(sample);
        #[rustfmt::skip]
        let half = Attention { heads, input, query, key, value, form, masks, causal, context, output, norm };
        half
    }

    fn feed_forward(&mut self, shape: &LayerShape, sample: &mut Sample) -> FeedForward {
        let LayerShape { ffn, bits, low, .. } = *shape;
        let input = self.quantizer(&sample.x, sample.width, signed(bits.ffn_input));
        let h = quantize(&sample.x, sample.width, &input);
        let hidden = Codes { bits: bits.ffn_hidden, signed: false };
        let (up, g) = self.linear(&h, [ffn, sample.width], low[4], hidden);
        let down = self.projection(&g, [sample.width, ffn], low[5], sample);
        let norm = self.norm_after(sample);
        FeedForward { input, up, down, norm }
    }

    fn head_masks(&mut self, heads: usize, masks: usize) -> Vec<Option<u16>> {
        self.random.list(heads, |r| (masks > 0 && !r.once_in(3)).then(|| r.below(masks) as u16))
    }

    /// A linear for codes, and the codes that come out of it.
    fn linear(
        &mut self,
        input: &[i32],
        shape: [usize; 2],
        ratio: Option<u8>,
        codes: Codes,
    ) -> (Linear, Vec<i32>) {
        let weights = self.weights(shape, ratio);
        let acc = product(input, &weights);
        let output = self.quantizer(&acc, shape[0], codes);
        let codes = quantize(&acc, shape[0], &output);
        (Linear { weights, output }, codes)
    }

    /// A projection for codes, which adds what comes out of it into the sample.
    fn projection(
        &mut self,
        input: &[i32],
        shape: [usize; 2],
        ratio: Option<u8>,
        sample: &mut Sample,
    ) -> Projection {
        let weights = self.weights(shape, ratio);
        let gain = 1 << self.random.within(7..=if self.wild { 15 } else { 11 });
        let rescale = self.rescale(&product(input, &weights), shape[0], gain);
        let projection = Projection { weights, rescale };
        project(input, &projection, &mut sample.x);
        projection
    }

    fn weights(&mut self, [rows, cols]: [usize; 2], ratio: Option<u8>) -> Weights {
        let high = self.random.bits(rows, cols);
        let low = ratio.map(|ratio| LowPlane { bits: self.random.bits(rows, cols), ratio });
        Weights { high, low }
    }

    /// A norm, through which the sample goes.
    pub(super) fn norm_after(&mut self, sample: &mut Sample) -> Norm {
        let made = self.norm(sample.width);
        norm(&made, &mut sample.x);
        made
    }
}

fn signed(bits: u8) -> Codes {
    Codes { bits, signed: true }
}
