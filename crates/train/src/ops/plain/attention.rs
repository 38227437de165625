//! Attention over packed sequences; neighbouring sequences of one length go together.

use burn::tensor::{Bool, Device, Tensor, TensorData, activation};

use super::quantize::quantize_shifted;
use super::{sign, through};
use crate::fold::EXPONENT_ONE;
use crate::ops::quantizer::{Quant, SCALE_FLOOR};
use crate::ops::{AttentionForm, HeadMasks, Pairs, Ragged};

/// Context `[rows, width]` of queries, keys and values `[rows, width]`.
pub fn attention([q, k, v]: [Tensor<2>; 3], pairs: Pairs<'_>, form: AttentionForm) -> Tensor<2> {
    let (heads, count) = (pairs.heads(), pairs.count());
    let runs = runs(pairs.ragged()).into_iter().map(|run| {
        let blocked = pairs.masks().map(|masks| run.blocked(masks, heads, &q.device()));
        let scores = run.scores(&q, &k, heads);
        let weights = weigh(scores, blocked, &form, count);
        run.join(weights.matmul(run.split(&v, heads)))
    });
    Tensor::cat(runs.collect(), 0)
}

/// Mean over allowed pairs of the squared difference of scores, of queries and keys `[rows, width]` each; the
/// teacher has no gradient.
pub fn score_loss([q, k]: [Tensor<2>; 2], teacher: [Tensor<2>; 2], pairs: Pairs<'_>) -> Tensor<1> {
    let (heads, count) = (pairs.heads(), pairs.count());
    let [teacher_q, teacher_k] = teacher.map(Tensor::detach);
    let runs = runs(pairs.ragged()).into_iter().map(|run| {
        let difference = run.scores(&q, &k, heads) - run.scores(&teacher_q, &teacher_k, heads);
        let difference = match pairs.masks() {
            Some(masks) => block(difference, run.blocked(masks, heads, &q.device()), 0.0),
            None => difference,
        };
        difference.powi_scalar(2).sum()
    });
    Tensor::cat(runs.collect(), 0).sum() / count as f32
}

/// Neighbouring sequences of one length.
struct Run {
    start: usize,
    batch: usize,
    length: usize,
}

fn runs(ragged: &Ragged) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, length) in ragged.lengths().enumerate() {
        match runs.last_mut() {
            Some(run) if run.length == length => run.batch += 1,
            _ => runs.push(Run { start: ragged.rows_of(index).start, batch: 1, length }),
        }
    }
    runs
}

impl Run {
    /// These sequences of `x`, `[batch, heads, length, d]`.
    fn split(&self, x: &Tensor<2>, heads: usize) -> Tensor<4> {
        let [_, width] = x.dims();
        let rows = x.clone().narrow(0, self.start, self.batch * self.length);
        rows.reshape([self.batch, self.length, heads, width / heads]).swap_dims(1, 2)
    }

    /// The inverse of `split`.
    fn join(&self, x: Tensor<4>) -> Tensor<2> {
        let [_, heads, _, d] = x.dims();
        x.swap_dims(1, 2).reshape([self.batch * self.length, heads * d])
    }

    /// `q k' / sqrt(d)`, `[batch, heads, length, length]`.
    fn scores(&self, q: &Tensor<2>, k: &Tensor<2>, heads: usize) -> Tensor<4> {
        let [_, width] = q.dims();
        let scale = 1.0 / ((width / heads) as f32).sqrt();
        self.split(q, heads).matmul(self.split(k, heads).transpose()) * scale
    }

    /// True where a pair may not attend, `[1, heads, length, length]`.
    fn blocked(&self, masks: &HeadMasks, heads: usize, device: &Device) -> Tensor<4, Bool> {
        let squares = (0..heads).flat_map(|head| masks.square(head, self.length));
        let blocked: Vec<bool> = squares.map(|allowed| !allowed).collect();
        Tensor::from_data(TensorData::new(blocked, [1, heads, self.length, self.length]), device)
    }
}

fn block(x: Tensor<4>, blocked: Tensor<4, Bool>, value: f32) -> Tensor<4> {
    let shape = x.shape();
    x.mask_fill(blocked.expand(shape), value)
}

fn weigh(
    scores: Tensor<4>,
    blocked: Option<Tensor<4, Bool>>,
    form: &AttentionForm,
    count: usize,
) -> Tensor<4> {
    if let AttentionForm::Sps { scale, threshold, reach } = form {
        let weights = sps(scores, [scale, threshold, reach].map(Clone::clone), count);
        return match blocked {
            Some(blocked) => block(weights, blocked, 0.0),
            None => weights,
        };
    }
    let masked = match blocked {
        Some(blocked) => block(scores, blocked, f32::NEG_INFINITY),
        None => scores,
    };
    match form {
        AttentionForm::Softmax { scale, bits, table } => {
            let soft = match table {
                true => table_softmax(masked),
                false => activation::softmax(masked, 3),
            };
            quantize_shifted(soft, scale.clone(), Quant::unsigned(*bits), count)
        }
        _ => activation::softmax(masked, 3),
    }
}

/// Softmax of exponentials in whole parts of [`EXPONENT_ONE`], with the gradient of softmax there.
fn table_softmax(scores: Tensor<4>) -> Tensor<4> {
    let fixed = scores.clone().detach();
    let exponents = (fixed.clone() - fixed.max_dim(3)).exp() * f32::from(EXPONENT_ONE);
    let whole = (exponents + 0.5).floor();
    let soft = whole.clone() / whole.sum_dim(3);
    let along = through_finite(&scores);
    let pull = along.clone() - (along * soft.clone()).sum_dim(3);
    soft.clone() + soft * pull
}

/// As [`through`], of scores of which some are minus infinity.
fn through_finite(scores: &Tensor<4>) -> Tensor<4> {
    let blocked = scores.clone().detach().equal_scalar(f32::NEG_INFINITY);
    through(&scores.clone().mask_fill(blocked, 0.0))
}

fn sps(scores: Tensor<4>, form: [Tensor<1>; 3], count: usize) -> Tensor<4> {
    let [scale, threshold, reach] = form;
    let [_, heads, _, _] = scores.dims();
    let above = scores - threshold.reshape([1, heads, 1, 1]);
    let bit = (sign(above.clone()) + 1.0) / 2.0;
    let width = reach.detach().reshape([1; 4]) * 2.0;
    let u = above.clone().detach() / width.clone() + 0.5;
    let near = u.clone().greater_equal_scalar(0.0).bool_and(u.lower_equal_scalar(1.0)).float();
    let step = scale.clone().detach().clamp_min(SCALE_FLOOR).reshape([1; 4]);
    let gain = 1.0 / (count.max(1) as f32).sqrt();
    let pull = through(&scale).reshape([1; 4]) * bit.clone() * gain;
    bit * step.clone() + through(&above) * near * (step / width) + pull
}
