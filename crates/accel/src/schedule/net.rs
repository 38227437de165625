//! The network as the schedule sees it: shapes, and details where there is a program.

use noctule_program::{
    Program,
    parts::{AttentionForm, Codes, Layer, Norm, Quantizer, Rescale, Rule, Source, Weights},
    shape::{LayerShape, Shape},
};

use super::passes::{Product, Right, product};

/// A matrix of a layer, in the order of [`LayerShape::low`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Matrix {
    Query,
    Key,
    Value,
    Output,
    Up,
    Down,
}

impl Matrix {
    pub(crate) fn name(self) -> &'static str {
        ["query", "key", "value", "output", "up", "down"][self as usize]
    }

    pub(crate) fn weights(self, layer: &Layer) -> &Weights {
        match self {
            Self::Query => &layer.attention.query.weights,
            Self::Key => &layer.attention.key.weights,
            Self::Value => &layer.attention.value.weights,
            Self::Output => &layer.attention.output.weights,
            Self::Up => &layer.ffn.up.weights,
            Self::Down => &layer.ffn.down.weights,
        }
    }

    /// What makes codes of its sums, where something does.
    pub(crate) fn quantizer(self, layer: &Layer) -> Option<&Quantizer> {
        match self {
            Self::Query => Some(&layer.attention.query.output),
            Self::Key => Some(&layer.attention.key.output),
            Self::Value => Some(&layer.attention.value.output),
            Self::Up => Some(&layer.ffn.up.output),
            Self::Output | Self::Down => None,
        }
    }

    /// What takes its sums to the residual stream, where something does.
    pub(crate) fn rescale(self, layer: &Layer) -> Option<&Rescale> {
        match self {
            Self::Output => Some(&layer.attention.output.rescale),
            Self::Down => Some(&layer.ffn.down.rescale),
            _ => None,
        }
    }
}

/// How weights lie in external memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightOrder {
    /// In blocks of a tile by `k` bits, in the order of use: every beat is full.
    #[default]
    Blocks,
    /// Row by row, as a matrix is written down: a block is gathered from `tile` rows, at least a beat each. For times
    /// only, and a lower bound of them: bursts are counted as if the rows followed each other.
    Rows,
}

/// A network; without a program its numbers are 0, which changes no time.
pub(crate) struct Net<'a> {
    pub(crate) shape: Shape,
    pub(crate) program: Option<&'a Program>,
    /// Entries of exponent tables where there is no program.
    pub(crate) entries: usize,
    pub(crate) order: WeightOrder,
}

/// An exponent table as the machine uses it, and the shift of a step of stored score.
pub(crate) struct Table {
    pub(crate) entries: usize,
    /// Factor from an entry here to an entry of the program's table.
    pub(crate) stride: usize,
    pub(crate) shift: i64,
}

impl<'a> Net<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self {
            shape: program.shape(),
            program: Some(program),
            entries: 0,
            order: WeightOrder::Blocks,
        }
    }

    pub(crate) fn layer(&self, layer: usize) -> &LayerShape {
        &self.shape.layers[layer]
    }

    pub(crate) fn program_layer(&self, layer: usize) -> Option<&Layer> {
        self.program.map(|program| &program.layers[layer])
    }

    /// Codes that a matrix reads.
    pub(crate) fn input(&self, layer: usize, matrix: Matrix) -> Codes {
        let bits = &self.layer(layer).bits;
        match matrix {
            Matrix::Query | Matrix::Key | Matrix::Value => signed(bits.attention_input),
            Matrix::Output => signed(bits.context),
            Matrix::Up => signed(bits.ffn_input),
            Matrix::Down => Codes { bits: bits.ffn_hidden, signed: false },
        }
    }

    pub(crate) fn product(&self, layer: usize, matrix: Matrix) -> Product {
        product(self.input(layer, matrix), Right::Weights(self.layer(layer).low[matrix as usize]))
    }

    pub(crate) fn scores(&self, layer: usize) -> Product {
        let bits = &self.layer(layer).bits;
        product(signed(bits.query), Right::Codes(bits.key))
    }

    /// `score >= threshold` in units of stored scores.
    pub(crate) fn stored_threshold(&self, layer: usize, threshold: i32) -> i64 {
        let product = self.scores(layer);
        let n = self.layer(layer).head_width as i64;
        let value = product.divisor * i64::from(threshold) - product.constant * n;
        let value = (value + product.times - 1).div_euclid(product.times);
        value.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
    }

    pub(crate) fn context(&self, layer: usize) -> Product {
        let bits = &self.layer(layer).bits;
        product(Codes { bits: self.attention_bits(layer), signed: false }, Right::Codes(bits.value))
    }

    pub(crate) fn attention_bits(&self, layer: usize) -> u8 {
        let shape = self.layer(layer);
        if shape.softmax { shape.bits.attention } else { 1 }
    }

    /// The exponent table of a layer with softmax.
    pub(crate) fn table(&self, layer: usize) -> Table {
        let shape = self.layer(layer);
        let (entries, shift) = match self.program_layer(layer).map(|l| &l.attention.form) {
            Some(AttentionForm::Softmax { table, shift, .. }) => (table.len(), i64::from(*shift)),
            _ => (self.entries, 0),
        };
        let size = |bits| i64::from(signed(bits).least().abs());
        let reach =
            (2 * shape.head_width as i64 * size(shape.bits.query) * size(shape.bits.key)) >> shift;
        let entries = entries.min(reach as usize + 1);
        let product = self.scores(layer);
        match (product.times, product.divisor, shift) {
            (2, _, 0) => Table { entries: entries / 2 + 1, stride: 2, shift: 0 },
            (2, _, shift) => Table { entries, stride: 1, shift: shift - 1 },
            (_, 2, 31) => Table { entries: 1, stride: 1, shift: 31 },
            (_, 2, shift) => Table { entries, stride: 1, shift: shift + 1 },
            (_, _, shift) => Table { entries, stride: 1, shift },
        }
    }

    /// Quantizer in front of a layer's half: 0 attention, 1 feed-forward.
    pub(crate) fn half_input(&self, layer: usize, half: usize) -> (u8, Option<&Quantizer>) {
        let bits = &self.layer(layer).bits;
        let of = |l| -> &Quantizer {
            let layer: &Layer = l;
            if half == 0 { &layer.attention.input } else { &layer.ffn.input }
        };
        let bits = if half == 0 { bits.attention_input } else { bits.ffn_input };
        (bits, self.program_layer(layer).map(of))
    }

    /// Norm behind a layer's half.
    pub(crate) fn half_norm(&self, layer: usize, half: usize) -> Option<&Norm> {
        self.program_layer(layer).map(|l| if half == 0 { &l.attention.norm } else { &l.ffn.norm })
    }

    pub(crate) fn source(&self) -> Option<&Source> {
        self.program.map(|program| &program.embed.source)
    }
}

/// Signed codes.
pub(crate) fn signed(bits: u8) -> Codes {
    Codes { bits, signed: true }
}

/// The shift of a quantizer that rescales; 0 where it compares.
pub(crate) fn quantizer_shift(quantizer: Option<&Quantizer>) -> i64 {
    match quantizer.map(|q| &q.rule) {
        Some(Rule::Rescale(rescale)) => i64::from(rescale.shift),
        _ => 0,
    }
}
