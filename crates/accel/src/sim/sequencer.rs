//! When everything happens: the sequencer, the queues and the units' times. See the manual, section on `sequencer`.

use super::{Times, embed, exp, head, input, load, norm, qmm, sel};
use crate::{
    config::{Config, Sizes},
    isa::{BITS, Load, Op, Pass, Unit},
};

/// `sequencer`: from the start to the boot's load accepted.
const BOOT: u64 = 1;
/// `sequencer`: from the boot's `done` to the first instruction pushed: ADDRESS, READ, ADDRESS.
const FIRST: u64 = 3;
/// `sequencer`: from push to push.
const PUSH: u64 = 2;
/// `unit_queue`: one register: FIFO to candidate, candidate to head, head to unit.
const MOVE: u64 = 1;

/// The machine's clock, fed with instructions in program order; cycle 0 is that of the start.
#[derive(Debug, Clone)]
pub struct Clock {
    sizes: Sizes,
    bus: load::Bus,
    drain: qmm::Drain,
    passes: Vec<Pass>,
    /// Steps of the array.
    steps: u64,
    lanes: [Lane; 8],
    booted: u64,
    next_push: u64,
    end: u64,
}

/// A unit and its queue.
#[derive(Debug, Clone, Default)]
struct Lane {
    /// Cycles in which instructions left the FIFO.
    taken: Vec<u64>,
    /// Cycles of `done`.
    done: Vec<u64>,
    /// Cycle in which the last instruction became head, and in which it was accepted.
    moved: u64,
    accepted: u64,
    ready: u64,
    /// Cycles from each acceptance until the next instruction could be accepted.
    busy: u64,
}

/// The course of an instruction, in cycles from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// Whose.
    pub unit: Unit,
    /// Pushed into the queue.
    pub pushed: u64,
    /// Accepted by the unit.
    pub accept: u64,
    /// The unit could accept the next.
    pub ready: u64,
    /// `done` was high.
    pub done: u64,
    /// The unit whose count it waited for, if it did.
    pub waited: Option<Unit>,
}

/// The whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// As register CYCLES counts: from the start to the last `done`, both included.
    pub cycles: u64,
    /// Cycle in which the instructions were in IMEM.
    pub booted: u64,
    /// Of each unit, in the order of their codes: cycles from acceptance until the next instruction could be accepted.
    pub busy: [u64; 8],
    /// Bytes of external memory read, instructions included.
    pub bytes: u64,
    /// Steps of the array.
    pub steps: u64,
}

impl Clock {
    /// A start in cycle 0: `count` instructions from beat `program` of the image; `passes` is what PT will hold.
    #[must_use]
    pub fn new(config: &Config, program: u64, count: usize, passes: &[u16]) -> Self {
        let passes = passes.iter().map(|&bits| Pass::from_bits(bits)).collect();
        let sizes = config.sizes().clone();
        let mut bus = load::Bus::new(config);
        let beats = (count * BITS).div_ceil(sizes.beat) as i64;
        let boot = Load { source: program as i64, beats, ..Load::default() };
        let booted =
            if count == 0 { 0 } else { load::times(&boot, &sizes, &mut bus, &[], BOOT).done };
        let lane = Lane { ready: booted + 1, ..Lane::default() };
        let lanes = std::array::from_fn(|_| lane.clone());
        Self {
            sizes,
            bus,
            drain: qmm::Drain::default(),
            passes,
            steps: 0,
            lanes,
            booted,
            next_push: booted + FIRST,
            end: booted,
        }
    }

    /// The next instruction, with the counts it waits for by unit; `words` is what I holds (indirect loads).
    ///
    /// # Panics
    /// If it waits for an instruction that has not been issued: such a program never ends.
    pub fn issue(&mut self, op: &Op, waits: &[u64; 8], words: &[u32]) -> Issued {
        let unit = op.unit();
        let (reached, waited) = self.reached(waits);
        let pushed = self.push(unit);
        let lane = &self.lanes[unit as usize];
        let taken = (pushed + MOVE).max(lane.moved);
        let candidate = (taken + MOVE).max(lane.accepted);
        let moved = candidate.max(reached);
        let accept = (moved + MOVE).max(lane.ready);
        let reason = if reached > candidate { waited } else { None };
        let times = self.times(op, words, accept);
        self.lanes[unit as usize].enter(taken, moved, accept, times);
        self.end = self.end.max(times.done);
        Issued { unit, pushed, accept, ready: times.ready, done: times.done, waited: reason }
    }

    /// The times of an instruction accepted in cycle `accept`.
    fn times(&mut self, op: &Op, words: &[u32], accept: u64) -> Times {
        let sizes = &self.sizes;
        match op {
            Op::Load(op) => load::times(op, sizes, &mut self.bus, words, accept),
            Op::Input(op) => input::times(op, accept),
            Op::Embed(op) => embed::times(op, sizes, accept),
            Op::Norm(op) => norm::times(op, sizes, accept),
            Op::Qmm(op) => {
                let passes = &self.passes[op.pass_base as usize..][..op.passes as usize];
                let steps = qmm::steps(op, passes);
                self.steps += steps * (op.blocks * op.tiles) as u64;
                qmm::times(op, sizes, steps, &mut self.drain, accept)
            }
            Op::Exp(op) => exp::times(op, sizes, accept),
            Op::Sel(op) => sel::times(op, sizes, accept),
            Op::Head(op) => head::times(op, accept),
        }
    }

    /// The first cycle in which counts show all of `waits`, and the unit that was last.
    fn reached(&self, waits: &[u64; 8]) -> (u64, Option<Unit>) {
        let shown = |unit: Unit| match waits[unit as usize] {
            0 => 0,
            count => self.lanes[unit as usize].done[count as usize - 1] + 1,
        };
        let last = Unit::ALL.into_iter().max_by_key(|&unit| shown(unit));
        (last.map_or(0, shown), last)
    }

    /// Pushes an instruction of `unit`: when.
    fn push(&mut self, unit: Unit) -> u64 {
        let lane = &mut self.lanes[unit as usize];
        let full = lane.taken.len().checked_sub(self.sizes.queue);
        let room = full.map_or(0, |oldest| lane.taken[oldest] + 1);
        let pushed = self.next_push.max(room);
        self.next_push = pushed + PUSH;
        pushed
    }

    /// After the last instruction.
    #[must_use]
    pub fn finish(self) -> Report {
        Report {
            cycles: self.end + 1,
            booted: self.booted,
            busy: self.lanes.map(|lane| lane.busy),
            bytes: self.bus.bytes(),
            steps: self.steps,
        }
    }
}

impl Lane {
    fn enter(&mut self, taken: u64, moved: u64, accept: u64, times: Times) {
        self.busy += times.ready - accept;
        self.taken.push(taken);
        self.done.push(times.done);
        (self.moved, self.accepted, self.ready) = (moved, accept, times.ready);
    }
}
