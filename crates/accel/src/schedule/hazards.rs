//! What an instruction has to wait for: derived from what it and earlier ones read and write.

use std::ops::Range;

use crate::isa::Unit;

/// A memory, or something that only one unit at a time may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    W,
    H,
    G,
    A,
    Kv,
    /// Banks of X: exclusive, because of their ports.
    X,
    S,
    E,
    M,
    Su,
    Dp,
    Ng,
    Nq,
    T,
    Pt,
    B,
    /// The read port of B: exclusive.
    BPort,
    Mk,
    I,
}

const SPACES: usize = Space::I as usize + 1;

/// A use of words of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) space: Space,
    pub(crate) words: Range<usize>,
    pub(crate) write: bool,
}

impl Access {
    pub(crate) fn read(space: Space, words: Range<usize>) -> Self {
        Self { space, words, write: false }
    }

    pub(crate) fn write(space: Space, words: Range<usize>) -> Self {
        Self { space, words, write: true }
    }
}

struct Past {
    words: Range<usize>,
    write: bool,
    unit: Unit,
    count: u16,
}

/// The accesses so far.
pub(crate) struct Hazards {
    past: [Vec<Past>; SPACES],
    counts: [u16; Unit::ALL.len()],
}

impl Hazards {
    pub(crate) fn new() -> Self {
        Self { past: Default::default(), counts: [0; Unit::ALL.len()] }
    }

    /// The counts that the next instruction of `unit`, with these accesses, waits for.
    pub(crate) fn next(&mut self, unit: Unit, accesses: &[Access]) -> [u16; Unit::ALL.len()] {
        let mut waits = [0; Unit::ALL.len()];
        for access in accesses {
            for past in &self.past[access.space as usize] {
                if conflict(unit, access, past) {
                    let wait = &mut waits[past.unit as usize];
                    *wait = past.count.max(*wait);
                }
            }
        }
        self.counts[unit as usize] += 1;
        for access in accesses {
            self.remember(unit, access);
        }
        waits
    }

    fn remember(&mut self, unit: Unit, access: &Access) {
        let count = self.counts[unit as usize];
        let covered = |past: &Past| {
            let inside =
                access.words.start <= past.words.start && past.words.end <= access.words.end;
            inside && (access.write || past.unit == unit && past.write == access.write)
        };
        let past = &mut self.past[access.space as usize];
        past.retain(|past| !covered(past));
        past.push(Past { words: access.words.clone(), write: access.write, unit, count });
    }
}

/// Instructions of one unit start in order, so among them only data that was written matters.
fn conflict(unit: Unit, access: &Access, past: &Past) -> bool {
    let overlap = access.words.start < past.words.end && past.words.start < access.words.end;
    let exclusive = matches!(access.space, Space::X | Space::BPort);
    let ordered = if exclusive { past.unit == unit } else { !(access.write || past.write) };
    let behind = past.unit == unit && !past.write;
    overlap && !ordered && !behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_waits_for_the_writer_and_a_writer_for_both() {
        let mut hazards = Hazards::new();
        assert_eq!(hazards.next(Unit::Load, &[Access::write(Space::W, 0..4)]), [0; 8]);
        assert_eq!(hazards.next(Unit::Load, &[Access::write(Space::W, 4..8)]), [0; 8]);
        let qmm = |words| [Access::read(Space::W, words), Access::write(Space::G, 0..1)];
        assert_eq!(hazards.next(Unit::Qmm, &qmm(0..4))[Unit::Load as usize], 1);
        assert_eq!(hazards.next(Unit::Qmm, &qmm(2..5))[Unit::Load as usize], 2);
        let waits = hazards.next(Unit::Load, &[Access::write(Space::W, 3..4)]);
        assert_eq!(waits[Unit::Qmm as usize], 2);
        assert_eq!(waits[Unit::Load as usize], 1);
        assert_eq!(hazards.next(Unit::Qmm, &[Access::read(Space::G, 0..1)])[Unit::Qmm as usize], 2);
    }

    #[test]
    fn a_bank_is_used_by_one_unit_at_a_time() {
        let mut hazards = Hazards::new();
        let bank = |n| [Access::write(Space::X, n..n + 1)];
        hazards.next(Unit::Qmm, &bank(0));
        hazards.next(Unit::Qmm, &bank(1));
        assert_eq!(hazards.next(Unit::Qmm, &bank(0)), [0; 8]);
        assert_eq!(hazards.next(Unit::Norm, &bank(0))[Unit::Qmm as usize], 3);
        assert_eq!(hazards.next(Unit::Qmm, &bank(0))[Unit::Norm as usize], 1);
    }
}
