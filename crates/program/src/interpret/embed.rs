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
