//! Runs an operation on leaves and gives back its values and gradients.
#![allow(dead_code, unreachable_pub)]

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Values of an operation, and the gradients of its leaves for a weighted sum of the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub values: Vec<f32>,
    pub gradients: Vec<Vec<f32>>,
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Uniform in -1..1 times `size`.
pub fn uniform(rng: &mut ChaCha8Rng, count: usize, size: f32) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-1.0f32..1.0) * size).collect()
}

/// Flat leaves are reshaped by the operation itself.
pub fn matrix(leaf: &Tensor<1>, rows: usize, width: usize) -> Tensor<2> {
    leaf.clone().reshape([rows, width])
}

pub fn leaf(values: &[f32]) -> Tensor<1> {
    let device = Device::flex().autodiff();
    Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), &device).require_grad()
}

/// Runs `operation` and differentiates the sum of `output[i] * weights[i]`, weights from `seed`.
pub fn outcome<const D: usize>(
    leaves: &[Vec<f32>],
    seed: u64,
    operation: impl Fn(&[Tensor<1>]) -> Tensor<D>,
) -> Outcome {
    let leaves: Vec<Tensor<1>> = leaves.iter().map(|values| leaf(values)).collect();
    let output = operation(&leaves);
    let values: Vec<f32> = output.to_data().try_to_vec().unwrap();
    let weights = uniform(&mut rng(seed ^ 0x5eed), values.len(), 1.0);
    let shape: [usize; D] = output.dims();
    let weights = Tensor::<D>::from_data(TensorData::new(weights, shape), &output.device());
    let gradients = (output * weights).sum().backward();
    let gradients = leaves.iter().map(|leaf| match leaf.grad(&gradients) {
        Some(gradient) => gradient.into_data().try_to_vec().unwrap(),
        None => Vec::new(),
    });
    Outcome { values, gradients: gradients.collect() }
}

/// Same values and gradients within `tolerance` of each list's largest magnitude.
#[track_caller]
pub fn assert_close(label: &str, left: &Outcome, right: &Outcome, tolerance: f32) {
    close(&format!("{label}: values"), &left.values, &right.values, tolerance);
    assert_eq!(left.gradients.len(), right.gradients.len());
    for (index, (left, right)) in left.gradients.iter().zip(&right.gradients).enumerate() {
        close(&format!("{label}: gradient {index}"), left, right, tolerance);
    }
}

#[track_caller]
pub fn close(label: &str, left: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(left.len(), right.len(), "{label}: lengths");
    let size = left.iter().chain(right).fold(1e-3f32, |size, value| size.max(value.abs()));
    for (index, (l, r)) in left.iter().zip(right).enumerate() {
        // a difference that is not a number fails too
        assert!(
            (l - r).abs() <= tolerance * size,
            "{label}: entry {index} is {l} and {r}, largest magnitude {size}"
        );
    }
}

/// Central differences of the weighted sum that `outcome` differentiates.
pub fn differences<const D: usize>(
    leaves: &[Vec<f32>],
    seed: u64,
    step: f32,
    operation: impl Fn(&[Tensor<1>]) -> Tensor<D>,
) -> Vec<Vec<f32>> {
    let total = |leaves: &[Vec<f32>]| -> f64 {
        let leaves: Vec<Tensor<1>> = leaves.iter().map(|values| leaf(values)).collect();
        let values: Vec<f32> = operation(&leaves).into_data().try_to_vec().unwrap();
        let weights = uniform(&mut rng(seed ^ 0x5eed), values.len(), 1.0);
        values.iter().zip(weights).map(|(&v, w)| f64::from(v) * f64::from(w)).sum()
    };
    let slope = |which: usize, index: usize| -> f32 {
        let moved = |by: f32| {
            let mut leaves = leaves.to_vec();
            leaves[which][index] += by;
            total(&leaves)
        };
        ((moved(step) - moved(-step)) / f64::from(2.0 * step)) as f32
    };
    let all = leaves.iter().enumerate();
    all.map(|(which, leaf)| (0..leaf.len()).map(|index| slope(which, index)).collect()).collect()
}
