//! Sizes in tiles and words of a network on a configuration.

use noctule_program::shape::SourceShape;

use super::net::{Matrix, Net, WeightOrder};
use crate::config::Sizes;

/// Sizes of a network on a configuration, for inputs of so many tokens.
pub(crate) struct Geometry<'a> {
    pub(crate) sizes: &'a Sizes,
    pub(crate) net: &'a Net<'a>,
    pub(crate) tokens: usize,
}

/// Channels that a product sums over: chunks of `k` bits, and the bits used of the first and last.
pub(crate) struct Range {
    /// First chunk.
    pub(crate) first: usize,
    pub(crate) chunks: usize,
    pub(crate) lo: usize,
    pub(crate) hi: usize,
}

impl Geometry<'_> {
    /// Blocks of tokens.
    pub(crate) fn blocks(&self) -> usize {
        self.tokens.div_ceil(self.sizes.tile)
    }

    /// Blocks of the longest input.
    pub(crate) fn most_blocks(&self) -> usize {
        self.net.shape.tokens.div_ceil(self.sizes.tile)
    }

    /// Channel tiles of the residual stream.
    pub(crate) fn width_tiles(&self) -> usize {
        self.tiles(self.net.shape.width)
    }

    pub(crate) fn tiles(&self, channels: usize) -> usize {
        channels.div_ceil(self.sizes.tile)
    }

    /// Words of `k` bits that hold so many tiles.
    pub(crate) fn chunks(&self, tiles: usize) -> usize {
        tiles.div_ceil(self.sizes.cols())
    }

    /// Tiles of a head: every head begins with a tile.
    pub(crate) fn head_tiles(&self, layer: usize) -> usize {
        self.tiles(self.net.layer(layer).head_width)
    }

    /// Tiles of all heads.
    pub(crate) fn inner_tiles(&self, layer: usize) -> usize {
        self.net.layer(layer).heads * self.head_tiles(layer)
    }

    pub(crate) fn hidden_tiles(&self, layer: usize) -> usize {
        self.tiles(self.net.layer(layer).ffn)
    }

    /// Tiles of a matrix's outputs.
    pub(crate) fn outputs(&self, layer: usize, matrix: Matrix) -> usize {
        match matrix {
            Matrix::Query | Matrix::Key | Matrix::Value => self.inner_tiles(layer),
            Matrix::Output | Matrix::Down => self.width_tiles(),
            Matrix::Up => self.hidden_tiles(layer),
        }
    }

    /// Tiles of a matrix's inputs.
    pub(crate) fn inputs(&self, layer: usize, matrix: Matrix) -> usize {
        match matrix {
            Matrix::Output => self.inner_tiles(layer),
            Matrix::Down => self.hidden_tiles(layer),
            _ => self.width_tiles(),
        }
    }

    /// Channels that a matrix sums over; those of a padded head count nothing.
    pub(crate) fn reduction(&self, layer: usize, matrix: Matrix) -> Range {
        let channels = match matrix {
            Matrix::Output => self.inner_tiles(layer) * self.sizes.tile,
            Matrix::Down => self.net.layer(layer).ffn,
            _ => self.net.shape.width,
        };
        self.range(0, channels)
    }

    /// Channels `from .. to`.
    pub(crate) fn range(&self, from: usize, to: usize) -> Range {
        let k = self.sizes.k;
        let first = from / k;
        let chunks = to.div_ceil(k) - first;
        Range { first, chunks, lo: from - first * k, hi: to - (first + chunks - 1) * k }
    }

    /// Channels of a matrix's sums.
    pub(crate) fn channels(&self, layer: usize, matrix: Matrix) -> usize {
        let shape = self.net.layer(layer);
        match matrix {
            Matrix::Output => shape.heads * shape.head_width,
            Matrix::Down => shape.ffn,
            _ => self.net.shape.width,
        }
    }

    /// The channel in place `at` of the heads' tiles, if one stands there.
    pub(crate) fn inner_channel(&self, layer: usize, at: usize) -> Option<usize> {
        let (span, width) =
            (self.head_tiles(layer) * self.sizes.tile, self.net.layer(layer).head_width);
        (at % span < width).then(|| at / span * width + at % span)
    }

    /// W words of a tile of a matrix.
    pub(crate) fn tile_words(&self, layer: usize, matrix: Matrix) -> usize {
        self.planes(layer, matrix) * self.chunks(self.inputs(layer, matrix))
    }

    pub(crate) fn planes(&self, layer: usize, matrix: Matrix) -> usize {
        1 + usize::from(self.net.layer(layer).low[matrix as usize].is_some())
    }

    /// Beats of a W word.
    pub(crate) fn weight_beats(&self) -> usize {
        match self.net.order {
            WeightOrder::Blocks => self.sizes.tile * self.sizes.k / self.sizes.beat,
            WeightOrder::Rows => self.sizes.tile * self.sizes.k.div_ceil(self.sizes.beat),
        }
    }

    /// Beats of a word of parameters.
    pub(crate) fn param_beats(&self) -> usize {
        64 * self.sizes.tile / self.sizes.beat
    }

    pub(crate) fn beat_bytes(&self) -> usize {
        self.sizes.beat / 8
    }

    /// B words of a row of so many bytes: a header, then the bytes.
    pub(crate) fn row_words(&self, bytes: usize) -> usize {
        1 + bytes.div_ceil(self.beat_bytes())
    }

    /// B words of a row of a table or of the head.
    pub(crate) fn table_row(&self) -> usize {
        self.row_words(self.width_tiles() * self.sizes.tile)
    }

    /// B words of an image's weight row.
    pub(crate) fn patch_row(&self) -> usize {
        match self.net.shape.source {
            SourceShape::Patches { pixels } => self.row_words(pixels),
            _ => 0,
        }
    }

    /// X words of a block in a row memory.
    pub(crate) fn x_stride(&self) -> usize {
        self.width_tiles() * self.sizes.groups()
    }
}
