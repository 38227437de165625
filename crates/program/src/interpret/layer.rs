//! 1.7 A layer.

use super::{
    Site,
    attend::{Reach, codes, context, scores},
    linear::{linear, project},
    norm::norm,
    quantize::quantize,
};
use crate::{
    bits::BitMatrix,
    parts::{Attention, FeedForward},
};

/// The attention half: from residual stream `[t, D]` to residual stream; `masks` are the program's.
pub(crate) fn attention(
    half: &Attention,
    masks: &[BitMatrix],
    x: &mut [i32],
    tokens: usize,
    show: &mut dyn FnMut(Site, &[i32]),
) {
    let h = quantize(x, x.len() / tokens, &half.input);
    show(Site::AttentionInput, &h);
    let q = linear(&h, &half.query);
    show(Site::Query, &q);
    let k = linear(&h, &half.key);
    show(Site::Key, &k);
    let v = linear(&h, &half.value);
    show(Site::Value, &v);
    let s = scores(&q, &k, half.heads, tokens);
    show(Site::Scores, &s);
    let reach = Reach { causal: half.causal, of_head: &half.masks, masks };
    let a = codes(&half.form, &reach, &s, tokens);
    show(Site::Attention, &a);
    let sum = context(&a, &v, half.heads, tokens);
    show(Site::ContextSum, &sum);
    let o = quantize(&sum, sum.len() / tokens, &half.context);
    show(Site::Context, &o);
    project(&o, &half.output, x);
    show(Site::AttentionSum, x);
    norm(&half.norm, x);
    show(Site::AttentionNorm, x);
}

/// The feed-forward half: from residual stream `[t, D]` to residual stream.
pub(crate) fn feed_forward(
    half: &FeedForward,
    x: &mut [i32],
    tokens: usize,
    show: &mut dyn FnMut(Site, &[i32]),
) {
    let h = quantize(x, x.len() / tokens, &half.input);
    show(Site::FfnInput, &h);
    let g = linear(&h, &half.up);
    show(Site::FfnHidden, &g);
    project(&g, &half.down, x);
    show(Site::FfnSum, x);
    norm(&half.norm, x);
    show(Site::FfnNorm, x);
}
