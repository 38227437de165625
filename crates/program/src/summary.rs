//! What a program is made of and what it costs, in numbers.

use alloc::vec::Vec;

use crate::{
    Program,
    format::Part,
    parts::{HeadTokens, Weights},
    shape::{LayerShape, Shape, SourceShape},
};

/// A program in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Dimensions and precisions.
    pub shape: Shape,
    /// Binary weights, those of second planes too.
    pub binary_weights: u64,
    /// Bytes of each part as stored, in order.
    pub parts: Vec<(Part, usize)>,
}

impl Summary {
    /// Bytes of the program as stored.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// A place where products are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Patches into the residual stream.
    Patches,
    /// Query.
    Query,
    /// Key.
    Key,
    /// Value.
    Value,
    /// Query times key.
    Scores,
    /// Attention times value.
    Context,
    /// Context into the residual stream.
    Output,
    /// First half of the feed-forward.
    Up,
    /// Second half of the feed-forward.
    Down,
    /// Logits.
    Head,
}

/// Multiply-accumulates of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operations {
    /// The layer, if it is in one.
    pub layer: Option<usize>,
    /// Where.
    pub product: Product,
    /// Multiply-accumulates, whatever their precision; a second plane counts as much as the first.
    pub count: u64,
}

impl Program {
    /// The program in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            shape: self.shape(),
            binary_weights: self.binary_weights(),
            parts: self.part_sizes(),
        }
    }

    /// Multiply-accumulates for an input of so many tokens, place by place in order of computation.
    #[must_use]
    pub fn operations(&self, tokens: usize) -> Vec<Operations> {
        let (shape, tokens) = (self.shape(), tokens as u64);
        let mut operations = Vec::new();
        if let SourceShape::Patches { pixels } = shape.source {
            let count = tokens.saturating_sub(1) * area(pixels, shape.width);
            operations.push(Operations { layer: None, product: Product::Patches, count });
        }
        for (n, layer) in shape.layers.iter().enumerate() {
            let of_layer = |(product, count)| Operations { layer: Some(n), product, count };
            operations.extend(layer.products(shape.width, tokens).map(of_layer));
        }
        let count = shape.head.count(tokens) * area(shape.outputs, shape.width);
        operations.push(Operations { layer: None, product: Product::Head, count });
        operations
    }

    fn binary_weights(&self) -> u64 {
        let of = |weights: &Weights| {
            let planes = 1 + u64::from(weights.low.is_some());
            planes * area(weights.high.rows(), weights.high.cols())
        };
        let layers = self.layers.iter().flat_map(|layer| {
            let half = &layer.attention;
            let linears = [&half.query, &half.key, &half.value, &layer.ffn.up];
            let projections = [&half.output, &layer.ffn.down];
            let linears = linears.map(|linear| &linear.weights);
            linears.into_iter().chain(projections.map(|projection| &projection.weights))
        });
        layers.map(of).sum()
    }
}

fn area(rows: usize, cols: usize) -> u64 {
    rows as u64 * cols as u64
}

impl LayerShape {
    /// Multiply-accumulates of each product of a layer.
    fn products(&self, width: usize, tokens: u64) -> [(Product, u64); 8] {
        let inner = self.heads * self.head_width;
        let matrix = |n: usize, channels: usize| {
            let planes = 1 + u64::from(self.low[n].is_some());
            tokens * planes * area(width, channels)
        };
        let pairs = tokens * tokens * inner as u64;
        [
            (Product::Query, matrix(0, inner)),
            (Product::Key, matrix(1, inner)),
            (Product::Value, matrix(2, inner)),
            (Product::Scores, pairs),
            (Product::Context, pairs),
            (Product::Output, matrix(3, inner)),
            (Product::Up, matrix(4, self.ffn)),
            (Product::Down, matrix(5, self.ffn)),
        ]
    }
}

impl HeadTokens {
    /// Tokens that have logits in an input of so many.
    fn count(self, tokens: u64) -> u64 {
        match self {
            HeadTokens::Pooled => 1,
            HeadTokens::PerToken(count) => tokens.min(count as u64),
        }
    }
}
