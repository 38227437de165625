//! A run of tokens over several threads.

use super::{
    buffers::Scratch,
    layer::{Projected, Stream},
};
use crate::prepare::BLOCK;

/// Work on a run of tokens that can be cut between two of them.
pub(crate) trait Cut: Send + Sized {
    fn tokens(&self) -> usize;
    fn cut(self, token: usize) -> (Self, Self);
}

impl Cut for Stream<'_> {
    fn tokens(&self) -> usize {
        Stream::tokens(self)
    }

    fn cut(self, token: usize) -> (Self, Self) {
        self.split_at(token)
    }
}

impl Cut for (Stream<'_>, Projected<'_>) {
    fn tokens(&self) -> usize {
        self.0.tokens()
    }

    fn cut(self, token: usize) -> (Self, Self) {
        let (stream, streams) = self.0.split_at(token);
        let (out, outs) = self.1.split_at(token);
        ((stream, out), (streams, outs))
    }
}

/// Does `work` in equal runs of whole blocks, one for each scratch or as many as there are blocks.
///
/// Joins need no memory, unlike the scopes and iterators of rayon.
pub(crate) fn split<C: Cut>(
    work: C,
    scratch: &mut [Scratch],
    run: &(impl Fn(C, &mut Scratch) + Sync),
) {
    let blocks = work.tokens().div_ceil(BLOCK);
    let threads = scratch.len().min(blocks);
    if threads <= 1 {
        return run(work, &mut scratch[0]);
    }
    let half = threads / 2;
    let (left, right) = work.cut(blocks * half / threads * BLOCK);
    let (one, other) = scratch[..threads].split_at_mut(half);
    rayon::join(|| split(left, one, run), || split(right, other, run));
}
