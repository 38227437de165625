//! Thresholds and multipliers of channels, padded so that 64 can be read from any channel.

use alloc::vec::Vec;

use noctule_program::parts;

use super::Digits;
use crate::kernels::{PANEL, Rescale, Span};

/// From accumulators to codes.
#[derive(Debug)]
pub(crate) struct Quantizer {
    pub(crate) digits: Digits,
    pub(crate) rule: Rule,
}

#[derive(Debug)]
pub(crate) enum Rule {
    Threshold(Vec<i32>),
    Rescale(Multiplier, Span),
}

/// From accumulators into the residual stream.
#[derive(Debug)]
pub(crate) struct Multiplier {
    mul: Vec<u16>,
    add: Vec<i64>,
    shift: u8,
}

impl Quantizer {
    pub(crate) fn new(quantizer: &parts::Quantizer) -> Self {
        let codes = quantizer.codes;
        let span = Span { least: codes.least(), largest: codes.largest() };
        let rule = match &quantizer.rule {
            parts::Rule::Threshold(bounds) => Rule::Threshold(padded(bounds)),
            parts::Rule::Rescale(rescale) => Rule::Rescale(Multiplier::new(rescale), span),
        };
        Self { digits: Digits::of_codes(codes), rule }
    }
}

impl Multiplier {
    pub(crate) fn new(rescale: &parts::Rescale) -> Self {
        Self { mul: padded(&rescale.mul), add: padded(&rescale.add), shift: rescale.shift }
    }

    /// The 64 channels from `channel` on.
    pub(crate) fn at(&self, channel: usize) -> Rescale<'_> {
        let (mul, add) = (window(&self.mul, channel), window(&self.add, channel));
        Rescale { mul, add, shift: self.shift }
    }
}

/// The 64 elements from `channel` on.
pub(crate) fn window<T>(padded: &[T], channel: usize) -> &[T; PANEL] {
    padded[channel..].first_chunk().expect("channels are padded")
}

fn padded<T: Copy + Default>(channels: &[T]) -> Vec<T> {
    let mut padded = Vec::with_capacity(channels.len() + PANEL);
    padded.extend_from_slice(channels);
    padded.resize(channels.len() + PANEL, T::default());
    padded
}
