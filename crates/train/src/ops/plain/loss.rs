//! Losses, each a mean `[1]`.

use burn::tensor::{Int, Tensor, TensorData, activation};

/// Mean over rows of the cross-entropy of `logits [rows, classes]` with class numbers.
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    let ids: Vec<i64> = targets.iter().map(|&target| i64::from(target)).collect();
    let device = logits.device();
    let data = TensorData::new(ids, [targets.len(), 1]);
    let ids = Tensor::<2, Int>::from_data(data, &device);
    activation::log_softmax(logits, 1).gather(1, ids).mean().neg()
}

/// Mean over rows of the cross-entropy with the teacher's probabilities; the teacher has no gradient.
pub fn soft_cross_entropy(logits: Tensor<2>, teacher_logits: Tensor<2>) -> Tensor<1> {
    let [rows, _] = logits.dims();
    let teacher = activation::softmax(teacher_logits.detach(), 1);
    (activation::log_softmax(logits, 1) * teacher).sum().neg() / rows as f32
}

/// Mean over elements of the binary cross-entropy of logits with probabilities, row-major.
pub fn binary_cross_entropy(logits: Tensor<2>, targets: &[f32]) -> Tensor<1> {
    let device = logits.device();
    let shape = logits.dims();
    let targets = Tensor::<2>::from_data(TensorData::new(targets.to_vec(), shape), &device);
    let soft = (logits.clone().abs().neg().exp() + 1.0).log();
    (logits.clone().clamp_min(0.0) - logits * targets + soft).mean()
}

/// Mean over elements of the squared difference; gradient to both.
pub fn mse(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (a - b).powi_scalar(2).mean()
}
