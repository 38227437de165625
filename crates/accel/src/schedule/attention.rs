//! The heads of a layer: scores, exponents, codes and context, three stages at work on different heads.

use noctule_program::parts::AttentionForm;

use super::{
    Refused, Tag,
    builder::{Builder, Loaded, signed_bits},
    hazards::{Access, Space},
    layer::{Codes, Multiply},
    layout::Piece,
    loads::Dest,
    net::{Matrix, quantizer_shift},
};
use crate::isa::{Exp, Op, Qmm, Sel};

/// A head's attention over some blocks of queries: the unit of work of the three stages.
#[derive(Clone, Copy)]
struct Part {
    head: usize,
    from: usize,
    blocks: usize,
    /// Halves of S, E, M, SU and A are used in turn.
    slot: usize,
}

/// Where the heads of a layer keep what they read and write.
struct Places {
    layer: usize,
    query: Codes,
    key: Codes,
    value: Codes,
    context: Codes,
    attention: Codes,
    /// Blocks of a part at most.
    group: usize,
    key_tiles: usize,
}

/// What the heads of a layer share.
struct Heads {
    at: Places,
    params: Loaded,
    table: Option<(Loaded, i64)>,
}

/// A matrix whose heads are multiplied one after the other.
struct HeadByHead {
    matrix: Multiply,
    to: Codes,
    /// The first head that has not been.
    next: usize,
}

impl Builder<'_> {
    /// Query, key, value and attention of a layer: the context's codes.
    pub(crate) fn heads(&mut self, layer: usize, input: Codes) -> Result<Codes, Refused> {
        let at = self.plan(layer)?;
        let key = self.multiply(layer, Matrix::Key, input)?;
        for group in self.block_groups() {
            self.codes(&key, group, at.key);
        }
        let query = self.multiply(layer, Matrix::Query, input)?;
        let heads = self.attention_params(at)?;
        let value = self.multiply(layer, Matrix::Value, input)?;
        self.pipeline(&heads, query, value);
        Ok(heads.at.context)
    }

    /// Scores run two parts ahead of contexts. Queries and values of later heads are multiplied between them, so that the
    /// array has work while exponents and codes are formed.
    fn pipeline(&mut self, heads: &Heads, query: Multiply, value: Multiply) {
        let parts = self.parts(heads);
        let ahead = parts.len().min(2);
        let mut query = HeadByHead { matrix: query, to: heads.at.query, next: 0 };
        let mut value = HeadByHead { matrix: value, to: heads.at.value, next: 0 };
        for part in &parts[..ahead] {
            self.head_codes(heads, &mut query, part.head + 1);
            self.weigh(heads, part);
            self.select(heads, part);
        }
        for (n, part) in parts.iter().enumerate() {
            let next = parts.get(n + ahead);
            if let Some(next) = next {
                self.head_codes(heads, &mut query, next.head);
                self.weigh(heads, next);
                self.head_codes(heads, &mut query, next.head + 1);
            }
            self.head_codes(heads, &mut value, part.head + 1);
            self.context(heads, part);
            // Its codes take the place of those that the context has read.
            if let Some(next) = next {
                self.select(heads, next);
            }
        }
    }

    /// Multiplies the heads up to `head`, so far as there are so many and it has not been done.
    fn head_codes(&mut self, heads: &Heads, turn: &mut HeadByHead, head: usize) {
        let tiles = self.geometry.head_tiles(heads.at.layer);
        let last = head.min(self.geometry.net.layer(heads.at.layer).heads - 1);
        for head in turn.next..=last {
            let (blocks, tiles) = (0..self.geometry.blocks(), head * tiles..(head + 1) * tiles);
            self.tile_codes(&turn.matrix, blocks, tiles, turn.to, head);
        }
        turn.next = turn.next.max(last + 1);
    }

    fn parts(&self, heads: &Heads) -> Vec<Part> {
        let (count, blocks) =
            (self.geometry.net.layer(heads.at.layer).heads, self.geometry.blocks());
        let starts = (0..count)
            .flat_map(|head| (0..blocks).step_by(heads.at.group).map(move |from| (head, from)));
        let part = |(n, (head, from))| Part {
            head,
            from,
            blocks: heads.at.group.min(blocks - from),
            slot: n % 2,
        };
        starts.enumerate().map(part).collect()
    }

    fn plan(&mut self, layer: usize) -> Result<Places, Refused> {
        let (g, s) = (self.geometry, self.config.sizes());
        let key_tiles = g.blocks();
        let query = self.query(layer);
        let planes = |matrix| self.output_planes(layer, matrix);
        let key = Codes { space: Space::Kv, planes: planes(Matrix::Key), ..query };
        let base = key.block() * g.blocks();
        let value = Codes {
            space: Space::Kv,
            base,
            planes: planes(Matrix::Value),
            chunks: g.chunks(key_tiles),
        };
        self.limit(
            format_args!("keys and values of layer {layer}"),
            "kv_depth",
            base + value.block() * g.inner_tiles(layer),
            s.kv_depth,
        )?;
        let attention = Codes {
            space: Space::A,
            base: 0,
            planes: usize::from(g.net.attention_bits(layer)),
            chunks: value.chunks,
        };
        let rooms = [
            ("scores", "s_depth", key_tiles, s.s_depth),
            ("exponents", "e_depth", key_tiles * s.attention_groups(), s.e_depth),
            ("attention codes", "a_depth", attention.block(), s.a_depth),
            ("row maxima", "m_depth", 1, s.m_depth),
        ];
        let mut group = g.blocks();
        for (what, knob, words, have) in rooms {
            self.limit(
                format_args!("two blocks of {what} of layer {layer}"),
                knob,
                2 * words,
                have,
            )?;
            group = group.min(have / 2 / words);
        }
        let context = self.context_codes(layer);
        Ok(Places { layer, query, key, value, context, attention, group, key_tiles })
    }

    fn attention_params(&mut self, at: Places) -> Result<Heads, Refused> {
        let (layer, g) = (at.layer, self.geometry);
        let tag = |what| Tag { layer: Some(layer), what, part: 0 };
        let params = self.params(Dest::Dp, Piece::Context(layer), tag("context"))?;
        let shape = g.net.layer(layer);
        let scores = g.net.scores(layer);
        self.accumulator("scores", layer, &scores, shape.head_width)?;
        let most = scores.bound * shape.head_width as i64;
        let bits = signed_bits(most);
        self.limit(
            format_args!("scores of layer {layer}"),
            "score_w",
            bits,
            self.config.sizes().score_w,
        )?;
        self.accumulator("context", layer, &g.net.context(layer), g.tokens)?;
        let mut table = None;
        if shape.softmax {
            let (here, span) = (g.net.table(layer), self.layout.get(Piece::Table(layer)));
            let depth = self.config.sizes().t_depth;
            self.limit(
                format_args!("the exponent table of layer {layer}"),
                "t_depth",
                here.entries,
                depth,
            )?;
            // A table begins at entry 0: it takes the whole memory.
            let loaded = self.load(Dest::T, span.beat, span.beats, depth, false, tag("table"))?;
            table = Some((loaded, here.shift));
        }
        Ok(Heads { at, params, table })
    }

    /// Words of S, M and SU, and E, of a part's first block.
    fn slots(&self, heads: &Heads, part: &Part) -> [usize; 3] {
        let s = part.slot * heads.at.group * heads.at.key_tiles;
        [s, part.slot * heads.at.group, s * self.config.sizes().attention_groups()]
    }

    /// Scores and exponents of a part.
    fn weigh(&mut self, heads: &Heads, part: &Part) {
        let tag = |what| Tag { layer: Some(heads.at.layer), what, part: part.head };
        let tiles = heads.at.key_tiles;
        let [s_base, m_base, e_base] = self.slots(heads, part);
        let s = Access::write(Space::S, s_base..s_base + part.blocks * tiles);
        let m = Access::write(Space::M, m_base..m_base + part.blocks);
        let (op, mut accesses) = self.scores(heads, part, s_base, m_base);
        accesses.extend([s.clone(), m.clone()]);
        let mask = self.mask_load.filter(|_| op.masked == 1);
        self.step(Op::Qmm(op), accesses, &mask.into_iter().collect::<Vec<_>>(), tag("scores"));

        let groups = self.config.sizes().attention_groups();
        let e = Access::write(Space::E, e_base..e_base + part.blocks * tiles * groups);
        let su = Access::write(Space::Su, m_base..m_base + part.blocks);
        let op = self.exponents(heads, part, [s_base, m_base, e_base]);
        let read = |access: &Access| Access::read(access.space, access.words.clone());
        let mut accesses = vec![read(&s), read(&m), e.clone(), su.clone()];
        accesses.extend(heads.table.map(|(t, _)| Access::read(Space::T, t.base..t.base + t.words)));
        let table: Vec<Loaded> = heads.table.map(|(t, _)| t).into_iter().collect();
        self.step(Op::Exp(op), accesses, &table, tag("exponents"));
    }

    /// Attention codes of a part.
    fn select(&mut self, heads: &Heads, part: &Part) {
        let [_, m_base, e_base] = self.slots(heads, part);
        let groups = self.config.sizes().attention_groups();
        let e = Access::read(Space::E, e_base..e_base + part.blocks * heads.at.key_tiles * groups);
        let su = Access::read(Space::Su, m_base..m_base + part.blocks);
        let slot = part.slot * heads.at.group;
        let attention = heads.at.attention.words(slot..slot + part.blocks);
        let op = self.selection(heads, part, [m_base, e_base], attention.start);
        let tag = Tag { layer: Some(heads.at.layer), what: "attention", part: part.head };
        self.step(Op::Sel(op), vec![e, su, Access::write(Space::A, attention)], &[], tag);
    }

    fn scores(
        &mut self,
        heads: &Heads,
        part: &Part,
        s_base: usize,
        m_base: usize,
    ) -> (Qmm, Vec<Access>) {
        let g = self.geometry;
        let shape = g.net.layer(heads.at.layer);
        let product = g.net.scores(heads.at.layer);
        let passes = self.passes.add(&product.passes);
        let from = part.head * g.head_tiles(heads.at.layer) * g.sizes.tile;
        let range = g.range(from, from + shape.head_width);
        let blocks = part.from..part.from + part.blocks;
        let queries = heads.at.query.words(blocks);
        let keys = heads.at.key.words(0..heads.at.key_tiles);
        let program = g.net.program_layer(heads.at.layer);
        let mask = program.and_then(|layer| layer.attention.masks[part.head]);
        let most = g.most_blocks();
        let op = Qmm {
            left_base: (queries.start + range.first) as i64,
            right: 1,
            right_base: (keys.start + range.first) as i64,
            right_tile_stride: heads.at.key.block() as i64,
            right_plane_stride: heads.at.key.chunks as i64,
            blocks: part.blocks as i64,
            tiles: heads.at.key_tiles as i64,
            mode: 3,
            dst_base: s_base as i64,
            dst_block_stride: heads.at.key_tiles as i64,
            block0: part.from as i64,
            tokens: g.tokens as i64,
            causal: i64::from(shape.causal),
            masked: i64::from(mask.is_some()),
            mask_base: mask.map_or(0, |mask| (usize::from(mask) * most * most) as i64),
            mask_stride: most as i64,
            m_base: m_base as i64,
            ..self.qmm(&product, passes, heads.at.query, &range)
        };
        let mut accesses = vec![
            Access::read(Space::G, queries),
            Access::read(Space::Kv, keys),
            Access::read(Space::Pt, passes.0..passes.0 + passes.1),
        ];
        if let (Some(_), Some(loaded)) = (mask, self.mask_load) {
            accesses.push(Access::read(Space::Mk, loaded.base..loaded.base + loaded.words));
        }
        (op, accesses)
    }

    fn exponents(&self, heads: &Heads, part: &Part, [s_base, m_base, e_base]: [usize; 3]) -> Exp {
        let form =
            self.geometry.net.program_layer(heads.at.layer).map(|layer| &layer.attention.form);
        let threshold = match form {
            Some(AttentionForm::Sps { thresholds }) => {
                self.geometry.net.stored_threshold(heads.at.layer, thresholds[part.head])
            }
            _ => 0,
        };
        let table = heads.table.map(|(loaded, shift)| (loaded.base, shift));
        let entries =
            if heads.table.is_some() { self.geometry.net.table(heads.at.layer).entries } else { 1 };
        Exp {
            blocks: part.blocks as i64,
            tiles: heads.at.key_tiles as i64,
            s_base: s_base as i64,
            m_base: m_base as i64,
            e_base: e_base as i64,
            sum_base: m_base as i64,
            shift: table.map_or(0, |(_, shift)| shift),
            last: entries as i64 - 1,
            sps: i64::from(table.is_none()),
            threshold,
        }
    }

    fn selection(
        &self,
        heads: &Heads,
        part: &Part,
        [m_base, e_base]: [usize; 2],
        a_base: usize,
    ) -> Sel {
        let form =
            self.geometry.net.program_layer(heads.at.layer).map(|layer| &layer.attention.form);
        let (tau_mul, tau_shift) = match form {
            Some(AttentionForm::Softmax { tau_mul, tau_shift, .. }) => {
                (i64::from(*tau_mul), i64::from(*tau_shift))
            }
            _ => (1, 0),
        };
        Sel {
            blocks: part.blocks as i64,
            tiles: heads.at.key_tiles as i64,
            e_base: e_base as i64,
            sum_base: m_base as i64,
            bits: heads.at.attention.planes as i64,
            sps: i64::from(heads.table.is_none()),
            tau_mul,
            tau_shift,
            a_base: a_base as i64,
            a_block_stride: heads.at.attention.block() as i64,
            a_plane_stride: heads.at.attention.chunks as i64,
        }
    }

    fn context(&mut self, heads: &Heads, part: &Part) {
        let g = self.geometry;
        let product = g.net.context(heads.at.layer);
        let passes = self.passes.add(&product.passes);
        let range = g.range(0, g.tokens);
        let tiles = g.head_tiles(heads.at.layer);
        let first = part.head * tiles;
        let slot = part.slot * heads.at.group;
        let attention = heads.at.attention.words(slot..slot + part.blocks);
        let values = heads.at.value.words(first..first + tiles);
        let to = heads.at.context.words(part.from..part.from + part.blocks);
        let planes = heads.at.context.planes;
        let quantizer = g.net.program_layer(heads.at.layer).map(|layer| &layer.attention.context);
        // Halving is a step more of the shift.
        let shift = quantizer_shift(quantizer) + product.divisor - 1;
        let op = Qmm {
            left_base: attention.start as i64,
            right: 1,
            right_base: values.start as i64,
            right_tile_stride: heads.at.value.block() as i64,
            right_plane_stride: heads.at.value.chunks as i64,
            blocks: part.blocks as i64,
            tiles: tiles as i64,
            mode: i64::from(planes > 1),
            bits: planes as i64,
            signed: 1,
            shift: if planes > 1 { shift } else { 0 },
            init: product.constant * g.tokens as i64,
            param_base: (heads.params.base + first) as i64,
            dst_base: to.start as i64,
            dst_block_stride: heads.at.context.block() as i64,
            dst_plane_stride: heads.at.context.chunks as i64,
            dst_col: first as i64,
            ..self.qmm(&product, passes, heads.at.attention, &range)
        };
        let params = heads.params.base + first;
        let accesses = vec![
            Access::read(Space::A, attention),
            Access::read(Space::Kv, values),
            Access::read(Space::Dp, params..params + tiles),
            Access::read(Space::Pt, passes.0..passes.0 + passes.1),
            Access::write(Space::G, to),
        ];
        let tag = Tag { layer: Some(heads.at.layer), what: "context", part: part.head };
        self.step(Op::Qmm(op), accesses, &[heads.params], tag);
    }
}
