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
use attend::{Attend, Gather};
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
    let tokens = model.embed.source.tokens(input, model.max_tokens)?;
    let (count, outside) = (tokens * model.width, At { probe, layer: None });
    let block = split::block(tokens, buffers.scratch.len());
    let stream = Stream { x: &mut buffers.x[..count], width: model.width, first: 0, block };
    split::split(stream, &mut buffers.scratch, &|stream, _| {
        embed_run(model, input, stream, &outside)
    });
    for (n, layer) in model.layers.iter().enumerate() {
        run_layer(model, layer, buffers, count, &At { probe, layer: Some(n) });
    }
    outside.enter();
    head::head(model.kernel, &model.head, &buffers.x[..count], model.width, logits);
    outside.mark(Operator::Head);
    let outputs = model.head.bias.len();
    for (row, logits) in logits.chunks_exact(outputs).enumerate() {
        outside.row(Site::Logits, row, outputs, || logits.iter().copied());
    }
    model.embed.source.check_shared().inspect_err(|_| logits.clear())?;
    Ok(())
}

/// The stream of a run of tokens before the first layer.
fn embed_run<P: Probe>(model: &Model, input: &Input, stream: Stream<'_>, at: &At<'_, P>) {
    let Stream { x, width, first, .. } = stream;
    at.enter();
    embed::embed(model.kernel, &model.embed.source, input, first, x, width);
    at.mark(Operator::Embed);
    at.stream(Site::EmbedSum, first, width, x);
    if let Some(norm) = &model.embed.norm {
        layer::normalise(model.kernel, norm, x);
        at.mark(Operator::EmbedNorm);
    }
    at.stream(Site::Embed, first, width, x);
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

    let out = Projected {
        query: query.rows_mut(layouts[0], tokens),
        key: key.rows_mut(layouts[1], tokens),
        value: value.rows_mut(layouts[2], tokens),
    };
    let block = split::block(tokens, scratch.len());
    let stream = Stream { x: &mut *x, width, first: 0, block };
    split::split((stream, out), scratch, &|(stream, out), scratch| {
        layer::first_pass(kernel, attention, &stream, out, scratch, at);
    });

    let (key, value) = (key.rows(layouts[1], tokens), value.rows(layouts[2], tokens));
    Gather { attention, key, value }.all(heads, scratch.len(), at);
    let attend = Attend { kernel, attention, masks: &model.masks, heads, tokens };
    let query = query.rows(layouts[0], tokens);
    split::split(Stream { x, width, first: 0, block }, scratch, &|stream, scratch| {
        layer::second_pass(&attend, &layer.ffn, query, stream, scratch, at);
    });
}
