//! Which form of an operation a device gets.

use burn::tensor::Tensor;

use super::{AttentionForm, Matrix, Pairs, Quant, fused, plain};

/// Quantizes `x [rows, width]` with scale `[1]` and, if any, shift `[width]`.
pub fn quantize(
    x: Tensor<2>,
    scale: Tensor<1>,
    shift: Option<Tensor<1>>,
    quant: Quant,
) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::quantize(x, scale, shift, quant),
        false => plain::quantize(x, scale, shift, quant),
    }
}

/// `x W' + b`: `x [rows, in]`, matrix `[out, in]`, bias `[out]`, giving `[rows, out]`.
pub fn linear(x: Tensor<2>, matrix: Matrix, bias: Option<Tensor<1>>) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::linear(x, matrix, bias),
        false => plain::linear(x, matrix, bias),
    }
}

/// Context `[rows, width]` of queries, keys and values `[rows, width]`.
pub fn attention(qkv: [Tensor<2>; 3], pairs: Pairs<'_>, form: AttentionForm) -> Tensor<2> {
    match fused::takes(&qkv[0]) {
        true => fused::attention(qkv, pairs, form),
        false => plain::attention(qkv, pairs, form),
    }
}

/// Mean over allowed pairs of the squared difference of scores, of queries and keys `[rows, width]` each; the
/// teacher has no gradient.
pub fn score_loss(student: [Tensor<2>; 2], teacher: [Tensor<2>; 2], pairs: Pairs<'_>) -> Tensor<1> {
    match fused::takes(&student[0]) {
        true => fused::score_loss(student, teacher, pairs),
        false => plain::score_loss(student, teacher, pairs),
    }
}

/// Layer norm of each row: gain and bias `[width]`.
pub fn norm(x: Tensor<2>, gain: Tensor<1>, bias: Tensor<1>, eps: f32) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::norm(x, gain, bias, eps),
        false => plain::norm(x, gain, bias, eps),
    }
}

/// Layer norm of `x + y`.
pub fn add_norm(
    x: Tensor<2>,
    y: Tensor<2>,
    gain: Tensor<1>,
    bias: Tensor<1>,
    eps: f32,
) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::add_norm(x, y, gain, bias, eps),
        false => plain::add_norm(x, y, gain, bias, eps),
    }
}

/// GELU with the error function (Hendrycks and Gimpel 2016), as BERT's.
pub fn gelu(x: Tensor<2>) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::gelu(x),
        false => plain::gelu(x),
    }
}

/// `max(x, 0)`.
pub fn relu(x: Tensor<2>) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::relu(x),
        false => plain::relu(x),
    }
}

/// Rows `ids` of `table [entries, width]`, giving `[ids, width]`.
///
/// # Panics
/// When an id is not below `entries`.
pub fn gather_rows(table: Tensor<2>, ids: &[u32]) -> Tensor<2> {
    match fused::takes(&table) {
        true => fused::gather_rows(table, ids),
        false => plain::gather_rows(table, ids),
    }
}

/// Row `i` of `x` times `values[i]`.
pub fn scale_rows(x: Tensor<2>, values: &[f32]) -> Tensor<2> {
    match fused::takes(&x) {
        true => fused::scale_rows(x, values),
        false => plain::scale_rows(x, values),
    }
}

/// Mean over rows of the cross-entropy of `logits [rows, classes]` with class numbers.
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    match fused::takes(&logits) {
        true => fused::cross_entropy(logits, targets),
        false => plain::cross_entropy(logits, targets),
    }
}

/// Mean over elements of the squared difference; gradient to both.
pub fn mse(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    match fused::takes(&a) {
        true => fused::mse(a, b),
        false => plain::mse(a, b),
    }
}
