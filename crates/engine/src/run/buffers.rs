//! Everything an inference writes, allocated once.

use super::rows::CodeBuffer;
use crate::prepare::{BLOCK, Model, Panels, Plan};

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
    /// Codes of the feed-forward half's hidden channels.
    pub(crate) hidden: CodeBuffer,
    pub(crate) attention: CodeBuffer,
    pub(crate) sums: Vec<i32>,
    pub(crate) context: Vec<i32>,
    pub(crate) exponents: Vec<i32>,
}

impl Buffers {
    /// For inputs of up to the program's longest, on so many threads.
    pub(crate) fn new(model: &Model, threads: usize) -> Self {
        let plan = Plan::new(model);
        let projected = || CodeBuffer::new(plan.projected, plan.tokens * plan.heads);
        let lanes = model.kernel.lanes();
        let keys = |_| Panels::with_room(lanes, plan.planes, plan.tokens, plan.depth);
        let values = |_| Panels::with_room(lanes, plan.planes, plan.depth, plan.tokens);
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
            codes: CodeBuffer::new(plan.codes, BLOCK),
            hidden: CodeBuffer::new(plan.codes, BLOCK),
            attention: CodeBuffer::new(plan.attention, BLOCK),
            sums: vec![0; plan.sums],
            context: vec![0; plan.context],
            exponents: vec![0; plan.tokens],
        }
    }
}
