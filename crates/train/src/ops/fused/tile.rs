//! Products of small matrices, held in registers tile by tile.

/// A matrix in a slice: row `i` starts at `i * stride`.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    stride: usize,
}

impl<'a> View<'a> {
    /// Rows that lie `stride` apart.
    pub(super) fn new(values: &'a [f32], stride: usize) -> Self {
        Self { values, stride }
    }
}

/// `out[i][j] = factor * sum over c of a[i][c] b[c][j]` for `[rows, inner]` times `[inner, columns]`.
#[inline(always)]
pub(super) fn multiply(
    a: View,
    b: View,
    [rows, inner, columns]: [usize; 3],
    factor: f32,
    out: &mut [f32],
    stride: usize,
) {
    let mut row = 0;
    while row + 4 <= rows {
        row_strip::<4>(a, b, row, [inner, columns], factor, out, stride);
        row += 4;
    }
    while row < rows {
        row_strip::<1>(a, b, row, [inner, columns], factor, out, stride);
        row += 1;
    }
}

#[inline(always)]
fn row_strip<const R: usize>(
    a: View,
    b: View,
    row: usize,
    [inner, columns]: [usize; 2],
    factor: f32,
    out: &mut [f32],
    stride: usize,
) {
    let mut column = 0;
    while column + 16 <= columns {
        tile::<R, 16>(a, b, [row, column], inner, factor, out, stride);
        column += 16;
    }
    while column + 4 <= columns {
        tile::<R, 4>(a, b, [row, column], inner, factor, out, stride);
        column += 4;
    }
    while column < columns {
        tile::<R, 1>(a, b, [row, column], inner, factor, out, stride);
        column += 1;
    }
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "one index into several rows")]
fn tile<const R: usize, const W: usize>(
    a: View,
    b: View,
    [row, column]: [usize; 2],
    inner: usize,
    factor: f32,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = [[0.0f32; W]; R];
    let rows: [&[f32]; R] = std::array::from_fn(|r| &a.values[(row + r) * a.stride..][..inner]);
    for c in 0..inner {
        let line = &b.values[c * b.stride + column..][..W];
        for r in 0..R {
            let value = rows[r][c];
            for w in 0..W {
                sums[r][w] = value.mul_add(line[w], sums[r][w]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let target = &mut out[(row + r) * stride + column..][..W];
        for (target, sum) in target.iter_mut().zip(sums) {
            *target = sum * factor;
        }
    }
}

/// `out[c][r] = a[r][c]` for `[rows, columns]`.
#[inline(always)]
pub(super) fn transpose(a: View, rows: usize, columns: usize, out: &mut [f32]) {
    for row in 0..rows {
        let line = &a.values[row * a.stride..][..columns];
        for (column, &value) in line.iter().enumerate() {
            out[column * rows + row] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(a: &[f32], b: &[f32], [rows, inner, columns]: [usize; 3]) -> Vec<f32> {
        let entry = |i: usize, j: usize| -> f32 {
            (0..inner).map(|c| a[i * inner + c] * b[c * columns + j]).sum()
        };
        (0..rows * columns).map(|index| entry(index / columns, index % columns)).collect()
    }

    #[test]
    fn products_of_ugly_sizes() {
        for dims in [[1, 1, 1], [3, 5, 7], [4, 16, 16], [9, 3, 37], [5, 0, 3]] {
            let [rows, inner, columns] = dims;
            let a: Vec<f32> = (0..rows * inner).map(|i| (i % 7) as f32 - 3.0).collect();
            let b: Vec<f32> = (0..inner * columns).map(|i| (i % 5) as f32 - 2.0).collect();
            let mut out = vec![9.0; rows * columns];
            multiply(View::new(&a, inner), View::new(&b, columns), dims, 1.0, &mut out, columns);
            assert_eq!(out, naive(&a, &b, dims));
        }
    }

    #[test]
    fn transposes() {
        let mut out = [0.0; 6];
        transpose(View::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), 2, 3, &mut out);
        assert_eq!(out, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
