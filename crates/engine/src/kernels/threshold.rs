//! One-bit codes from integers: what the kernels share.

/// What values are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound<'a> {
    /// One a value.
    Each(&'a [i32]),
    /// The same for all.
    All(i32),
}

impl Bound<'_> {
    /// Those of the 64 values (or fewer) of word `word`.
    #[inline]
    fn of_word(self, word: usize) -> Self {
        match self {
            Self::Each(bounds) => Self::Each(&bounds[64 * word..bounds.len().min(64 * word + 64)]),
            all @ Self::All(_) => all,
        }
    }
}

/// Covers `out` word by word, whole words by `whole`, the last one, if shorter, by plain code.
#[inline(always)]
pub(super) fn cover(
    values: &[i32],
    bound: Bound<'_>,
    out: &mut [u64],
    mut whole: impl FnMut(&[i32; 64], Bound<'_>) -> u64,
) {
    assert_eq!(values.len().div_ceil(64), out.len(), "words of thresholds");
    if let Bound::Each(bounds) = bound {
        assert_eq!(values.len(), bounds.len(), "bounds of thresholds");
    }
    for (word, (out, values)) in out.iter_mut().zip(values.chunks(64)).enumerate() {
        let bound = bound.of_word(word);
        *out = match <&[i32; 64]>::try_from(values) {
            Ok(values) => whole(values, bound),
            Err(_) => plain(values, bound),
        };
    }
}

/// Up to 64 values, one at a time.
pub(super) fn plain(values: &[i32], bound: Bound<'_>) -> u64 {
    let bits = |bits: u64, (c, reached): (usize, bool)| bits | u64::from(reached) << c;
    match bound {
        Bound::Each(bounds) => {
            values.iter().zip(bounds).map(|(v, b)| v >= b).enumerate().fold(0, bits)
        }
        Bound::All(bound) => values.iter().map(|v| *v >= bound).enumerate().fold(0, bits),
    }
}
