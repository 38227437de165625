//! Loads: where they put their words, and where in the stream they stand.

use std::ops::Range;

use super::hazards::{Access, Space};
use crate::{
    config::Sizes,
    isa::{Load, Op},
};

/// Destinations of loads that have a ring, in the order of `isa::DESTINATIONS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dest {
    W = 1,
    Dp,
    Ng,
    Nq,
    T,
    Pt,
    B,
    Mk,
}

impl Dest {
    pub(crate) const ALL: [Self; 8] =
        [Self::W, Self::Dp, Self::Ng, Self::Nq, Self::T, Self::Pt, Self::B, Self::Mk];

    pub(crate) fn space(self) -> Space {
        match self {
            Self::W => Space::W,
            Self::Dp => Space::Dp,
            Self::Ng => Space::Ng,
            Self::Nq => Space::Nq,
            Self::T => Space::T,
            Self::Pt => Space::Pt,
            Self::B => Space::B,
            Self::Mk => Space::Mk,
        }
    }

    /// The knob of the configuration that says how deep it is, and how deep that is.
    pub(crate) fn depth(self, sizes: &Sizes) -> (&'static str, usize) {
        match self {
            Self::W => ("w_depth", sizes.w_depth),
            Self::Dp => ("dp_depth", sizes.dp_depth),
            Self::Ng => ("ng_depth", sizes.ng_depth),
            Self::Nq => ("nq_depth", sizes.nq_depth),
            Self::T => ("t_depth", sizes.t_depth),
            Self::Pt => ("pt_depth", sizes.pt_depth),
            Self::B => ("b_depth", sizes.b_depth),
            Self::Mk => ("mk_depth", sizes.mk_depth),
        }
    }

    /// Sizes in which it is `words` deep.
    pub(crate) fn deepened(self, sizes: &Sizes, words: usize) -> Sizes {
        let mut sizes = sizes.clone();
        *match self {
            Self::W => &mut sizes.w_depth,
            Self::Dp => &mut sizes.dp_depth,
            Self::Ng => &mut sizes.ng_depth,
            Self::Nq => &mut sizes.nq_depth,
            Self::T => &mut sizes.t_depth,
            Self::Pt => &mut sizes.pt_depth,
            Self::B => &mut sizes.b_depth,
            Self::Mk => &mut sizes.mk_depth,
        } = words;
        sizes
    }
}

/// A memory that is filled round and round, behind what stays.
pub(crate) struct Ring {
    from: usize,
    next: usize,
    depth: usize,
    /// Words and number of every load so far.
    loads: Vec<(Range<usize>, usize)>,
}

impl Ring {
    pub(crate) fn new(depth: usize) -> Self {
        Self { from: 0, next: 0, depth, loads: Vec::new() }
    }

    /// Room for `words`, and the loads that it overwrites; none if the memory is too small.
    pub(crate) fn take(
        &mut self,
        words: usize,
        load: usize,
        stays: bool,
    ) -> Option<(usize, Vec<usize>)> {
        if self.next + words > self.depth {
            self.next = self.from;
        }
        let room = self.next..self.next + words;
        if room.end > self.depth {
            return None;
        }
        self.next = room.end;
        if stays {
            self.from = room.end;
        }
        let hit = |old: &Range<usize>| old.start < room.end && room.start < old.end;
        let over = self.loads.iter().filter(|(old, _)| hit(old)).map(|(_, load)| *load).collect();
        self.loads.retain(|(old, _)| !hit(old));
        self.loads.push((room.clone(), load));
        Some((room.start, over))
    }
}

/// A load, before it has its place in the stream.
pub(crate) struct Pending {
    pub(crate) dest: Dest,
    pub(crate) op: Load,
    pub(crate) accesses: Vec<Access>,
    pub(crate) tag: super::Tag,
    /// Loads whose words it overwrites.
    pub(crate) over: Vec<usize>,
    /// Group of instructions in which it is used first.
    pub(crate) group: usize,
}

/// Groups of instructions that loads run ahead of their use.
const AHEAD: usize = 4;

/// An instruction of another unit, with the loads that it uses.
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) accesses: Vec<Access>,
    pub(crate) uses: Vec<usize>,
    pub(crate) tag: super::Tag,
    pub(crate) group: usize,
}

/// For each load the step before which it stands: as early as what it overwrites allows, at most [`AHEAD`] groups before
/// its use, for a queue full of loads would keep other units waiting. An error: this load overwrites what is used
/// after its own first use.
pub(crate) fn places(loads: &[Pending], steps: &[Step]) -> Result<Vec<usize>, usize> {
    let (mut first, mut last) = (vec![usize::MAX; loads.len()], vec![0; loads.len()]);
    let mut starts: Vec<usize> = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        starts.resize(starts.len().max(step.group + 1), n);
        for &load in &step.uses {
            first[load] = first[load].min(n);
            last[load] = n;
        }
    }
    let mut at = 0;
    let place = |(n, load): (usize, &Pending)| {
        let free = load.over.iter().map(|&old| last[old] + 1).max().unwrap_or(0);
        let early = starts.get(load.group.saturating_sub(AHEAD)).copied().unwrap_or(0);
        // Rows of tokens are known once the input, the first step, is there.
        let known = usize::from(load.op.indirect == 1);
        at = at.max(free).max(early).max(known);
        if at <= first[n] { Ok(at) } else { Err(n) }
    };
    loads.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_goes_round_behind_what_stays() {
        let mut ring = Ring::new(10);
        assert_eq!(ring.take(2, 0, true), Some((0, vec![])));
        assert_eq!(ring.take(5, 1, false), Some((2, vec![])));
        assert_eq!(ring.take(3, 2, false), Some((7, vec![])));
        assert_eq!(ring.take(4, 3, false), Some((2, vec![1])));
        assert_eq!(ring.take(4, 4, false), Some((6, vec![2])));
        assert_eq!(ring.take(9, 5, false), None);
    }
}
