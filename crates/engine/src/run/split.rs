//! A run of tokens over several threads.

use super::{
    buffers::Scratch,
    layer::{Projected, Stream},
};
use crate::{prepare::BLOCK, threads};

/// Work on a run of tokens that can be cut between two of them.
pub(crate) trait Cut: Send + Sized {
    fn tokens(&self) -> usize;
    /// Tokens of a block.
    fn block(&self) -> usize;
    fn cut(self, token: usize) -> (Self, Self);
}

impl Cut for Stream<'_> {
    fn tokens(&self) -> usize {
        Stream::tokens(self)
    }

    fn block(&self) -> usize {
        self.block
    }

    fn cut(self, token: usize) -> (Self, Self) {
        self.split_at(token)
    }
}

impl Cut for (Stream<'_>, Projected<'_>) {
    fn tokens(&self) -> usize {
        self.0.tokens()
    }

    fn block(&self) -> usize {
        self.0.block
    }

    fn cut(self, token: usize) -> (Self, Self) {
        let (stream, streams) = self.0.split_at(token);
        let (out, outs) = self.1.split_at(token);
        ((stream, out), (streams, outs))
    }
}

/// Tokens of a block, for as many blocks on each thread, as equal as can be, but whole quads.
pub(crate) fn block(tokens: usize, threads: usize) -> usize {
    let share = tokens.div_ceil(threads);
    share.div_ceil(share.div_ceil(BLOCK)).next_multiple_of(4)
}

/// Does `work` in equal runs of whole blocks, one for each scratch or as many as there are blocks.
///
/// Joins need no memory, unlike the scopes and iterators of rayon.
pub(crate) fn split<C: Cut>(
    work: C,
    scratch: &mut [Scratch],
    run: &(impl Fn(C, &mut Scratch) + Sync),
) {
    let blocks = work.tokens().div_ceil(work.block());
    let threads = scratch.len().min(blocks);
    if threads <= 1 {
        return run(work, &mut scratch[0]);
    }
    let half = threads / 2;
    let token = blocks * half / threads * work.block();
    let (left, right) = work.cut(token);
    let (one, other) = scratch[..threads].split_at_mut(half);
    threads::join(|| split(left, one, run), || split(right, other, run));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_equal() {
        for (tokens, threads, wanted) in [
            (128, 1, 32),
            (128, 2, 32),
            (32, 2, 16),
            (33, 1, 20),
            (1, 1, 4),
            (1, 8, 4),
            (40, 2, 20),
        ] {
            assert_eq!(block(tokens, threads), wanted, "{tokens} {threads}");
        }
        assert!((1..500).all(|tokens| (1..9).all(|threads| block(tokens, threads) <= BLOCK)));
    }
}
