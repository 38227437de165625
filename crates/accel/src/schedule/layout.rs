//! Where everything lies in external memory: beats, counted from the image's address.

use std::collections::HashMap;

use noctule_program::shape::SourceShape;

use super::{geometry::Geometry, net::Matrix};

/// A piece of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    Passes,
    Token,
    Position,
    Segment,
    Patch,
    Masks,
    EmbedNorm,
    /// Quantizer in front of a half.
    Input(usize, usize),
    /// Norm behind a half.
    Norm(usize, usize),
    Weights(usize, Matrix),
    Params(usize, Matrix),
    Context(usize),
    Table(usize),
    Head,
}

/// A piece's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) beat: usize,
    pub(crate) beats: usize,
}

/// Where the pieces lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    spans: HashMap<Piece, Span>,
    /// In the order of their places.
    pub(crate) order: Vec<Piece>,
    /// Beats of them all: the instructions follow.
    pub(crate) beats: usize,
}

impl Layout {
    pub(crate) fn new(geometry: &Geometry<'_>, passes: usize) -> Self {
        let mut layout = Self { spans: HashMap::new(), order: Vec::new(), beats: 0 };
        layout.add(Piece::Passes, (passes * 16).div_ceil(geometry.sizes.beat));
        layout.embedding(geometry);
        for layer in 0..geometry.net.shape.layers.len() {
            layout.layer(geometry, layer);
        }
        layout.add(Piece::Head, geometry.net.shape.outputs * geometry.table_row());
        layout
    }

    pub(crate) fn get(&self, piece: Piece) -> Span {
        self.spans.get(&piece).copied().unwrap_or(Span { beat: 0, beats: 0 })
    }

    fn add(&mut self, piece: Piece, beats: usize) {
        self.spans.insert(piece, Span { beat: self.beats, beats });
        self.order.push(piece);
        self.beats += beats;
    }

    fn embedding(&mut self, geometry: &Geometry<'_>) {
        let (shape, row) = (&geometry.net.shape, geometry.table_row());
        match shape.source {
            SourceShape::Text { vocabulary, segments } => {
                self.add(Piece::Token, vocabulary * row);
                self.add(Piece::Segment, segments * row);
            }
            SourceShape::Patches { .. } => {
                self.add(Piece::Patch, shape.width * geometry.patch_row())
            }
            SourceShape::Channel { .. } => {}
        }
        self.add(Piece::Position, shape.tokens * row);
        let tiles = geometry.sizes.tile * geometry.sizes.tile;
        let masks = shape.masks * geometry.most_blocks() * geometry.most_blocks();
        self.add(Piece::Masks, masks.div_ceil(geometry.sizes.beat / tiles));
        self.add(Piece::EmbedNorm, geometry.width_tiles() * geometry.param_beats());
    }

    fn layer(&mut self, geometry: &Geometry<'_>, layer: usize) {
        let (width, param) = (geometry.width_tiles(), geometry.param_beats());
        self.add(Piece::Input(layer, 0), width * param);
        self.matrix(geometry, layer, Matrix::Key);
        self.matrix(geometry, layer, Matrix::Query);
        if geometry.net.layer(layer).softmax {
            let bits = geometry.net.table(layer).entries * 16;
            self.add(Piece::Table(layer), bits.div_ceil(geometry.sizes.beat));
        }
        self.matrix(geometry, layer, Matrix::Value);
        self.add(Piece::Context(layer), geometry.inner_tiles(layer) * param);
        self.matrix(geometry, layer, Matrix::Output);
        self.add(Piece::Norm(layer, 0), width * param);
        self.add(Piece::Input(layer, 1), width * param);
        self.matrix(geometry, layer, Matrix::Up);
        self.matrix(geometry, layer, Matrix::Down);
        self.add(Piece::Norm(layer, 1), width * param);
    }

    fn matrix(&mut self, geometry: &Geometry<'_>, layer: usize, matrix: Matrix) {
        let tiles = geometry.outputs(layer, matrix);
        self.add(Piece::Params(layer, matrix), tiles * geometry.param_beats());
        self.add(
            Piece::Weights(layer, matrix),
            tiles * geometry.tile_words(layer, matrix) * geometry.weight_beats(),
        );
    }
}
