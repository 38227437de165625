//! From the input to the residual stream, and from there to logits.

use noctule_program::{
    parts::{HeadTokens, Source},
    shape::SourceShape,
};

use super::{
    Refused, Tag,
    builder::{Builder, Loaded},
    hazards::{Access, Space},
    layout::Piece,
    loads::Dest,
};
use crate::isa::{Embed, Head, Input, Op};

fn tag(what: &'static str, part: usize) -> Tag {
    Tag { layer: None, what, part }
}

impl Builder<'_> {
    /// Passes, masks, input, embedding, the first codes.
    pub(crate) fn begin(&mut self) -> Result<(), Refused> {
        self.residents()?;
        let words = self.input_words();
        self.limit(format_args!("the input"), "i_depth", words, self.config.sizes().i_depth)?;
        let x =
            self.geometry.most_blocks().div_ceil(self.config.sizes().xb) * self.geometry.x_stride();
        self.limit(format_args!("the residual stream"), "x_depth", x, self.config.sizes().x_depth)?;
        let accesses = vec![Access::write(Space::I, 0..words)];
        self.step(Op::Input(Input { words: words as i64 }), accesses, &[], tag("input", 0));
        self.embedding()
    }

    fn residents(&mut self) -> Result<(), Refused> {
        let (passes, masks) = (self.layout.get(Piece::Passes), self.layout.get(Piece::Masks));
        let entries = self.config.sizes().pt_depth;
        self.pass_load = Some(self.load(
            Dest::Pt,
            passes.beat,
            passes.beats,
            entries,
            true,
            tag("passes", 0),
        )?);
        if masks.beats > 0 {
            self.mask_load = Some(self.load(
                Dest::Mk,
                masks.beat,
                masks.beats,
                masks.beats,
                true,
                tag("masks", 0),
            )?);
        }
        Ok(())
    }

    fn input_words(&self) -> usize {
        match self.geometry.net.shape.source {
            SourceShape::Patches { pixels } => (self.geometry.tokens - 1) * pixels,
            _ => self.geometry.tokens,
        }
    }

    fn embedding(&mut self) -> Result<(), Refused> {
        let resident = match self.geometry.net.shape.source {
            SourceShape::Text { segments: 1.., .. } => Some(Piece::Segment),
            SourceShape::Patches { .. } => Some(Piece::Patch),
            _ => None,
        };
        let resident = match resident.map(|piece| self.layout.get(piece)) {
            Some(span) => Some(self.load(
                Dest::B,
                span.beat,
                span.beats,
                span.beats,
                true,
                tag("tables", 0),
            )?),
            None => None,
        };
        let norm = self.geometry.net.shape.embed_norm;
        let gain = if norm {
            Some(self.params(Dest::Ng, Piece::EmbedNorm, tag("norm", 0))?)
        } else {
            None
        };
        let quantizer = self.half_quantizer(0, 0)?;
        let shift = self
            .geometry
            .net
            .program
            .and_then(|p| p.embed.norm.as_ref())
            .map_or(0, |norm| i64::from(norm.shift));
        for block in 0..self.geometry.blocks() {
            self.embed_block(block, resident)?;
            self.norm_block(block, gain.map(|gain| (gain, shift)), quantizer, tag("norm", block));
        }
        Ok(())
    }

    fn embed_block(&mut self, block: usize, resident: Option<Loaded>) -> Result<(), Refused> {
        self.group += 1;
        let geometry = self.geometry;
        let from = block * geometry.sizes.tile;
        let tokens = from..geometry.tokens.min(from + geometry.sizes.tile);
        let row = geometry.table_row();
        let beat = self.layout.get(Piece::Position).beat + from * row;
        let words = tokens.len() * row;
        let position = self.load(Dest::B, beat, words, words, false, tag("positions", block))?;
        let token = match geometry.net.shape.source {
            SourceShape::Text { .. } => {
                Some(self.load_rows(Piece::Token, tokens.clone(), tag("tokens", block))?)
            }
            _ => None,
        };
        let base = |loaded: Option<Loaded>| loaded.map_or(0, |loaded| loaded.base as i64);
        let image = matches!(geometry.net.shape.source, SourceShape::Patches { .. });
        let op = Embed {
            rows: tokens.len() as i64,
            block: block as i64,
            x_stride: geometry.x_stride() as i64,
            tiles: geometry.width_tiles() as i64,
            row_words: row as i64,
            position_base: position.base as i64,
            token_base: if image { base(resident) } else { base(token) },
            segment_base: if image { 0 } else { base(resident) },
            ..self.embed_fields()
        };
        let used: Vec<Loaded> = [Some(position), token, resident].into_iter().flatten().collect();
        let mut accesses: Vec<Access> =
            used.iter().map(|l| Access::read(Space::B, l.base..l.base + l.words)).collect();
        accesses.push(Access::read(Space::I, 0..self.input_words()));
        accesses.push(Access::write(Space::BPort, 0..1));
        accesses.push(self.bank(block));
        self.step(Op::Embed(op), accesses, &used, tag("embed", block));
        Ok(())
    }

    /// What does not depend on the block.
    fn embed_fields(&self) -> Embed {
        let mut op = Embed::default();
        match self.geometry.net.shape.source {
            SourceShape::Text { segments, .. } => op.segments = i64::from(segments > 0),
            SourceShape::Channel { magnitudes } => {
                (op.kind, op.magnitudes) = (1, magnitudes as i64)
            }
            SourceShape::Patches { pixels } => {
                op.kind = 2;
                op.width = self.geometry.net.shape.width as i64;
                op.pixels = pixels as i64;
                op.weight_words = self.geometry.patch_row() as i64;
            }
        }
        match self.geometry.net.source() {
            Some(Source::Text { token, position, segment }) => {
                op.token_shift = i64::from(token.shift);
                op.position_shift = i64::from(position.shift);
                op.segment_shift = segment.as_ref().map_or(0, |table| i64::from(table.shift));
            }
            Some(Source::Channel { position, unit, .. }) => {
                op.token_shift = i64::from(position.shift);
                op.unit = i64::from(*unit);
            }
            Some(Source::Patches { rescale, position, .. }) => {
                op.rescale_shift = i64::from(rescale.shift);
                op.position_shift = i64::from(position.shift);
            }
            None => {}
        }
        op
    }

    /// Logits.
    pub(crate) fn head(&mut self) -> Result<(), Refused> {
        self.group += 1;
        let (geometry, span) = (self.geometry, self.layout.get(Piece::Head));
        let rows = self.load(Dest::B, span.beat, span.beats, span.beats, false, tag("head", 0))?;
        let tokens = match geometry.net.shape.head {
            HeadTokens::Pooled => 1,
            HeadTokens::PerToken(count) => count.min(geometry.tokens),
        };
        let op = Head {
            tokens: tokens as i64,
            outputs: geometry.net.shape.outputs as i64,
            x_stride: geometry.x_stride() as i64,
            tiles: geometry.width_tiles() as i64,
            base: rows.base as i64,
            row_words: geometry.table_row() as i64,
        };
        let accesses = vec![
            Access::read(Space::B, rows.base..rows.base + rows.words),
            Access::write(Space::BPort, 0..1),
            Access::write(Space::X, 0..geometry.sizes.xb),
        ];
        self.step(Op::Head(op), accesses, &[rows], tag("head", 0));
        Ok(())
    }
}
