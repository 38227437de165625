//! Unit `load` and the external memory behind it. See the manual, section on `load_unit`.

use std::collections::VecDeque;

use super::{Times, machine::Machine, memory::Memory};
use crate::{
    config::{Config, Outside, Sizes},
    isa::{DESTINATIONS, Load},
};

/// `load_unit`: from acceptance, or from the last burst of the row before, to the first burst formed.
const FORM: u64 = 1;
/// `load_unit`: FETCH, PRODUCT and SUM of an indirect row.
const ROW: u64 = 3;
/// `axi_reader`: from a burst formed to its address on the bus.
const ADDRESS: u64 = 1;
/// `load_writer`: from a beat accepted to its word written and `done`.
const WRITE: u64 = 2;

/// External memory of fixed latency, as the co-simulation's harness models it, and the reader before it.
///
/// An address accepted in cycle `t` makes its first beat available from `t + latency` on. Beats are shown in order; one is
/// shown in the first cycle `v` that is not before it is available, nor before the cycle after the last beat was
/// accepted, and that has `v * rate >= due`. Then `due = max(due, v * rate - (rate - 1)) + beat_bytes`, with `rate` the
/// smaller of bytes a cycle and bytes of a beat: the average rate is exact, less than a cycle of credit is kept.
#[derive(Debug, Clone)]
pub struct Bus {
    beat_bytes: u64,
    rate: u64,
    latency: u64,
    outstanding: usize,
    chunk: u64,
    /// Cycles in which the last beats of the latest `outstanding` bursts were accepted, oldest first.
    ends: VecDeque<u64>,
    due: u64,
    /// The earliest cycle in which a beat may be shown.
    show: u64,
    /// The earliest cycle in which the writer accepts a beat.
    take: u64,
    /// Beats read so far.
    beats: u64,
}

impl Bus {
    /// A bus at rest in cycle 0.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (sizes, outside): (&Sizes, &Outside) = (config.sizes(), config.outside());
        let beat_bytes = sizes.beat as u64 / 8;
        Self {
            beat_bytes,
            rate: outside.bytes_per_cycle.min(beat_bytes),
            latency: outside.latency.max(1),
            outstanding: sizes.outstanding,
            chunk: (4096 / beat_bytes).min(256),
            ends: VecDeque::with_capacity(sizes.outstanding),
            due: 0,
            show: 0,
            take: 0,
            beats: 0,
        }
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.beats * self.beat_bytes
    }

    /// A run of beats whose first burst is formed in cycle `formed` at the earliest; each beat keeps the writer for `parts`
    /// cycles. Returns when the last burst was formed and when its last beat was accepted.
    fn run(&mut self, first: u64, beats: u64, parts: u64, mut formed: u64) -> (u64, u64) {
        let (mut beat, end, mut accepted) = (first, first + beats, 0);
        while beat < end {
            let next = end.min((beat / self.chunk + 1) * self.chunk);
            if self.ends.len() == self.outstanding {
                formed = formed.max(self.ends.pop_front().unwrap_or(0) + 1);
            }
            accepted = self.burst(formed + ADDRESS, next - beat, parts);
            self.ends.push_back(accepted);
            (beat, formed) = (next, formed + 1);
        }
        self.beats += beats;
        (formed - 1, accepted)
    }

    /// A burst whose address is accepted in cycle `address`: the cycle in which its last beat is accepted.
    fn burst(&mut self, address: u64, beats: u64, parts: u64) -> u64 {
        self.show = self.show.max(address + self.latency);
        // From the third beat on, only the rate decides, unless beats keep the writer.
        let stepped = if parts > 1 { beats } else { beats.min(2) };
        for _ in 0..stepped {
            self.beat(parts);
        }
        if let Some(more) = (beats - stepped).checked_sub(1) {
            self.due += more * self.beat_bytes;
            self.beat(parts);
        }
        self.show - 1
    }

    fn beat(&mut self, parts: u64) {
        let shown = self.show.max(self.due.div_ceil(self.rate));
        self.due =
            self.due.max((shown * self.rate).saturating_sub(self.rate - 1)) + self.beat_bytes;
        let accepted = shown.max(self.take);
        self.take = accepted + parts;
        self.show = accepted + 1;
    }
}

/// When an instruction accepted in cycle `accept` ends; `words` are the input words that an indirect one reads.
pub fn times(op: &Load, sizes: &Sizes, bus: &mut Bus, words: &[u32], accept: u64) -> Times {
    let parts = if serial(op) { sizes.beat as u64 / 16 } else { 1 };
    let (mut formed, mut accepted) = (accept, 0);
    for source in sources(op, |at| words.get(at).copied().unwrap_or(0)) {
        let first = formed + FORM + if op.indirect == 1 { ROW } else { 0 };
        (formed, accepted) = bus.run(source, op.beats as u64, parts, first);
    }
    Times { ready: formed + 1, done: accepted + WRITE + parts - 1 }
}

/// What an instruction does. The boot's load (IMEM) changes nothing that the machine remembers.
pub fn execute(op: &Load, machine: &mut Machine) {
    let beat = machine.sizes.beat / 8;
    let word_of = |at| machine.i.get(at, 0, 32) as u32;
    let (image, size) = (&machine.image, op.beats as usize * beat);
    let row = |source: u64| {
        let at = source as usize * beat;
        (at..at + size).map(|n| image.get(n).copied().unwrap_or(0))
    };
    let bytes: Vec<u8> = sources(op, word_of).flat_map(row).collect();
    let width = word_bytes(op, &machine.sizes);
    if let Some(memory) = destination(op, machine) {
        for (n, word) in bytes.chunks_exact(width).enumerate() {
            fill(memory.word_mut(op.dst_addr as usize + n), word);
        }
    }
}

/// First beats of its rows.
fn sources(op: &Load, word: impl Fn(usize) -> u32) -> impl Iterator<Item = u64> {
    let (source, stride, indirect) = (op.source as u32, op.stride as u32, op.indirect == 1);
    let (rows, input) = (if indirect { op.rows as usize } else { 1 }, op.input as usize);
    (0..rows).map(move |row| {
        let id = if indirect { word(input + row) & 0xff_ffff } else { 0 };
        u64::from(source.wrapping_add(id.wrapping_mul(stride)))
    })
}

fn name(op: &Load) -> &'static str {
    DESTINATIONS.get(op.dest as usize).copied().unwrap_or("none")
}

/// Does a beat fill many entries, one a cycle?
fn serial(op: &Load) -> bool {
    matches!(name(op), "T" | "PT")
}

fn word_bytes(op: &Load, sizes: &Sizes) -> usize {
    match name(op) {
        "W" => sizes.tile * sizes.k / 8,
        "DP" | "NG" | "NQ" => 8 * sizes.tile,
        "T" | "PT" => 2,
        _ => sizes.beat / 8,
    }
}

fn destination<'a>(op: &Load, machine: &'a mut Machine) -> Option<&'a mut Memory> {
    Some(match name(op) {
        "W" => &mut machine.w,
        "DP" => &mut machine.dp,
        "NG" => &mut machine.ng,
        "NQ" => &mut machine.nq,
        "T" => &mut machine.t,
        "PT" => &mut machine.pt,
        "B" => &mut machine.b,
        "MK" => &mut machine.mk,
        _ => return None,
    })
}

fn fill(word: &mut [u64], bytes: &[u8]) {
    for (limb, bytes) in word.iter_mut().zip(bytes.chunks(8)) {
        *limb = bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    }
}
