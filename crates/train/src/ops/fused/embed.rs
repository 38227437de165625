//! Rows of tables.

use burn::tensor::Tensor;

use super::node::{Host, Input, record};
use super::parallel::fill_rows;

/// As [`crate::ops::plain::gather_rows`].
pub fn gather_rows(table: Tensor<2>, ids: &[u32]) -> Tensor<2> {
    let input = Input::new(table);
    let table = input.host();
    let [entries, width] = table.dims();
    let mut out = vec![0.0; ids.len() * width];
    fill_rows(&mut out, width, |range, part| {
        for (&id, part) in ids[range].iter().zip(part.chunks_exact_mut(width)) {
            part.copy_from_slice(&table.values()[id as usize * width..][..width]);
        }
    });
    let ids = ids.to_vec();
    record([input], Host::new(out, [ids.len(), width]), move |gradient, _| {
        [Some(scatter_rows(&gradient, &ids, entries))]
    })
}

/// Adds the rows to those of a table of zeros, in their order.
fn scatter_rows(gradient: &Host, ids: &[u32], entries: usize) -> Host {
    let [_, width] = gradient.dims();
    let mut table = vec![0.0; entries * width];
    for (&id, row) in ids.iter().zip(gradient.values().chunks_exact(width)) {
        let target = &mut table[id as usize * width..][..width];
        target.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    Host::new(table, [entries, width])
}

/// As [`crate::ops::plain::scale_rows`].
pub fn scale_rows(x: Tensor<2>, values: &[f32]) -> Tensor<2> {
    let input = Input::new(x);
    let output = scaled(&input.host(), values);
    let values = values.to_vec();
    record([input], output, move |gradient, _| [Some(scaled(&gradient, &values))])
}

fn scaled(x: &Host, factors: &[f32]) -> Host {
    let [rows, width] = x.dims();
    let mut out = vec![0.0; rows * width];
    fill_rows(&mut out, width, |range, part| {
        for (row, part) in range.zip(part.chunks_exact_mut(width)) {
            let line = &x.values()[row * width..][..width];
            part.iter_mut().zip(line).for_each(|(out, value)| *out = value * factors[row]);
        }
    });
    Host::new(out, [rows, width])
}
