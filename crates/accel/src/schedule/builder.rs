//! What the steps of a schedule are built with: loads, passes, limits.

use std::fmt::Arguments;

use super::{
    Refused, Tag,
    geometry::Geometry,
    hazards::{Access, Space},
    layout::{Layout, Piece},
    loads::{self, Dest, Pending, Ring, Step},
    passes::Product,
};
use crate::{
    config::Config,
    isa::{Load, Op, Pass},
};

/// Passes of all products, each list once.
#[derive(Default)]
pub(crate) struct PassTable {
    pub(crate) entries: Vec<u16>,
    lists: Vec<(usize, usize)>,
}

impl PassTable {
    /// First entry and number of a product's passes.
    pub(crate) fn add(&mut self, passes: &[Pass]) -> (usize, usize) {
        let bits: Vec<u16> = passes.iter().map(|pass| pass.to_bits()).collect();
        let same = |&&(at, n): &&(usize, usize)| self.entries[at..at + n] == bits;
        if let Some(&known) = self.lists.iter().find(same) {
            return known;
        }
        let made = (self.entries.len(), bits.len());
        self.entries.extend(bits);
        self.lists.push(made);
        made
    }
}

/// A schedule in the making.
pub(crate) struct Builder<'a> {
    pub(crate) config: &'a Config,
    pub(crate) geometry: &'a Geometry<'a>,
    pub(crate) layout: &'a Layout,
    pub(crate) passes: PassTable,
    pub(crate) loads: Vec<Pending>,
    pub(crate) steps: Vec<Step>,
    pub(crate) group: usize,
    pub(crate) pass_load: Option<Loaded>,
    pub(crate) mask_load: Option<Loaded>,
    rings: [Ring; 8],
}

/// Words that a load has put on chip.
#[derive(Clone, Copy)]
pub(crate) struct Loaded {
    pub(crate) base: usize,
    pub(crate) words: usize,
    pub(crate) load: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(config: &'a Config, geometry: &'a Geometry<'a>, layout: &'a Layout) -> Self {
        let rings = Dest::ALL.map(|dest| Ring::new(dest.depth(config.sizes()).1));
        Self {
            config,
            geometry,
            layout,
            passes: PassTable::default(),
            loads: Vec::new(),
            steps: Vec::new(),
            group: 0,
            pass_load: None,
            mask_load: None,
            rings,
        }
    }

    /// A limit of the configuration.
    pub(crate) fn limit(
        &self,
        what: Arguments<'_>,
        knob: &'static str,
        need: usize,
        have: usize,
    ) -> Result<(), Refused> {
        if need <= have {
            return Ok(());
        }
        Err(Refused::Limit {
            config: self.config.name().into(),
            what: what.to_string(),
            knob,
            need,
            have,
        })
    }

    /// Loads `words` words from a beat on; they stay if `stays`.
    pub(crate) fn load(
        &mut self,
        dest: Dest,
        beat: usize,
        beats: usize,
        words: usize,
        stays: bool,
        tag: Tag,
    ) -> Result<Loaded, Refused> {
        self.push_load(
            dest,
            Load { source: beat as i64, beats: beats as i64, ..Load::default() },
            words,
            stays,
            tag,
        )
    }

    /// Loads the row of each input word's id.
    pub(crate) fn load_rows(
        &mut self,
        piece: Piece,
        tokens: std::ops::Range<usize>,
        tag: Tag,
    ) -> Result<Loaded, Refused> {
        let row = self.geometry.table_row();
        let load = Load {
            source: self.layout.get(piece).beat as i64,
            beats: row as i64,
            indirect: 1,
            rows: tokens.len() as i64,
            input: tokens.start as i64,
            stride: row as i64,
            ..Load::default()
        };
        let loaded = self.push_load(Dest::B, load, row * tokens.len(), false, tag)?;
        self.loads[loaded.load].accesses.push(Access::read(Space::I, tokens));
        Ok(loaded)
    }

    fn push_load(
        &mut self,
        dest: Dest,
        mut op: Load,
        words: usize,
        stays: bool,
        tag: Tag,
    ) -> Result<Loaded, Refused> {
        let number = self.loads.len();
        // Codes of destinations start at 1: 0 is the instruction memory.
        let ring = &mut self.rings[dest as usize - 1];
        let Some((base, over)) = ring.take(words, number, stays) else {
            return Err(self.too_small(dest, words, tag));
        };
        op.dest = dest as i64;
        op.dst_addr = base as i64;
        let accesses = vec![Access::write(dest.space(), base..base + words)];
        self.loads.push(Pending { dest, op, accesses, tag, over, group: self.group });
        Ok(Loaded { base, words, load: number })
    }

    fn too_small(&self, dest: Dest, need: usize, tag: Tag) -> Refused {
        let (knob, have) = dest.depth(self.config.sizes());
        let what = match tag.layer {
            Some(layer) => format!("{} of layer {layer}", tag.what),
            None => tag.what.into(),
        };
        // Beside what else is there it needs more than itself: `rooms` finds how much.
        let need = need.max(have + 1);
        Refused::Limit { config: self.config.name().into(), what, knob, need, have }
    }

    /// Parameters of a piece, a word a tile.
    pub(crate) fn params(&mut self, dest: Dest, piece: Piece, tag: Tag) -> Result<Loaded, Refused> {
        let span = self.layout.get(piece);
        self.load(dest, span.beat, span.beats, span.beats / self.geometry.param_beats(), false, tag)
    }

    pub(crate) fn step(&mut self, op: Op, accesses: Vec<Access>, loaded: &[Loaded], tag: Tag) {
        let uses = loaded.iter().map(|loaded| loaded.load).collect();
        self.steps.push(Step { op, accesses, uses, tag, group: self.group });
    }

    /// Accumulators and stored scores are wide enough for a product over `n` channels.
    pub(crate) fn accumulator(
        &self,
        what: &str,
        layer: usize,
        product: &Product,
        n: usize,
    ) -> Result<(), Refused> {
        let most = (product.bound + product.constant.abs()).max(1) * n as i64;
        let bits = signed_bits(most);
        self.limit(
            format_args!("the accumulator of layer {layer}'s {what}"),
            "acc_w",
            bits,
            self.config.sizes().acc_w,
        )
    }

    /// The places of the loads among the steps; the load of passes takes those that are used.
    pub(crate) fn places(&mut self) -> Result<Vec<usize>, Refused> {
        let s = self.config.sizes();
        self.limit(
            format_args!("the lists of passes"),
            "pt_depth",
            self.passes.entries.len(),
            s.pt_depth,
        )?;
        if let Some(loaded) = self.pass_load {
            self.loads[loaded.load].op.beats =
                (self.passes.entries.len() * 16).div_ceil(s.beat) as i64;
        }
        loads::places(&self.loads, &self.steps).map_err(|load| {
            let Pending { dest, tag, .. } = &self.loads[load];
            self.too_small(*dest, 0, *tag)
        })
    }

    /// The stream fits the instruction memory, its counts and its fields.
    pub(crate) fn check(&self, stream: &[super::Scheduled]) -> Result<(), Refused> {
        self.limit(
            format_args!("the instruction stream"),
            "imem_depth",
            stream.len(),
            self.config.sizes().imem_depth,
        )?;
        for scheduled in stream {
            if let Some((field, value, most)) = scheduled.op.misfit() {
                return Err(Refused::Field {
                    config: self.config.name().into(),
                    what: format!(
                        "{}.{field} ({})",
                        scheduled.op.unit().name(),
                        scheduled.tag.what
                    ),
                    value,
                    most,
                    remedy: "use a larger `tile` or `k`, shorter inputs, or a smaller network",
                });
            }
        }
        Ok(())
    }

    /// The bank of X that a block uses.
    pub(crate) fn bank(&self, block: usize) -> Access {
        let bank = block % self.config.sizes().xb;
        Access::write(Space::X, bank..bank + 1)
    }
}

/// Bits of a signed number of this magnitude at most.
pub(crate) fn signed_bits(most: i64) -> usize {
    65 - most.leading_zeros() as usize
}
