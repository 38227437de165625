//! One inference.
//!
//! Suggested order: [`layer`] is the story of a layer, [`product`] and [`rows`] what it stands on.

mod attend;
mod buffers;
#[cfg(feature = "std")]
mod clock;
mod embed;
mod head;
mod layer;
mod left;
mod linear;
mod operator;
mod probe;
mod product;
mod quantize;
mod rows;
mod softmax;
mod split;

pub(crate) use buffers::Buffers;
#[cfg(feature = "std")]
pub use clock::Clock;
pub(crate) use left::{LeftBuffer, left_chunks};
pub use operator::Operator;
pub(crate) use probe::{Blind, Probe};
pub(crate) use product::{Tile, product};
pub(crate) use rows::{CodeBuffer, Layout};

use alloc::vec::Vec;

use noctule_program::{
    interpret::{InputError, Site},
    parts::Input,
};

use crate::prepare::{Layer, Model};
use attend::{Attend, gather};
use layer::{Projected, Stream};
use probe::At;

/// Replaces `logits` by those of `input`.
///
/// Runs on as many threads as the buffers are for, which must be those of the current rayon pool.
/// There are no logits where the bytes that the program shares have changed before the end.
pub(crate) fn run<P: Probe>(
    model: &Model,
    input: &Input,
    buffers: &mut Buffers,
    logits: &mut Vec<i32>,
    probe: &P,
) -> Result<(), InputError> {
    let count = model.embed.source.tokens(input, model.max_tokens)? * model.width;
    let outside = At { probe, layer: None };
    let x = &mut buffers.x[..count];
    outside.enter();
    embed::embed(&model.embed.source, input, x, model.width);
    outside.mark(Operator::Embed);
    outside.stream(Site::EmbedSum, 0, model.width, x);
    if let Some(norm) = &model.embed.norm {
        layer::normalise(model.kernel, norm, x);
        outside.mark(Operator::EmbedNorm);
    }
    outside.stream(Site::Embed, 0, model.width, x);
    for (n, layer) in model.layers.iter().enumerate() {
        run_layer(model, layer, buffers, count, &At { probe, layer: Some(n) });
    }
    outside.enter();
    head::head(&model.head, &buffers.x[..count], model.width, logits);
    outside.mark(Operator::Head);
    let outputs = model.head.bias.len();
    for (row, logits) in logits.chunks_exact(outputs).enumerate() {
        outside.row(Site::Logits, row, outputs, || logits.iter().copied());
    }
    model.embed.source.check_shared().inspect_err(|_| logits.clear())?;
    Ok(())
}

fn run_layer<P: Probe>(
    model: &Model,
    layer: &Layer,
    buffers: &mut Buffers,
    count: usize,
    at: &At<'_, P>,
) {
    let Buffers { x, query, key, value, heads, scratch } = buffers;
    let (kernel, attention) = (model.kernel, &layer.attention);
    let (x, width) = (&mut x[..count], model.width);
    let tokens = count / width;
    let layouts = [&attention.query, &attention.key, &attention.value].map(|linear| Layout {
        digits: linear.output.digits,
        segments: attention.heads,
        length: attention.depth,
    });

    at.enter();
    let out = Projected {
        query: query.clear(layouts[0], tokens),
        key: key.clear(layouts[1], tokens),
        value: value.clear(layouts[2], tokens),
    };
    at.mark(Operator::Clear);
    let block = split::block(tokens, scratch.len());
    let stream = Stream { x: &mut *x, width, first: 0, block };
    split::split((stream, out), scratch, &|(stream, out), scratch| {
        layer::first_pass(kernel, attention, &stream, out, scratch, at);
    });

    at.enter();
    gather(attention, heads, key.rows(layouts[1], tokens), value.rows(layouts[2], tokens));
    at.mark(Operator::Gather);
    let attend = Attend { kernel, attention, masks: &model.masks, heads, tokens };
    let query = query.rows(layouts[0], tokens);
    split::split(Stream { x, width, first: 0, block }, scratch, &|stream, scratch| {
        layer::second_pass(&attend, &layer.ffn, query, stream, scratch, at);
    });
}
