//! Everything an inference writes, allocated once.

use alloc::{boxed::Box, vec, vec::Vec};

use super::{left::LeftBuffer, product::Tile, rows::CodeBuffer};
use crate::{
    kernels::PANEL,
    prepare::{BLOCK, Model, Panels, Plan},
};

/// The buffers of one session.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Residual stream.
    pub(crate) x: Vec<i16>,
    pub(crate) query: CodeBuffer,
    pub(crate) key: CodeBuffer,
    pub(crate) value: CodeBuffer,
    pub(crate) heads: Heads,
    /// One a thread.
    pub(crate) scratch: Vec<Scratch>,
}

/// Keys and values of all heads as right operands.
#[derive(Debug)]
pub(crate) struct Heads {
    /// One row a token.
    pub(crate) keys: Vec<Panels>,
    /// One row a channel.
    pub(crate) values: Vec<Panels>,
}

/// What one thread needs for one block of tokens.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) codes: CodeBuffer,
    pub(crate) attention: CodeBuffer,
    pub(crate) left: LeftBuffer,
    pub(crate) tile: Box<Tile>,
    /// Rows padded to whole panels.
    pub(crate) scores: Vec<i32>,
    /// A row of scores, padded.
    pub(crate) exponents: Vec<u16>,
}

impl Buffers {
    /// For inputs of up to the program's longest, on so many threads.
    pub(crate) fn new(model: &Model, threads: usize) -> Self {
        let (plan, kernel) = (Plan::new(model), model.kernel);
        let projected = || CodeBuffer::new(plan.projected);
        let keys = |_| Panels::with_room(kernel, plan.planes, plan.tokens, plan.depth);
        let values = |_| Panels::with_room(kernel, plan.planes, plan.depth, plan.tokens);
        Self {
            x: vec![0; plan.stream],
            query: projected(),
            key: projected(),
            value: projected(),
            heads: Heads {
                keys: (0..plan.heads).map(keys).collect(),
                values: (0..plan.heads).map(values).collect(),
            },
            scratch: (0..threads).map(|_| Scratch::new(&plan)).collect(),
        }
    }
}

impl Scratch {
    fn new(plan: &Plan) -> Self {
        Self {
            codes: CodeBuffer::new(plan.codes),
            attention: CodeBuffer::new(plan.attention),
            left: LeftBuffer::new(plan.left),
            tile: Box::new([0; BLOCK * PANEL]),
            scores: vec![0; plan.scores],
            exponents: vec![0; plan.tokens.next_multiple_of(PANEL)],
        }
    }
}
