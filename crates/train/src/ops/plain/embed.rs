//! Rows of tables.

use burn::tensor::{Int, Tensor, TensorData};

/// Rows `ids` of `table [entries, width]`, giving `[ids, width]`.
///
/// # Panics
/// When an id is not below `entries`.
pub fn gather_rows(table: Tensor<2>, ids: &[u32]) -> Tensor<2> {
    let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
    let device = table.device();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids.clone(), [ids.len()]), &device);
    table.select(0, ids)
}

/// Row `i` of `x` times `values[i]`.
pub fn scale_rows(x: Tensor<2>, values: &[f32]) -> Tensor<2> {
    let device = x.device();
    let data = TensorData::new(values.to_vec(), [values.len(), 1]);
    x * Tensor::<2>::from_data(data, &device)
}
