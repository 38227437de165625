//! Straight-through gradients by hand, exact gradients by finite differences.

mod ops_support;

use burn::tensor::Tensor;
use noctule_train::ops::{
    AttentionForm, HeadMasks, Matrix, Pairs, Quant, Ragged, ShapeError, fused, plain,
};
use ops_support::{close, differences, leaf, matrix, outcome, rng, uniform};

/// The gradients of the plain sum of the operation's values, one list for each leaf.
fn sums(leaves: &[&[f32]], operation: impl Fn(&[Tensor<1>]) -> Tensor<2>) -> [Vec<Vec<f32>>; 2] {
    let leaves: Vec<Tensor<1>> = leaves.iter().map(|values| leaf(values)).collect();
    let output = operation(&leaves);
    let values = output.to_data().try_to_vec().unwrap();
    let gradients = output.sum().backward();
    let gradient = |leaf: &Tensor<1>| match leaf.grad(&gradients) {
        Some(gradient) => gradient.into_data().try_to_vec().unwrap(),
        None => Vec::new(),
    };
    [vec![values], leaves.iter().map(gradient).collect()]
}

type Quantize = fn(Tensor<2>, Tensor<1>, Option<Tensor<1>>, Quant) -> Tensor<2>;
const QUANTIZE: [Quantize; 2] = [plain::quantize, fused::quantize];

#[test]
fn sign_quantizer_by_hand() {
    for quantize in QUANTIZE {
        let [values, gradients] = sums(&[&[0.1, -2.0, 0.4, 0.6], &[0.5], &[0.0, 0.1]], |t| {
            quantize(matrix(&t[0], 2, 2), t[1].clone(), Some(t[2].clone()), Quant::signed(1))
        });
        // x + s is 0.1, -1.9, 0.4, 0.7: inside where its magnitude is at most a = 0.5
        assert_eq!(values[0], [0.5, -0.5, 0.5, 0.5]);
        assert_eq!(gradients[0], [1.0, 0.0, 1.0, 0.0]);
        // codes +1 -1 +1 +1 sum to 2; G = 1 / sqrt(4 * 1)
        assert_eq!(gradients[1], [1.0]);
        assert_eq!(gradients[2], [2.0, 0.0]);
    }
}

#[test]
fn zero_has_the_code_one() {
    for quantize in QUANTIZE {
        let [values, _] = sums(&[&[0.0, -0.0], &[1.0]], |t| {
            quantize(matrix(&t[0], 1, 2), t[1].clone(), None, Quant::signed(1))
        });
        assert_eq!(values[0], [1.0, 1.0]);
    }
}

#[test]
fn unsigned_quantizer_by_hand() {
    for quantize in QUANTIZE {
        let [values, gradients] = sums(&[&[-0.5, 0.5, 1.25, 9.0], &[1.0]], |t| {
            quantize(matrix(&t[0], 1, 4), t[1].clone(), None, Quant::unsigned(2))
        });
        // round half up: 0.5 becomes 1
        assert_eq!(values[0], [0.0, 1.0, 1.0, 3.0]);
        assert_eq!(gradients[0], [0.0, 1.0, 1.0, 0.0]);
        // t: 0 (below), 0.5, -0.25, 3 (above); G = 1 / sqrt(4 * 3)
        let expected = 3.25 / 12.0f32.sqrt();
        close("da", &gradients[1], &[expected], 1e-6);
    }
}

#[test]
fn signed_quantizer_rounds_half_up() {
    for quantize in QUANTIZE {
        let [values, gradients] = sums(&[&[-1.5, -2.6, 1.5, -0.5], &[1.0]], |t| {
            quantize(matrix(&t[0], 1, 4), t[1].clone(), None, Quant::signed(2))
        });
        assert_eq!(values[0], [-1.0, -2.0, 1.0, 0.0]);
        // lo = -2, hi = 1: the second and third are outside
        assert_eq!(gradients[0], [1.0, 0.0, 0.0, 1.0]);
        // t: 0.5, -2, 1, 0.5; G = 1 / sqrt(4 * 1)
        assert_eq!(gradients[1], [0.0]);
    }
}

type Linear = fn(Tensor<2>, Matrix, Option<Tensor<1>>) -> Tensor<2>;
const LINEAR: [Linear; 2] = [plain::linear, fused::linear];

#[test]
fn binary_layer_by_hand() {
    for linear in LINEAR {
        let [values, gradients] = sums(&[&[1.0, 2.0], &[3.0, 1.0, -1.0, -1.0], &[0.5, 0.0]], |t| {
            let latent = matrix(&t[1], 2, 2);
            linear(matrix(&t[0], 1, 2), Matrix::Binary(latent), Some(t[2].clone()))
        });
        // rows: mean 2, m = 1, signs + -; mean -1, m = 0, signs + +
        assert_eq!(values[0], [1.0 - 2.0 + 0.5, 0.0]);
        assert_eq!(gradients[0], [1.0, -1.0]);
        assert_eq!(gradients[1], [1.0, 2.0, 1.0, 2.0]);
        assert_eq!(gradients[2], [1.0, 1.0]);
    }
}

#[test]
fn ternary_layer_by_hand() {
    for linear in LINEAR {
        let [values, gradients] = sums(&[&[1.0, 2.0, 3.0, 4.0], &[2.0, -3.0, 0.5, 0.5]], |t| {
            linear(matrix(&t[0], 1, 4), Matrix::Ternary(matrix(&t[1], 1, 4)), None)
        });
        // mean 0, mean magnitude 1.5, threshold 1.05: T = + - 0 0, e = 2.5
        assert_eq!(values[0], [2.5 - 5.0]);
        assert_eq!(gradients[0], [2.5, -2.5, 0.0, 0.0]);
        assert_eq!(gradients[1], [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn split_layer_by_hand() {
    for linear in LINEAR {
        let leaves: [&[f32]; 5] = [&[1.0, 2.0], &[1.0, -1.0], &[1.0, 1.0], &[3.0], &[1.2]];
        let [values, gradients] = sums(&leaves, |t| {
            let (high, low) = (matrix(&t[1], 1, 2), matrix(&t[2], 1, 2));
            let matrix = Matrix::Split { high, low, scale: t[3].clone(), log_ratio: t[4].clone() };
            linear(ops_support::matrix(&t[0], 1, 2), matrix, None)
        });
        // p = 2, unit 2k / 3 = 2: weights 2 * (2 + 1) and 2 * (-2 + 1)
        close("values", &values[0], &[6.0 - 4.0], 1e-6);
        close("dx", &gradients[0], &[6.0, -2.0], 1e-6);
        assert_eq!(gradients[1], [1.0, 2.0]);
        assert_eq!(gradients[2], [1.0, 2.0]);
        close("dk", &gradients[3], &[2.0 / 3.0], 1e-6);
        // d/dp of 2k (pS + T) / (1 + p) is 2k (S - T) / (1 + p)^2: 0 and -12 / 9, times x
        close("dl", &gradients[4], &[std::f32::consts::LN_2 * 2.0 * 2.0 * -12.0 / 9.0], 1e-6);
    }
}

#[test]
fn split_gradients_of_scale_and_ratio_match_the_smooth_formula() {
    let step = 1e-2f32;
    let [_, gradients] = sums(&[&[3.0, 5.0], &[1.0, 1.0], &[1.0, -1.0], &[0.7], &[2.0]], |t| {
        // signs: U + +, V + -; value = unit * (x0 (p + 1) + x1 (p - 1))
        let (high, low) = (matrix(&t[1], 1, 2), matrix(&t[2], 1, 2));
        let matrix = Matrix::Split { high, low, scale: t[3].clone(), log_ratio: t[4].clone() };
        fused::linear(ops_support::matrix(&t[0], 1, 2), matrix, None)
    });
    let smooth = |k: f32, l: f32| {
        let p = l.exp2();
        2.0 * k / (1.0 + p) * (3.0 * (p + 1.0) + 5.0 * (p - 1.0))
    };
    let dk = (smooth(0.7 + step, 2.0) - smooth(0.7 - step, 2.0)) / (2.0 * step);
    let dl = (smooth(0.7, 2.0 + step) - smooth(0.7, 2.0 - step)) / (2.0 * step);
    close("dk", &gradients[3], &[dk], 1e-3);
    close("dl", &gradients[4], &[dl], 1e-3);
}

fn leaves(seed: u64, sizes: &[usize]) -> Vec<Vec<f32>> {
    let mut rng = rng(seed);
    sizes.iter().map(|&size| uniform(&mut rng, size, 1.0)).collect()
}

/// Both the gradient of `operation` and its finite differences.
#[track_caller]
fn exact<const D: usize>(
    label: &str,
    leaves: &[Vec<f32>],
    operation: impl Fn(&[Tensor<1>]) -> Tensor<D>,
) {
    let gradients = outcome(leaves, 3, &operation).gradients;
    let expected = differences(leaves, 3, 1e-2, &operation);
    for (index, (gradient, expected)) in gradients.iter().zip(&expected).enumerate() {
        close(&format!("{label}: leaf {index}"), gradient, expected, 4e-3);
    }
}

#[test]
fn finite_differences_of_dense_operations() {
    let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], 3, 5);
    exact("add_norm", &leaves(1, &[15, 15, 5, 5]), |t| {
        fused::add_norm(at(t, 0), at(t, 1), t[2].clone(), t[3].clone(), 1e-2)
    });
    exact("gelu", &leaves(2, &[15]), |t| fused::gelu(at(t, 0)));
    exact("linear", &leaves(3, &[15, 20, 4]), |t| {
        fused::linear(at(t, 0), Matrix::Float(matrix(&t[1], 4, 5)), Some(t[2].clone()))
    });
    exact("gather_rows", &leaves(4, &[15]), |t| fused::gather_rows(at(t, 0), &[2, 0, 2, 2]));
    exact("scale_rows", &leaves(5, &[15]), |t| fused::scale_rows(at(t, 0), &[0.5, -2.0, 0.0]));
}

#[test]
fn finite_differences_of_losses() {
    let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], 3, 5);
    exact("cross_entropy", &leaves(6, &[15]), |t| fused::cross_entropy(at(t, 0), &[4, 0, 2]));
    exact("mse", &leaves(7, &[15, 15]), |t| fused::mse(at(t, 0), at(t, 1)));
    let teacher = leaves(8, &[15]);
    let teacher = || matrix(&leaf(&teacher[0]), 3, 5);
    exact("soft_cross_entropy", &leaves(9, &[15]), |t| {
        plain::soft_cross_entropy(at(t, 0), teacher())
    });
    let targets: Vec<f32> = (0..15).map(|i| (i % 3) as f32 / 2.0).collect();
    exact("binary_cross_entropy", &leaves(10, &[15]), |t| {
        plain::binary_cross_entropy(at(t, 0), &targets)
    });
}

#[test]
fn finite_differences_of_attention() {
    let ragged = Ragged::from_lengths(&[3, 1, 2]).unwrap();
    let at = |t: &[Tensor<1>], index: usize| matrix(&t[index], 6, 4);
    let causal = HeadMasks::new(3, vec![None, None], true).unwrap();
    for masks in [None, Some(&causal)] {
        let pairs = Pairs::new(&ragged, 2, masks).unwrap();
        exact("attention", &leaves(11, &[24, 24, 24]), |t| {
            let form = AttentionForm::Float;
            fused::attention([0, 1, 2].map(|index| at(t, index)), pairs, form)
        });
        let teacher = leaves(13, &[24, 24]);
        let teacher = |index: usize| matrix(&leaf(&teacher[index]), 6, 4);
        exact("score_loss", &leaves(12, &[24, 24]), |t| {
            fused::score_loss([at(t, 0), at(t, 1)], [teacher(0), teacher(1)], pairs)
        });
    }
}

/// Values and gradients of the `sps` form: one head of width 1, two tokens with scores 0.6 2; 1.2 4, threshold 1.
fn bits_of_scores(attention: Attention, reach: f32) -> [Vec<Vec<f32>>; 2] {
    let ragged = Ragged::from_lengths(&[2]).unwrap();
    let pairs = Pairs::new(&ragged, 1, None).unwrap();
    let leaves: [&[f32]; 5] = [&[1.0, 2.0], &[0.6, 2.0], &[1.0, 10.0], &[0.5], &[1.0]];
    sums(&leaves, |t| {
        let (scale, threshold) = (t[3].clone(), t[4].clone());
        let form = AttentionForm::Sps { scale, threshold, reach: leaf(&[reach]) };
        attention([0, 1, 2].map(|index| matrix(&t[index], 2, 1)), pairs, form)
    })
}

type Attention = fn([Tensor<2>; 3], Pairs<'_>, AttentionForm) -> Tensor<2>;
const ATTENTION: [Attention; 2] = [plain::attention, fused::attention];

#[test]
fn bits_of_scores_by_hand() {
    for attention in ATTENTION {
        let [values, gradients] = bits_of_scores(attention, 0.5);
        // bits 0 1; 1 1
        close("context", &values[0], &[5.0, 5.5], 1e-6);
        // weights' gradients 1 10; 1 10; only 0.6 and 1.2 lie within 1/2 of the threshold
        close("da", &gradients[3], &[(10.0 + 1.0 + 10.0) / 2.0], 1e-6);
        close("dlambda", &gradients[4], &[-(0.5 + 0.5)], 1e-6);
        close("dq", &gradients[0], &[0.5 * 0.6, 0.5 * 0.6], 1e-6);
        close("dk", &gradients[1], &[0.5 * 1.0 + 0.5 * 2.0, 0.0], 1e-6);
        close("dv", &gradients[2], &[0.5, 1.0], 1e-6);
    }
}

#[test]
fn bits_of_scores_with_a_wider_reach_by_hand() {
    for attention in ATTENTION {
        let [values, gradients] = bits_of_scores(attention, 1.0);
        close("context", &values[0], &[5.0, 5.5], 1e-6);
        // 2 lies just within 1 of the threshold too, 4 does not; the slope is a / 2 = 1/4
        close("da", &gradients[3], &[(10.0 + 1.0 + 10.0) / 2.0], 1e-6);
        close("dlambda", &gradients[4], &[-0.25 * (1.0 + 10.0 + 1.0)], 1e-6);
        close("dq", &gradients[0], &[0.25 * (0.6 + 20.0), 0.25 * 0.6], 1e-6);
        close("dk", &gradients[1], &[0.25 * (1.0 + 2.0), 0.25 * 10.0], 1e-6);
        close("dv", &gradients[2], &[0.5, 1.0], 1e-6);
    }
}

#[test]
fn quantized_softmax_counts_only_allowed_pairs() {
    let ragged = Ragged::from_lengths(&[2]).unwrap();
    let causal = HeadMasks::new(2, vec![None], true).unwrap();
    let leaves: [&[f32]; 4] = [&[0.0, 0.0], &[0.0, 0.0], &[3.0, 5.0], &[1.0]];
    let column = |t: &Tensor<1>| matrix(t, 2, 1);
    for attention in ATTENTION {
        let [values, gradients] = sums(&leaves, |t| {
            let form = AttentionForm::Softmax { scale: t[3].clone(), bits: 1, table: false };
            let [q, k, v] = [0, 1, 2].map(|index| column(&t[index]));
            attention([q, k, v], Pairs::new(&ragged, 1, Some(&causal)).unwrap(), form)
        });
        // probabilities 1; 1/2 1/2, all rounded up to 1
        assert_eq!(values[0], [3.0, 8.0]);
        // t = 0, 1/2, 1/2 with weights' gradients 3, 3, 5; N = 3
        close("da", &gradients[3], &[4.0 / 3.0f32.sqrt()], 1e-6);
    }
}

#[test]
fn refuses_tokens_that_may_attend_to_nothing() {
    let empty = HeadMasks::new(2, vec![Some(vec![true, false, false, false])], false);
    assert_eq!(empty, Err(ShapeError::EmptyRow { head: 0, row: 1, length: 2 }));
    let late = HeadMasks::new(2, vec![Some(vec![false, true, true, false])], false).unwrap();
    let short = Ragged::from_lengths(&[2, 1]).unwrap();
    let check = |ragged, heads| Pairs::new(ragged, heads, Some(&late)).map(|_| ());
    assert_eq!(check(&short, 1), Err(ShapeError::EmptyRow { head: 0, row: 0, length: 1 }));
    let long = Ragged::from_lengths(&[3]).unwrap();
    assert_eq!(check(&long, 1), Err(ShapeError::TooLong { positions: 2, length: 3 }));
    assert_eq!(check(&long, 2), Err(ShapeError::Heads { masks: 1, heads: 2 }));
    let causal = HeadMasks::new(2, vec![Some(vec![false, true, true, true])], true);
    assert_eq!(causal, Err(ShapeError::EmptyRow { head: 0, row: 0, length: 2 }));
    let size = HeadMasks::new(2, vec![None, Some(vec![true; 3])], false);
    assert_eq!(size, Err(ShapeError::MaskSize { head: 1, found: 3, expected: 4 }));
}

#[test]
fn refuses_empty_sequences() {
    assert!(Ragged::from_lengths(&[]).is_err());
    assert!(Ragged::from_lengths(&[2, 0, 1]).is_err());
    assert!(Ragged::new(vec![1, 2]).is_err());
    let ragged = Ragged::from_lengths(&[2, 1]).unwrap();
    assert_eq!((ragged.rows(), ragged.batch(), ragged.first_rows()), (3, 2, vec![0, 2]));
}
