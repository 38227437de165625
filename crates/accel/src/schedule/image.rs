//! The memory image: a program's numbers as the machine reads them.

use noctule_program::{
    Program,
    bits::BitMatrix,
    parts::{AttentionForm, Norm, Quantizer, Rescale, Rule, Source, Table},
};

use super::{
    Refused,
    geometry::Geometry,
    layout::{Layout, Piece},
    net::Matrix,
    passes::Product,
};

/// Writes a program's pieces.
pub(crate) struct Writer<'a> {
    pub(crate) geometry: &'a Geometry<'a>,
    pub(crate) program: &'a Program,
    pub(crate) config: &'a str,
}

/// A channel's 64 parameter bits.
fn pack(mul: u16, add: i64) -> u64 {
    u64::from(mul) | (add as u64) << 16
}

/// The half that rounds a shift.
fn half(shift: u8) -> i64 {
    if shift == 0 { 0 } else { 1 << (shift - 1) }
}

impl Writer<'_> {
    /// All pieces but the instructions.
    pub(crate) fn pieces(&self, layout: &Layout, passes: &[u16]) -> Result<Vec<u8>, Refused> {
        let beat = self.geometry.beat_bytes();
        let mut image = vec![0; layout.beats * beat];
        for &piece in &layout.order {
            let span = layout.get(piece);
            let room = &mut image[span.beat * beat..][..span.beats * beat];
            self.piece(piece, passes, room)?;
        }
        Ok(image)
    }

    fn piece(&self, piece: Piece, passes: &[u16], room: &mut [u8]) -> Result<(), Refused> {
        let layer = |n: usize| &self.program.layers[n];
        match (piece, &self.program.embed.source) {
            (Piece::Passes, _) => halves(passes.iter().copied(), room),
            (Piece::Token, Source::Text { token, .. }) => self.table(token, room),
            (Piece::Segment, Source::Text { segment: Some(table), .. }) => self.table(table, room),
            (
                Piece::Position,
                Source::Text { position, .. }
                | Source::Channel { position, .. }
                | Source::Patches { position, .. },
            ) => self.table(position, room),
            (Piece::Patch, Source::Patches { weights, pixels, rescale, .. }) => {
                return self.patch(weights, *pixels, rescale, room);
            }
            (Piece::Masks, _) => self.masks(room),
            (Piece::EmbedNorm, _) => {
                if let Some(norm) = &self.program.embed.norm {
                    norm_params(norm, room);
                }
            }
            (Piece::Norm(n, 0), _) => norm_params(&layer(n).attention.norm, room),
            (Piece::Norm(n, _), _) => norm_params(&layer(n).ffn.norm, room),
            (Piece::Input(n, half), _) => {
                let quantizer =
                    if half == 0 { &layer(n).attention.input } else { &layer(n).ffn.input };
                return self.quantizer(n, "the input quantizer", quantizer, room);
            }
            (Piece::Weights(n, matrix), _) => self.weights(n, matrix, room),
            (Piece::Params(n, matrix), _) => return self.params(n, matrix, room),
            (Piece::Context(n), _) => return self.context(n, room),
            (Piece::Table(n), _) => self.exponents(n, room),
            (Piece::Head, _) => self.head(room),
            (Piece::Token | Piece::Segment | Piece::Patch, _) => {}
        }
        Ok(())
    }

    fn table(&self, table: &Table, room: &mut [u8]) {
        let row = self.geometry.table_row() * self.geometry.beat_bytes();
        for (r, room) in room.chunks_mut(row).enumerate() {
            room[..2].copy_from_slice(&table.mul[r].to_le_bytes());
            let codes = &table.codes[r * table.cols..][..table.cols];
            bytes(codes, &mut room[self.geometry.beat_bytes()..]);
        }
    }

    fn patch(
        &self,
        weights: &[i8],
        pixels: usize,
        rescale: &Rescale,
        room: &mut [u8],
    ) -> Result<(), Refused> {
        let row = self.geometry.patch_row() * self.geometry.beat_bytes();
        for (c, room) in room.chunks_mut(row).enumerate() {
            let add = rescale.add[c] + half(rescale.shift);
            self.fits("an addend of the patches' rescaling", add)?;
            room[..8].copy_from_slice(&pack(rescale.mul[c], add).to_le_bytes());
            bytes(&weights[c * pixels..][..pixels], &mut room[self.geometry.beat_bytes()..]);
        }
        Ok(())
    }

    /// Rows of `{bias, weights}`.
    fn head(&self, room: &mut [u8]) {
        let row = self.geometry.table_row() * self.geometry.beat_bytes();
        let (head, width) = (&self.program.head, self.program.width);
        for (o, room) in room.chunks_mut(row).enumerate() {
            room[..4].copy_from_slice(&head.bias[o].to_le_bytes());
            bytes(&head.weights[o * width..][..width], &mut room[self.geometry.beat_bytes()..]);
        }
    }

    /// Tiles of all masks: mask, block, key tile.
    fn masks(&self, room: &mut [u8]) {
        let (tile, blocks) = (self.geometry.sizes.tile, self.geometry.most_blocks());
        for (m, mask) in self.program.masks.iter().enumerate() {
            for i in 0..mask.rows() {
                for j in (0..mask.cols()).filter(|&j| mask.get(i, j)) {
                    let number = (m * blocks + i / tile) * blocks + j / tile;
                    set(room, number * tile * tile + i % tile * tile + j % tile);
                }
            }
        }
    }

    /// Words `[tile, plane, chunk]`; places without a weight hold ones, which count nothing.
    fn weights(&self, layer: usize, matrix: Matrix, room: &mut [u8]) {
        let weights = matrix.weights(&self.program.layers[layer]);
        let mut planes: Vec<&BitMatrix> = weights.low.iter().map(|low| &low.bits).collect();
        planes.push(&weights.high);
        let geometry = self.geometry;
        let (tile, k) = (geometry.sizes.tile, geometry.sizes.k);
        let chunks = geometry.chunks(geometry.inputs(layer, matrix));
        let word =
            |n: usize, plane: usize, chunk: usize| (n * planes.len() + plane) * chunks + chunk;
        for row in 0..geometry.outputs(layer, matrix) * tile {
            for (p, plane) in planes.iter().enumerate() {
                for at in 0..chunks * k {
                    let bit = self.weight(layer, matrix, plane, row, at);
                    if bit {
                        set(room, word(row / tile, p, at / k) * tile * k + row % tile * k + at % k);
                    }
                }
            }
        }
    }

    fn weight(
        &self,
        layer: usize,
        matrix: Matrix,
        plane: &BitMatrix,
        row: usize,
        at: usize,
    ) -> bool {
        let row = self.output_channel(layer, matrix, row);
        let col = match matrix {
            Matrix::Output => self.geometry.inner_channel(layer, at),
            _ => Some(at),
        };
        match (row, col) {
            (Some(row), Some(col)) if row < plane.rows() && col < plane.cols() => {
                plane.get(row, col)
            }
            _ => true,
        }
    }

    /// The channel in place `at` of a matrix's output tiles, if one stands there.
    fn output_channel(&self, layer: usize, matrix: Matrix, at: usize) -> Option<usize> {
        match matrix {
            Matrix::Query | Matrix::Key | Matrix::Value => self.geometry.inner_channel(layer, at),
            _ => (at < matrix.weights(&self.program.layers[layer]).high.rows()).then_some(at),
        }
    }

    fn params(&self, layer: usize, matrix: Matrix, room: &mut [u8]) -> Result<(), Refused> {
        let part = &self.program.layers[layer];
        let product = self.geometry.net.product(layer, matrix);
        let n = self.geometry.channels(layer, matrix) as i64;
        for (at, room) in room.chunks_mut(8).enumerate() {
            let channel = self.output_channel(layer, matrix, at);
            let bits =
                match (channel, matrix.quantizer(part).map(|q| &q.rule), matrix.rescale(part)) {
                    (None, quantizer, _) => {
                        self.silent(matches!(quantizer, Some(Rule::Threshold(_))))
                    }
                    (Some(c), Some(Rule::Threshold(threshold)), _) => {
                        let known = known(&product, matrix.weights(part), c, n);
                        self.threshold(product.times, i64::from(threshold[c]) - known)
                    }
                    (Some(c), Some(Rule::Rescale(rescale)), _) | (Some(c), None, Some(rescale)) => {
                        let mul = i64::from(rescale.mul[c]);
                        // What does not depend on the channel is the instruction's `init`.
                        let rest = known(&product, matrix.weights(part), c, n) - init(&product, n);
                        let add = rescale.add[c] + half(rescale.shift) + mul * rest;
                        let what = format!("an addend of layer {layer}'s {}", matrix.name());
                        self.sum_fits(&what, add, mul * reach(&product, n))?;
                        pack(rescale.mul[c], add)
                    }
                    (Some(_), None, None) => 0,
                };
            room.copy_from_slice(&bits.to_le_bytes());
        }
        Ok(())
    }

    /// A channel that is not there: its code is 0.
    fn silent(&self, threshold: bool) -> u64 {
        if threshold { u64::from(i32::MAX as u32) } else { 0 }
    }

    /// `times * acc >= value`, as a threshold of `acc`.
    fn threshold(&self, times: i64, value: i64) -> u64 {
        let value = (value + times - 1).div_euclid(times);
        value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as u64 & 0xffff_ffff
    }

    /// `divisor * value` is compared: the constant, which depends on the input's length, is the instruction's `init`.
    fn context(&self, layer: usize, room: &mut [u8]) -> Result<(), Refused> {
        let divisor = self.geometry.net.context(layer).divisor;
        let rule = &self.program.layers[layer].attention.context.rule;
        for (at, room) in room.chunks_mut(8).enumerate() {
            let bits = match (self.geometry.inner_channel(layer, at), rule) {
                (None, rule) => self.silent(matches!(rule, Rule::Threshold(_))),
                (Some(c), Rule::Threshold(threshold)) => {
                    self.threshold(1, i64::from(threshold[c]) * divisor)
                }
                (Some(c), Rule::Rescale(rescale)) => {
                    let add = (rescale.add[c] + half(rescale.shift)) * divisor;
                    let what = format!("an addend of layer {layer}'s context");
                    let product = self.geometry.net.context(layer);
                    let n = self.program.max_tokens as i64;
                    self.sum_fits(&what, add, i64::from(rescale.mul[c]) * reach(&product, n))?;
                    pack(rescale.mul[c], add)
                }
            };
            room.copy_from_slice(&bits.to_le_bytes());
        }
        Ok(())
    }

    fn quantizer(
        &self,
        layer: usize,
        what: &str,
        quantizer: &Quantizer,
        room: &mut [u8],
    ) -> Result<(), Refused> {
        for (c, room) in room.chunks_mut(8).take(self.program.width).enumerate() {
            let bits = match &quantizer.rule {
                // y >= threshold as the sign of a sum.
                Rule::Threshold(threshold) => pack(1, -i64::from(threshold[c])),
                Rule::Rescale(rescale) => {
                    let add = rescale.add[c] + half(rescale.shift);
                    self.fits(&format!("an addend of layer {layer}: {what}"), add)?;
                    pack(rescale.mul[c], add)
                }
            };
            room.copy_from_slice(&bits.to_le_bytes());
        }
        Ok(())
    }

    fn exponents(&self, layer: usize, room: &mut [u8]) {
        if let AttentionForm::Softmax { table, .. } = &self.program.layers[layer].attention.form {
            let here = self.geometry.net.table(layer);
            let entry = |n: usize| table[(n * here.stride).min(table.len() - 1)];
            halves((0..here.entries).map(entry), room);
        }
    }

    fn fits(&self, what: &str, add: i64) -> Result<(), Refused> {
        self.sum_fits(what, add, 0)
    }

    /// The drain's sums have 48 bits: of `add`, and of what does not exceed `reach` in magnitude.
    fn sum_fits(&self, what: &str, add: i64, reach: i64) -> Result<(), Refused> {
        let most = (1_i64 << 47) - 1 - reach;
        if (-most - 1..=most).contains(&add) {
            return Ok(());
        }
        Err(Refused::Field {
            config: self.config.into(),
            what: what.into(),
            value: add,
            most,
            remedy: "train with smaller scales: no configuration holds it",
        })
    }
}

/// What a product's value is behind `times * acc`: known from the weights.
fn known(
    product: &Product,
    weights: &noctule_program::parts::Weights,
    channel: usize,
    n: i64,
) -> i64 {
    let count =
        |bits: &BitMatrix| bits.row(channel).iter().map(|w| i64::from(w.count_ones())).sum::<i64>();
    let high = weights.low.as_ref().map_or(0, |low| low.ratio);
    let ones =
        (count(&weights.high) << high) + weights.low.as_ref().map_or(0, |low| count(&low.bits));
    product.constant * n + product.ones * ones
}

/// The part of [`known`] that all channels share.
pub(super) fn init(product: &Product, n: i64) -> i64 {
    product.constant * n
}

/// Magnitude that `times * acc + init`, and `init` alone, do not exceed.
fn reach(product: &Product, n: i64) -> i64 {
    (product.times * product.bound + product.constant.abs()) * n
}

fn norm_params(norm: &Norm, room: &mut [u8]) {
    for (c, room) in room.chunks_mut(8).take(norm.gain.len()).enumerate() {
        let bias = i64::from(norm.bias[c]) + half(norm.shift);
        let bits = u64::from(norm.gain[c] as u16) | (bias as u64 & 0xffff_ffff) << 16;
        room.copy_from_slice(&bits.to_le_bytes());
    }
}

fn halves(values: impl Iterator<Item = u16>, room: &mut [u8]) {
    for (value, room) in values.zip(room.chunks_mut(2)) {
        room.copy_from_slice(&value.to_le_bytes());
    }
}

fn bytes(codes: &[i8], room: &mut [u8]) {
    for (room, &code) in room.iter_mut().zip(codes) {
        *room = code as u8;
    }
}

fn set(room: &mut [u8], bit: usize) {
    room[bit / 8] |= 1 << (bit % 8);
}

/// Appends instructions behind the pieces.
pub(crate) fn instructions(image: &mut Vec<u8>, stream: &[crate::isa::Instruction], beat: usize) {
    image.extend(stream.iter().flat_map(|instruction| instruction.to_bytes()));
    image.resize(image.len().next_multiple_of(beat), 0);
}
