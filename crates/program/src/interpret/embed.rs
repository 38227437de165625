//! 1.6 `embed`.

use alloc::vec::Vec;

use crate::{
    numbers::{round_shift, sat16},
    parts::{Input, Rescale, Source, Table},
};

/// The residual stream `[t, D]` of an input that suits the source, before the norm.
pub(crate) fn embed(source: &Source, input: &Input, width: usize) -> Vec<i32> {
    match (source, input) {
        (Source::Text { token, position, segment }, Input::Text { ids, segments }) => {
            fill(ids.len(), width, |i, c| {
                let segment = segment.as_ref().map_or(0, |table| {
                    value(table, segments.get(i).map_or(0, |&s| usize::from(s)), c)
                });
                sat16(value(token, ids[i] as usize, c) + value(position, i, c) + segment)
            })
        }
        (Source::Channel { position, unit, .. }, Input::Channel { magnitudes, syndrome }) => {
            let unit = i64::from(*unit);
            let magnitudes = magnitudes.iter().map(|&m| i64::from(m));
            let bits = syndrome.iter().map(|&one| if one { -unit } else { unit });
            let a: Vec<i64> = magnitudes.chain(bits).collect();
            fill(a.len(), width, |i, c| sat16(scaled(position, i, c, a[i])))
        }
        (
            Source::Patches { weights, pixels, rescale, position },
            Input::Patches { pixels: image },
        ) => fill(position.rows, width, |i, c| {
            let patch = i.checked_sub(1).map_or(0, |patch| {
                let row = &weights[c * pixels..][..*pixels];
                patch_value(row, &image[patch * pixels..][..*pixels], rescale, c)
            });
            sat16(patch + value(position, i, c))
        }),
        _ => Vec::new(),
    }
}

fn fill(tokens: usize, width: usize, value: impl Fn(usize, usize) -> i32) -> Vec<i32> {
    (0..tokens * width).map(|n| value(n / width, n % width)).collect()
}

fn value(table: &Table, r: usize, c: usize) -> i64 {
    scaled(table, r, c, 1)
}

fn scaled(table: &Table, r: usize, c: usize, a: i64) -> i64 {
    let code = i64::from(table.codes[r * table.cols + c]);
    round_shift(code * i64::from(table.mul[r]) * a, table.shift)
}

fn patch_value(weights: &[i8], patch: &[u8], rescale: &Rescale, c: usize) -> i64 {
    let acc = weights.iter().zip(patch).map(|(&w, &pixel)| i32::from(w) * i32::from(pixel)).sum();
    rescale.apply(c, acc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn table(codes: &[i8], mul: &[u16], shift: u8) -> Table {
        let rows = mul.len();
        let cols = codes.len() / rows;
        Table { rows, cols, bits: 8, codes: codes.to_vec().into(), mul: mul.to_vec(), shift }
    }

    #[test]
    fn text_sums_three_rows() {
        let source = Source::Text {
            token: table(&[1, 2, 3, -4], &[10, 5], 1),
            position: table(&[100, -100, 7, 7], &[400, 1], 0),
            segment: Some(table(&[0, 0, 1, -1], &[1, 1], 1)),
        };
        let x = |segments: &[u8]| {
            let input = Input::Text { ids: vec![1, 0], segments: segments.to_vec() };
            embed(&source, &input, 2)
        };
        // Row 1 of the tokens is 7.5 and -10, rounded half up.
        assert_eq!(x(&[]), [32767, -32768, 12, 17]);
        assert_eq!(x(&[0, 1]), [32767, -32768, 13, 17]);
    }

    #[test]
    fn channel_words_scale_their_positions() {
        let position = table(&[3, -3, 2, 1, 100, 127], &[1, 6, 65535], 2);
        let source = Source::Channel { position, magnitudes: 1, unit: 255 };
        let input = Input::Channel { magnitudes: vec![2], syndrome: vec![true, false] };
        assert_eq!(embed(&source, &input, 2), [2, -1, -765, -382, 32767, 32767]);
    }

    #[test]
    fn patches_follow_the_class_vector() {
        let source = Source::Patches {
            weights: vec![1, 2, -1, 0],
            pixels: 2,
            rescale: Rescale { mul: vec![3, 1], add: vec![1, 0], shift: 1 },
            position: table(&[5, 6, 1, -1, 0, 0], &[1, 1, 1], 0),
        };
        let input = Input::Patches { pixels: vec![10, 20, 255, 0] };
        // Sums 50, -10 and 255, -255.
        assert_eq!(embed(&source, &input, 2), [5, 6, 77, -6, 383, -127]);
    }
}
