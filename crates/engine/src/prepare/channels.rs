//! Thresholds and multipliers of channels, padded so that 64 can be read from any channel.

use alloc::vec::Vec;

use noctule_program::parts;

use super::Digits;
use crate::{
    kernels::{PANEL, Rescale, Span},
    memory::{Heap, array},
};

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
    /// [`Rescale::small`].
    small: Option<Vec<i32>>,
}

impl Quantizer {
    /// For accumulators of magnitudes up to `largest`.
    pub(crate) fn new(quantizer: &parts::Quantizer, largest: i64) -> Self {
        let codes = quantizer.codes;
        let span = Span { least: codes.least(), largest: codes.largest() };
        let rule = match &quantizer.rule {
            parts::Rule::Threshold(bounds) => Rule::Threshold(padded(bounds.iter().copied())),
            parts::Rule::Rescale(rescale) => Rule::Rescale(Multiplier::new(rescale, largest), span),
        };
        Self { digits: Digits::of_codes(codes), rule }
    }
}

impl Multiplier {
    /// For accumulators of magnitudes up to `largest`.
    pub(crate) fn new(rescale: &parts::Rescale, largest: i64) -> Self {
        let small = small(rescale, largest).map(padded);
        let (mul, add) = (rescale.mul.iter().copied(), rescale.add.iter().copied());
        let (mul, add) = (padded(mul), padded(add));
        Self { mul, add, shift: rescale.shift, small }
    }

    /// The 64 channels from `channel` on.
    pub(crate) fn at(&self, channel: usize) -> Rescale<'_> {
        let (mul, add) = (window(&self.mul, channel), window(&self.add, channel));
        let small = self.small.as_ref().map(|small| window(small, channel));
        Rescale { mul, add, shift: self.shift, small }
    }
}

impl Heap for Quantizer {
    fn heap(&self) -> usize {
        match &self.rule {
            Rule::Threshold(bounds) => array(bounds),
            Rule::Rescale(multiplier, _) => multiplier.heap(),
        }
    }
}

impl Heap for Multiplier {
    fn heap(&self) -> usize {
        array(&self.mul) + array(&self.add) + self.small.as_deref().map_or(0, array)
    }
}

/// Each channel's addend and the half that rounds, if no sum with them leaves 32 bits.
fn small(rescale: &parts::Rescale, largest: i64) -> Option<impl ExactSizeIterator<Item = i32>> {
    let half = if rescale.shift == 0 { 0 } else { 1_i64 << (rescale.shift - 1) };
    let mut channels = rescale.mul.iter().zip(&rescale.add);
    let fits = |(&mul, &add): (&u16, &i64)| {
        largest * i64::from(mul) + add.abs() + half <= i64::from(i32::MAX)
    };
    let all = rescale.shift < 32 && channels.all(fits);
    all.then(|| rescale.add.iter().map(move |add| (add + half) as i32))
}

/// The 64 elements from `channel` on.
pub(crate) fn window<T>(padded: &[T], channel: usize) -> &[T; PANEL] {
    padded[channel..].first_chunk().expect("channels are padded")
}

fn padded<T: Copy + Default>(channels: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let length = channels.len() + PANEL;
    let mut padded = Vec::with_capacity(length);
    padded.extend(channels);
    padded.resize(length, T::default());
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_small_up_to_the_last_bit() {
        let rescale =
            |add, shift| parts::Rescale { mul: vec![3, 65535], add: vec![-5, add], shift };
        let small = |rescale: &_, largest| Some(small(rescale, largest)?.collect::<Vec<_>>());
        let most = i64::from(i32::MAX) - 65535 * 1000 - 8;
        assert_eq!(small(&rescale(most, 4), 1000), Some(vec![3, most as i32 + 8]));
        assert_eq!(small(&rescale(most + 1, 4), 1000), None);
        assert_eq!(small(&rescale(-most, 4), 1001), None);
        assert_eq!(small(&rescale(0, 32), 1), None);
        assert_eq!(small(&rescale(0, 0), 1), Some(vec![-5, 0]));
    }
}
