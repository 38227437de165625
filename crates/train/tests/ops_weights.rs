//! Host-side quantization and the optimizer's step.

mod ops_support;

use burn::tensor::{Device, Tensor, TensorData};
use noctule_train::ops::{
    AdamW, Matrix, Quant, adamw, binary_row, dropped_scale, gradient_norm, initial_scale, linear,
    plain, short, sign, split_from_ternary, split_ratio, ternary_row,
};
use ops_support::{close, rng, uniform};

fn identity(width: usize) -> Tensor<2> {
    Tensor::eye(width, &Device::flex())
}

fn tensor(values: &[f32], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
}

fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
}

type RowForm = fn(&[f32], &mut [f32]) -> f32;
type LayerForm = fn(Tensor<2>) -> Matrix;

/// The weights that a layer uses, row-major `[out, in]`.
fn used(matrix: Matrix, width: usize) -> Vec<f32> {
    linear(identity(width), matrix, None).transpose().into_data().try_to_vec().unwrap()
}

#[test]
fn rows_are_what_layers_use() {
    let (rows, width) = (7, 13);
    let weights = uniform(&mut rng(1), rows * width, 1.0);
    let forms: [(RowForm, LayerForm); 2] =
        [(binary_row, Matrix::Binary), (ternary_row, Matrix::Ternary)];
    for (row_form, form) in forms {
        let mut expected = vec![0.0; rows * width];
        for (row, out) in weights.chunks(width).zip(expected.chunks_mut(width)) {
            let scale = row_form(row, out);
            out.iter_mut().for_each(|level| *level *= scale);
        }
        assert_eq!(used(form(tensor(&weights, [rows, width])), width), expected);
        let plain = plain::linear(identity(width), form(tensor(&weights, [rows, width])), None);
        let plain: Vec<f32> = plain.transpose().into_data().try_to_vec().unwrap();
        close("plain", &plain, &expected, 1e-6);
    }
}

#[test]
fn short_numbers_have_seven_bits_and_exact_products() {
    for value in uniform(&mut rng(2), 500, 3.0) {
        let kept = short(value);
        let last = 2f32.powi(value.abs().log2().floor() as i32 - 6);
        assert!((kept - value).abs() <= last / 2.0, "{value} became {kept}");
        assert_eq!((kept / last).fract(), 0.0, "{value} became {kept}");
        assert_eq!(short(kept), kept);
        let sum = (0..1023).fold(0.0, |sum, _| sum + kept * short(0.37));
        assert_eq!(f64::from(sum), 1023.0 * f64::from(kept) * f64::from(short(0.37)));
    }
    assert_eq!(short(0.0), 0.0);
}

#[test]
fn constant_rows() {
    let mut signs = [9.0; 3];
    assert_eq!(binary_row(&[0.5; 3], &mut signs), 0.0);
    assert_eq!(signs, [1.0; 3]);
    assert_eq!(ternary_row(&[0.5; 3], &mut signs), 0.0);
    assert_eq!(signs, [0.0; 3]);
}

#[test]
fn splitting_does_not_change_the_function() {
    let (rows, width) = (5, 31);
    let weights = uniform(&mut rng(2), rows * width, 1.0);
    let ternary = used(Matrix::Ternary(tensor(&weights, [rows, width])), width);
    let split = split_from_ternary(&weights, width);
    assert_eq!(split.log_ratio, 0.0);
    let matrix = Matrix::Split {
        high: tensor(&split.high, [rows, width]),
        low: tensor(&split.low, [rows, width]),
        scale: vector(&split.scale),
        log_ratio: vector(&[split.log_ratio]),
    };
    close("split", &used(matrix, width), &ternary, 1e-6);
    assert!(ternary.contains(&0.0), "the case must hold zeros to mean anything");
}

#[test]
fn ratios_of_split_matrices() {
    let expected = [(-9.0, 1.0), (0.49, 1.0), (0.5, 2.0), (1.5, 4.0), (2.5, 8.0), (9.0, 8.0)];
    for (log_ratio, ratio) in expected {
        assert_eq!(split_ratio(log_ratio), ratio);
    }
    assert_eq!(dropped_scale(0.9, 8.0), 2.0 * 0.9 * 8.0 / 9.0);
    assert_eq!(sign(-0.0), 1.0);
}

#[test]
fn starts_of_scales() {
    let values = [1.0, -3.0];
    assert_eq!(initial_scale(&values, Quant::signed(1)), 4.0);
    assert_eq!(initial_scale(&values, Quant::unsigned(1)), 8.0);
    assert_eq!(initial_scale(&values, Quant::unsigned(2)), 4.0 / 3.0f32.sqrt());
    assert_eq!(initial_scale(&[0.0], Quant::signed(4)), 1e-5);
}

#[test]
fn optimizer_step_by_hand() {
    let options = AdamW { lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.5, step: 1 };
    let (mut param, mut m, mut v) = ([1.0f32, -2.0], [0.0; 2], [0.0; 2]);
    adamw(&mut param, &[0.5, 0.0], &mut m, &mut v, &options);
    // the first step moves by the learning rate against the gradient's sign, after the decay
    close("param", &param, &[0.95 - 0.1, -1.9], 1e-6);
    close("m", &m, &[0.05, 0.0], 1e-6);
    close("v", &v, &[0.0025, 0.0], 1e-6);
}

#[test]
fn optimizer_and_norm_do_not_depend_on_threads() {
    let grad = uniform(&mut rng(3), 100_001, 1.0);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut param, mut m, mut v) = (grad.clone(), grad.clone(), vec![0.1; grad.len()]);
            let options =
                AdamW { lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.0, step: 3 };
            adamw(&mut param, &grad, &mut m, &mut v, &options);
            (gradient_norm([&param[..], &m[..], &grad[..7]]), param, m, v)
        })
    };
    assert!(run(1) == run(3));
    let expected: f64 = grad.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
    assert_eq!(gradient_norm([&grad[..]]), expected.sqrt() as f32);
}
