//! The matrices and norms of a layer.

use super::{
    Refused, Tag,
    builder::{Builder, Loaded},
    geometry::Range,
    hazards::{Access, Space},
    image::init,
    layout::Piece,
    loads::Dest,
    net::{Matrix, quantizer_shift, signed},
    passes::Product,
};
use crate::isa::{Norm, Op, Qmm};

/// Codes on chip: `[block][plane][chunk]` words.
#[derive(Clone, Copy)]
pub(crate) struct Codes {
    pub(crate) space: Space,
    pub(crate) base: usize,
    pub(crate) planes: usize,
    pub(crate) chunks: usize,
}

impl Codes {
    pub(crate) fn block(&self) -> usize {
        self.planes * self.chunks
    }

    pub(crate) fn words(&self, blocks: std::ops::Range<usize>) -> std::ops::Range<usize> {
        self.base + blocks.start * self.block()..self.base + blocks.end * self.block()
    }
}

/// Codes of a half's input, as `norm` forms them.
#[derive(Clone, Copy)]
pub(crate) struct HalfInput {
    pub(crate) params: Loaded,
    pub(crate) codes: Codes,
    bits: u8,
    shift: i64,
}

/// A matrix to be multiplied, loaded in slices of output tiles.
pub(crate) struct Multiply {
    pub(crate) layer: usize,
    pub(crate) matrix: Matrix,
    pub(crate) product: Product,
    pub(crate) left: Codes,
    pub(crate) range: Range,
    params: Loaded,
    passes: (usize, usize),
    slices: Vec<(Loaded, std::ops::Range<usize>)>,
}

impl Builder<'_> {
    /// All instructions of a layer.
    pub(crate) fn layer(&mut self, layer: usize) -> Result<(), Refused> {
        self.layer_limits(layer)?;
        let input = self.half_codes(layer, 0);
        let heads = self.heads(layer, input)?;
        self.project(layer, Matrix::Output, heads, 0)?;
        let input = self.half_codes(layer, 1);
        let hidden = self.hidden(layer);
        let up = self.multiply(layer, Matrix::Up, input)?;
        for group in self.block_groups() {
            self.codes(&up, group, hidden);
        }
        self.project(layer, Matrix::Down, hidden, 1)
    }

    /// Blocks that go through a matrix in one instruction: fine enough to begin while norms are at work.
    pub(crate) fn block_groups(&self) -> Vec<std::ops::Range<usize>> {
        let blocks = self.geometry.blocks();
        let size = blocks.div_ceil(8);
        (0..blocks).step_by(size).map(|from| from..blocks.min(from + size)).collect()
    }

    fn layer_limits(&self, layer: usize) -> Result<(), Refused> {
        let (g, s) = (self.geometry, self.config.sizes());
        let blocks = g.blocks();
        let codes = |half| self.half_codes(layer, half).block() * blocks;
        self.limit(
            format_args!("the codes of the input of layer {layer}"),
            "h_depth",
            codes(0).max(codes(1)),
            s.h_depth,
        )?;
        let (query, context) = (self.query(layer), self.context_codes(layer));
        let need =
            (context.base + context.block() * blocks).max(self.hidden(layer).block() * blocks);
        self.limit(
            format_args!("query, context and hidden codes of layer {layer}"),
            "g_depth",
            need.max(query.block() * blocks),
            s.g_depth,
        )?;
        for matrix in
            [Matrix::Query, Matrix::Key, Matrix::Value, Matrix::Output, Matrix::Up, Matrix::Down]
        {
            let product = g.net.product(layer, matrix);
            self.accumulator(matrix.name(), layer, &product, g.channels(layer, matrix))?;
        }
        Ok(())
    }

    /// Codes of the input of a half, in H.
    pub(crate) fn half_codes(&self, layer: usize, half: usize) -> Codes {
        let (bits, _) = self.geometry.net.half_input(layer, half);
        let chunks = self.geometry.chunks(self.geometry.width_tiles());
        Codes { space: Space::H, base: 0, planes: usize::from(bits), chunks }
    }

    pub(crate) fn query(&self, layer: usize) -> Codes {
        let bits = self.geometry.net.layer(layer).bits.query;
        let chunks = self.geometry.chunks(self.geometry.inner_tiles(layer));
        Codes { space: Space::G, base: 0, planes: usize::from(bits), chunks }
    }

    pub(crate) fn context_codes(&self, layer: usize) -> Codes {
        let query = self.query(layer);
        let bits = self.geometry.net.layer(layer).bits.context;
        let base = query.block() * self.geometry.blocks();
        Codes { base, planes: usize::from(bits), ..query }
    }

    fn hidden(&self, layer: usize) -> Codes {
        let bits = self.geometry.net.layer(layer).bits.ffn_hidden;
        let chunks = self.geometry.chunks(self.geometry.hidden_tiles(layer));
        Codes { space: Space::G, base: 0, planes: usize::from(bits), chunks }
    }

    /// Loads the quantizer in front of a half; none behind the last layer.
    pub(crate) fn half_quantizer(
        &mut self,
        layer: usize,
        half: usize,
    ) -> Result<Option<HalfInput>, Refused> {
        if layer == self.geometry.net.shape.layers.len() {
            return Ok(None);
        }
        let tag = Tag { layer: Some(layer), what: "input", part: half };
        let params = self.params(Dest::Nq, Piece::Input(layer, half), tag)?;
        let (bits, quantizer) = self.geometry.net.half_input(layer, half);
        let shift = quantizer_shift(quantizer);
        Ok(Some(HalfInput { params, codes: self.half_codes(layer, half), bits, shift }))
    }

    /// Normalises a block, if there is a norm, and forms the codes of what follows, if something does.
    pub(crate) fn norm_block(
        &mut self,
        block: usize,
        gain: Option<(Loaded, i64)>,
        input: Option<HalfInput>,
        tag: Tag,
    ) {
        if gain.is_none() && input.is_none() {
            return;
        }
        let g = self.geometry;
        let op = Norm {
            norm: i64::from(gain.is_some()),
            quantize: i64::from(input.is_some()),
            block: block as i64,
            x_stride: g.x_stride() as i64,
            tiles: g.width_tiles() as i64,
            width: g.net.shape.width as i64,
            shift: gain.map_or(0, |(_, shift)| shift),
            gain_base: gain.map_or(0, |(loaded, _)| loaded.base as i64),
            quantizer_base: input.map_or(0, |input| input.params.base as i64),
            bits: input.map_or(1, |input| i64::from(input.bits)),
            quantizer_shift: input.map_or(0, |input| input.shift),
            dst_base: input.map_or(0, |input| input.codes.words(block..block + 1).start as i64),
            dst_plane_stride: input.map_or(0, |input| input.codes.chunks as i64),
        };
        let mut accesses = vec![self.bank(block)];
        let mut used = Vec::new();
        if let Some((loaded, _)) = gain {
            accesses.push(Access::read(Space::Ng, loaded.base..loaded.base + loaded.words));
            used.push(loaded);
        }
        if let Some(input) = input {
            let params = input.params;
            accesses.push(Access::read(Space::Nq, params.base..params.base + params.words));
            accesses.push(Access::write(Space::H, input.codes.words(block..block + 1)));
            used.push(params);
        }
        self.step(Op::Norm(op), accesses, &used, tag);
    }

    /// Loads a matrix and its parameters.
    pub(crate) fn multiply(
        &mut self,
        layer: usize,
        matrix: Matrix,
        left: Codes,
    ) -> Result<Multiply, Refused> {
        self.group += 1;
        let tag = Tag { layer: Some(layer), what: matrix.name(), part: 0 };
        let params = self.params(Dest::Dp, Piece::Params(layer, matrix), tag)?;
        let product = self.geometry.net.product(layer, matrix);
        let passes = self.passes.add(&product.passes);
        let (words, tiles) =
            (self.geometry.tile_words(layer, matrix), self.geometry.outputs(layer, matrix));
        let half = self.config.sizes().w_depth / 2;
        self.limit(
            format_args!("a tile of layer {layer}'s {}, twice,", matrix.name()),
            "w_depth",
            2 * words,
            self.config.sizes().w_depth,
        )?;
        let beats = words * self.geometry.weight_beats();
        let from = self.layout.get(Piece::Weights(layer, matrix)).beat;
        let (most, mut slices) = ((half / words).max(1), Vec::new());
        for start in (0..tiles).step_by(most) {
            let end = tiles.min(start + most);
            let loaded = self.load(
                Dest::W,
                from + start * beats,
                (end - start) * beats,
                (end - start) * words,
                false,
                tag,
            )?;
            slices.push((loaded, start..end));
        }
        let range = self.geometry.reduction(layer, matrix);
        Ok(Multiply { layer, matrix, product, left, range, params, passes, slices })
    }

    /// The part of an instruction that a product decides.
    pub(crate) fn qmm(
        &self,
        product: &Product,
        passes: (usize, usize),
        left: Codes,
        range: &Range,
    ) -> Qmm {
        Qmm {
            left: if left.space == Space::H {
                0
            } else {
                i64::from(left.space == Space::G) + 2 * i64::from(left.space == Space::A)
            },
            left_block_stride: left.block() as i64,
            left_plane_stride: left.chunks as i64,
            chunks: range.chunks as i64,
            lo: range.lo as i64,
            hi: range.hi as i64,
            pass_base: passes.0 as i64,
            passes: passes.1 as i64,
            twice: i64::from(product.times == 2),
            ..Qmm::default()
        }
    }

    /// Output tiles of one slice, multiplied with some blocks.
    fn slice(
        &self,
        m: &Multiply,
        slice: usize,
        tiles: &std::ops::Range<usize>,
        blocks: &std::ops::Range<usize>,
    ) -> (Qmm, Vec<Access>) {
        let (loaded, there) = &m.slices[slice];
        let (chunks, words) = (m.left.chunks, loaded.words / there.len());
        let from = loaded.base + (tiles.start - there.start) * words;
        let op = Qmm {
            left_base: m.left.words(blocks.clone()).start as i64,
            right_base: from as i64,
            right_tile_stride: words as i64,
            right_plane_stride: chunks as i64,
            blocks: blocks.len() as i64,
            tiles: tiles.len() as i64,
            param_base: (m.params.base + tiles.start) as i64,
            dst_col: tiles.start as i64,
            block0: blocks.start as i64,
            ..self.qmm(&m.product, m.passes, m.left, &m.range)
        };
        let params = m.params.base + tiles.start;
        let accesses = vec![
            Access::read(m.left.space, m.left.words(blocks.clone())),
            Access::read(Space::W, from..from + tiles.len() * words),
            Access::read(Space::Dp, params..params + tiles.len()),
            Access::read(Space::Pt, m.passes.0..m.passes.0 + m.passes.1),
        ];
        (op, accesses)
    }

    /// Multiplies blocks into codes of all output tiles.
    pub(crate) fn codes(&mut self, m: &Multiply, blocks: std::ops::Range<usize>, to: Codes) {
        let (part, tiles) = (blocks.start, 0..m.slices.last().map_or(0, |(_, tiles)| tiles.end));
        self.tile_codes(m, blocks, tiles, to, part);
    }

    /// Multiplies blocks into codes of some output tiles; of values channels become rows.
    pub(crate) fn tile_codes(
        &mut self,
        m: &Multiply,
        blocks: std::ops::Range<usize>,
        tiles: std::ops::Range<usize>,
        to: Codes,
        part: usize,
    ) {
        let transpose = m.matrix == Matrix::Value;
        let tag = Tag { layer: Some(m.layer), what: m.matrix.name(), part };
        let quantizer =
            self.geometry.net.program_layer(m.layer).and_then(|layer| m.matrix.quantizer(layer));
        let (shift, planes) = (quantizer_shift(quantizer), to.planes);
        let init = init(&m.product, self.geometry.channels(m.layer, m.matrix) as i64);
        for slice in 0..m.slices.len() {
            let there = &m.slices[slice].1;
            let tiles = tiles.start.max(there.start)..tiles.end.min(there.end);
            if tiles.is_empty() {
                continue;
            }
            let (op, mut accesses) = self.slice(m, slice, &tiles, &blocks);
            let op = Qmm {
                mode: i64::from(planes > 1),
                bits: planes as i64,
                signed: i64::from(m.matrix != Matrix::Up),
                shift,
                init: if planes > 1 { init } else { 0 },
                dst: i64::from(to.space == Space::Kv),
                dst_base: if transpose { to.base } else { to.words(blocks.clone()).start } as i64,
                dst_block_stride: to.block() as i64,
                dst_plane_stride: to.chunks as i64,
                transpose: i64::from(transpose),
                ..op
            };
            let rows = if transpose { tiles } else { blocks.clone() };
            accesses.push(Access::write(to.space, to.words(rows)));
            self.step(Op::Qmm(op), accesses, &[m.slices[slice].0, m.params], tag);
        }
    }

    /// Multiplies into the residual stream, block by block, each followed by its norm.
    fn project(
        &mut self,
        layer: usize,
        matrix: Matrix,
        left: Codes,
        half: usize,
    ) -> Result<(), Refused> {
        let m = self.multiply(layer, matrix, left)?;
        let tag = |what, part| Tag { layer: Some(layer), what, part };
        let gain = self.params(Dest::Ng, Piece::Norm(layer, half), tag("norm", half))?;
        let shift =
            self.geometry.net.half_norm(layer, half).map_or(0, |norm| i64::from(norm.shift));
        let next = if half == 0 { (layer, 1) } else { (layer + 1, 0) };
        let input = self.half_quantizer(next.0, next.1)?;
        for block in 0..self.geometry.blocks() {
            for slice in 0..m.slices.len() {
                self.residual(&m, slice, block);
            }
            self.norm_block(block, Some((gain, shift)), input, tag("norm", block));
        }
        Ok(())
    }

    fn residual(&mut self, m: &Multiply, slice: usize, block: usize) {
        let rescale =
            self.geometry.net.program_layer(m.layer).and_then(|layer| m.matrix.rescale(layer));
        let (op, mut accesses) = self.slice(m, slice, &m.slices[slice].1, &(block..block + 1));
        let op = Qmm {
            mode: 2,
            signed: 1,
            shift: rescale.map_or(0, |rescale| i64::from(rescale.shift)),
            init: init(&m.product, self.geometry.channels(m.layer, m.matrix) as i64),
            x_stride: self.geometry.x_stride() as i64,
            ..op
        };
        accesses.push(self.bank(block));
        let tag = Tag { layer: Some(m.layer), what: m.matrix.name(), part: block };
        self.step(Op::Qmm(op), accesses, &[m.slices[slice].0, m.params], tag);
    }

    /// Bits of a code of a matrix's output, as planes.
    pub(crate) fn output_planes(&self, layer: usize, matrix: Matrix) -> usize {
        let bits = &self.geometry.net.layer(layer).bits;
        let bits = match matrix {
            Matrix::Query => bits.query,
            Matrix::Key => bits.key,
            Matrix::Value => bits.value,
            _ => signed(bits.ffn_hidden).bits,
        };
        usize::from(bits)
    }
}
