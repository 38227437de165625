//! Plain and fused forms agree, and fused results do not depend on the number of threads.

mod ops_support;

use burn::tensor::Tensor;
use noctule_train::ops::{AttentionForm, HeadMasks, Matrix, Pairs, Quant, Ragged, fused, plain};
use ops_support::{Outcome, assert_close, matrix, outcome, rng, uniform};

/// Relative to the largest magnitude of each result.
const TOLERANCE: f32 = 1e-5;

fn threads<R: Send>(count: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    pool.install(work)
}

/// Checks both forms against each other, and the fused one on 1, 2 and 3 threads and twice on 2.
#[track_caller]
fn check<const D: usize>(
    label: &str,
    leaves: &[Vec<f32>],
    plain: impl Fn(&[Tensor<1>]) -> Tensor<D>,
    fused: impl Fn(&[Tensor<1>]) -> Tensor<D> + Sync,
) {
    let expected = outcome(leaves, 7, plain);
    let run = |count: usize| -> Outcome { threads(count, || outcome(leaves, 7, &fused)) };
    let single = run(1);
    assert_close(label, &expected, &single, TOLERANCE);
    for count in [2, 2, 3] {
        assert!(run(count) == single, "{label}: bits differ on {count} threads");
    }
}

fn leaves(seed: u64, sizes: &[usize]) -> Vec<Vec<f32>> {
    let mut rng = rng(seed);
    sizes.iter().map(|&size| uniform(&mut rng, size, 1.0)).collect()
}

#[test]
fn quantizers() {
    for (seed, bits, signed) in
        [(1, 1, true), (2, 1, false), (3, 2, true), (4, 2, false), (5, 4, true), (6, 8, false)]
    {
        for (rows, width) in [(1, 1), (3, 5), (700, 33), (1, 40_000)] {
            let quant = Quant { bits, signed };
            let mut leaves = leaves(seed, &[rows * width, 1, width]);
            leaves[1] = vec![1.3 / quant.hi()];
            leaves[2].iter_mut().for_each(|shift| *shift *= 0.2);
            let label = format!("{quant:?} {rows}x{width}");
            let x = |t: &[Tensor<1>]| matrix(&t[0], rows, width);
            check(
                &label,
                &leaves,
                |t| plain::quantize(x(t), t[1].clone(), Some(t[2].clone()), quant),
                |t| fused::quantize(x(t), t[1].clone(), Some(t[2].clone()), quant),
            );
            check(
                &label,
                &leaves[..2],
                |t| plain::quantize(x(t), t[1].clone(), None, quant),
                |t| fused::quantize(x(t), t[1].clone(), None, quant),
            );
        }
    }
}

#[test]
fn quantizer_below_the_floor_of_its_scale() {
    let leaves = vec![vec![0.5, -0.5, 0.0], vec![-1.0]];
    let quant = Quant::signed(1);
    check(
        "floor",
        &leaves,
        |t| plain::quantize(matrix(&t[0], 1, 3), t[1].clone(), None, quant),
        |t| fused::quantize(matrix(&t[0], 1, 3), t[1].clone(), None, quant),
    );
}

fn matrices(t: &[Tensor<1>], outputs: usize, width: usize, form: usize) -> Matrix {
    let (high, low) = (matrix(&t[1], outputs, width), matrix(&t[2], outputs, width));
    match form {
        0 => Matrix::Float(high),
        1 => Matrix::Binary(high),
        2 => Matrix::Ternary(high),
        _ => Matrix::Split { high, low, scale: t[3].clone(), log_ratio: t[4].clone() },
    }
}

#[test]
fn linear_layers() {
    for (rows, width, outputs) in [(1, 1, 1), (5, 3, 7), (513, 65, 130), (300, 256, 129)] {
        for form in 0..4 {
            for ratio in [-0.7, 1.2, 3.3] {
                let mut leaves = leaves(
                    11,
                    &[rows * width, outputs * width, outputs * width, outputs, 1, outputs],
                );
                leaves[4] = vec![ratio];
                let x = |t: &[Tensor<1>]| matrix(&t[0], rows, width);
                check(
                    &format!("linear form {form} {rows}x{width}x{outputs} l={ratio}"),
                    &leaves,
                    |t| plain::linear(x(t), matrices(t, outputs, width, form), Some(t[5].clone())),
                    |t| fused::linear(x(t), matrices(t, outputs, width, form), Some(t[5].clone())),
                );
            }
        }
    }
}

#[test]
fn linear_layer_without_bias() {
    check(
        "no bias",
        &leaves(12, &[6, 15]),
        |t| plain::linear(matrix(&t[0], 2, 3), Matrix::Binary(matrix(&t[1], 5, 3)), None),
        |t| fused::linear(matrix(&t[0], 2, 3), Matrix::Binary(matrix(&t[1], 5, 3)), None),
    );
}

#[test]
fn norms() {
    for (rows, width) in [(1, 3), (3, 5), (300, 127)] {
        let leaves = leaves(21, &[rows * width, rows * width, width, width]);
        let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], rows, width);
        check(
            "add_norm",
            &leaves,
            |t| plain::add_norm(at(t, 0), at(t, 1), t[2].clone(), t[3].clone(), 1e-5),
            |t| fused::add_norm(at(t, 0), at(t, 1), t[2].clone(), t[3].clone(), 1e-5),
        );
        check(
            "norm",
            &leaves,
            |t| plain::norm(at(t, 0), t[2].clone(), t[3].clone(), 1e-5),
            |t| fused::norm(at(t, 0), t[2].clone(), t[3].clone(), 1e-5),
        );
    }
}

#[test]
fn activations() {
    for (rows, width) in [(1, 1), (90, 331)] {
        let mut leaves = leaves(31, &[rows * width]);
        leaves[0].iter_mut().for_each(|x| *x *= 6.0);
        let at = |t: &[Tensor<1>]| matrix(&t[0], rows, width);
        check("gelu", &leaves, |t| plain::gelu(at(t)), |t| fused::gelu(at(t)));
        check("relu", &leaves, |t| plain::relu(at(t)), |t| fused::relu(at(t)));
    }
}

#[test]
fn rows_of_tables() {
    let ids: Vec<u32> = (0..2000).map(|i| (i * i + 3 * i) % 17).collect();
    let values: Vec<f32> = (0..2000).map(|i| (i as f32 * 0.37).sin()).collect();
    check(
        "gather_rows",
        &leaves(41, &[17 * 23]),
        |t| plain::gather_rows(matrix(&t[0], 17, 23), &ids),
        |t| fused::gather_rows(matrix(&t[0], 17, 23), &ids),
    );
    check(
        "scale_rows",
        &leaves(42, &[2000 * 9]),
        |t| plain::scale_rows(matrix(&t[0], 2000, 9), &values),
        |t| fused::scale_rows(matrix(&t[0], 2000, 9), &values),
    );
}

#[test]
fn losses() {
    for (rows, width) in [(1, 2), (37, 1013)] {
        let leaves = leaves(51, &[rows * width, rows * width]);
        let targets: Vec<u32> = (0..rows as u32).map(|row| (row * 7) % width as u32).collect();
        let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], rows, width);
        check(
            "cross_entropy",
            &leaves[..1],
            |t| plain::cross_entropy(at(t, 0), &targets),
            |t| fused::cross_entropy(at(t, 0), &targets),
        );
        check(
            "mse",
            &leaves,
            |t| plain::mse(at(t, 0), at(t, 1)),
            |t| fused::mse(at(t, 0), at(t, 1)),
        );
    }
}

fn mask_of(positions: usize, heads: usize, causal: bool) -> HeadMasks {
    let masks = (0..heads).map(|head| {
        let allowed = |pair: usize| {
            let (row, column) = (pair / positions, pair % positions);
            row == column || (row * 5 + column * 3 + head) % 3 != 0
        };
        (head % 2 == 0).then(|| (0..positions * positions).map(allowed).collect())
    });
    HeadMasks::new(positions, masks.collect(), causal).unwrap()
}

fn attention_form(t: &[Tensor<1>], form: usize) -> AttentionForm {
    match form {
        0 => AttentionForm::Float,
        4 => {
            let reach = t[3].clone().detach() * 0.8;
            AttentionForm::Sps { scale: t[3].clone(), threshold: t[4].clone(), reach }
        }
        5 => AttentionForm::Softmax { scale: t[3].clone(), bits: 1, table: true },
        bits => {
            let scale = t[3].clone() * [0.0, 1.0, 0.3, 0.06][bits];
            AttentionForm::Softmax { scale, bits: [0, 1, 2, 4][bits], table: false }
        }
    }
}

#[test]
fn attention() {
    let batches: [(&[usize], usize, usize); 4] =
        [(&[1], 1, 1), (&[1, 4, 2], 1, 3), (&[9, 9, 17, 5], 4, 5), (&[33, 32], 2, 16)];
    for (lengths, heads, depth) in batches {
        let ragged = Ragged::from_lengths(lengths).unwrap();
        let (rows, width) = (ragged.rows(), heads * depth);
        let mut leaves = leaves(61, &[rows * width, rows * width, rows * width, 1, heads]);
        leaves[3] = vec![0.4];
        let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], rows, width);
        for form in 0..6 {
            for masks in [None, Some(mask_of(33, heads, false)), Some(mask_of(33, heads, true))] {
                let pairs = Pairs::new(&ragged, heads, masks.as_ref()).unwrap();
                check(
                    &format!("attention form {form} {lengths:?} mask {}", masks.is_some()),
                    &leaves,
                    |t| {
                        let form = attention_form(t, form);
                        plain::attention([0, 1, 2].map(|index| at(t, index)), pairs, form)
                    },
                    |t| {
                        let form = attention_form(t, form);
                        fused::attention([0, 1, 2].map(|index| at(t, index)), pairs, form)
                    },
                );
            }
        }
    }
}

#[test]
fn score_losses() {
    for (lengths, heads, depth) in [(&[1usize][..], 1, 1), (&[9, 9, 17, 5], 3, 7)] {
        let ragged = Ragged::from_lengths(lengths).unwrap();
        let (rows, width) = (ragged.rows(), heads * depth);
        let leaves = leaves(71, &[rows * width; 4]);
        let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], rows, width);
        for masks in [None, Some(mask_of(20, heads, true))] {
            let pairs = Pairs::new(&ragged, heads, masks.as_ref()).unwrap();
            let two = |t: &[Tensor<1>], from: usize| [at(t, from), at(t, from + 1)];
            check(
                "score_loss",
                &leaves,
                |t| plain::score_loss(two(t, 0), two(t, 2), pairs),
                |t| fused::score_loss(two(t, 0), two(t, 2), pairs),
            );
        }
    }
}

#[test]
fn inputs_without_gradients_stay_constants() {
    let x = ops_support::leaf(&[0.3, -0.4]).detach().inner();
    let scale = ops_support::leaf(&[0.5]);
    let constant = fused::relu(x.clone().reshape([1, 2]));
    assert!(!constant.is_autodiff());
    let mixed = fused::quantize(x.reshape([1, 2]), scale.clone(), None, Quant::signed(1));
    let gradients = mixed.sum().backward();
    let gradient: Vec<f32> = scale.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
    assert_eq!(gradient, [0.0]);
}
