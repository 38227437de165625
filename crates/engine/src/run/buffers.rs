//! Everything an inference writes, allocated once.

use alloc::{boxed::Box, vec::Vec};

use super::{left::LeftBuffer, product::Tile, rows::CodeBuffer};
use crate::{
    kernels::PANEL,
    prepare::{BLOCK, Panels, Plan},
    room::Room,
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
    pub(crate) fn new(plan: &Plan, threads: usize) -> Self {
        Self::make(plan, threads, &mut Room::wet())
    }

    /// What they take.
    pub(crate) fn bytes(plan: &Plan, threads: usize) -> usize {
        Room::measure(|room| Self::make(plan, threads, room))
    }

    fn make(plan: &Plan, threads: usize, room: &mut Room) -> Self {
        let panels =
            |room: &mut Room, shape| Panels::with_room(room, plan.kernel, plan.planes, shape);
        Self {
            x: room.filled(0, plan.stream),
            query: CodeBuffer::new(room, plan.projected),
            key: CodeBuffer::new(room, plan.projected),
            value: CodeBuffer::new(room, plan.projected),
            heads: Heads {
                keys: room.list(plan.heads, |room| panels(room, [plan.tokens, plan.depth])),
                values: room.list(plan.heads, |room| panels(room, [plan.depth, plan.tokens])),
            },
            scratch: room.list(threads, |room| Scratch::new(room, plan)),
        }
    }
}

impl Scratch {
    fn new(room: &mut Room, plan: &Plan) -> Self {
        Self {
            codes: CodeBuffer::new(room, plan.codes),
            attention: CodeBuffer::new(room, plan.attention),
            left: LeftBuffer::new(room, plan.left),
            tile: room.boxed([0; BLOCK * PANEL]),
            scores: room.filled(0, plan.scores),
            exponents: room.filled(0, plan.tokens.next_multiple_of(PANEL)),
        }
    }
}
