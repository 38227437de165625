//! What training makes small (`docs/bmt.md` section 5).

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::{Arch, Forward, Head, ModelError, Rows, Targets};
use crate::ops;

/// What a step makes small: the task's own loss, or the distance from a teacher.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a> {
    /// What is wanted of the batch.
    pub targets: &'a Targets,
    /// The teacher, if there is one.
    pub teacher: Option<Teacher<'a>>,
}

/// A teacher's answer to the same batch.
#[derive(Clone, Copy, Debug)]
pub struct Teacher<'a> {
    /// Its forward pass; no gradient goes there.
    pub forward: &'a Forward,
    /// How much each distance counts.
    pub weights: LossWeights,
}

/// How much each part of the distillation loss counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeights {
    /// Distance of the answers.
    pub logits: f32,
    /// Distance of the residual streams.
    pub hidden: f32,
    /// Distance of the attention scores.
    pub scores: f32,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self { logits: 1.0, hidden: 1.0, scores: 1.0 }
    }
}

/// A loss and its parts, each `[1]`.
#[derive(Clone, Debug)]
pub struct Loss {
    /// What the backward pass starts from.
    pub total: Tensor<1>,
    /// The task's loss, or the distance of the answers.
    pub logits: Tensor<1>,
    /// Mean squared distance of the residual streams, if a teacher gave them.
    pub hidden: Option<Tensor<1>>,
    /// Mean squared distance of the attention scores, if a teacher gave them.
    pub scores: Option<Tensor<1>>,
}

impl Objective<'_> {
    /// The loss of an answer.
    ///
    /// # Errors
    /// [`ModelError::Rows`] if the targets or the teacher do not fit the answer.
    pub fn loss(&self, arch: &Arch, rows: &Rows, answer: &Forward) -> Result<Loss, ModelError> {
        self.targets.check(arch, rows)?;
        let Some(teacher) = &self.teacher else {
            let logits = task_loss(answer.logits.clone(), self.targets);
            return Ok(Loss { total: logits.clone(), logits, hidden: None, scores: None });
        };
        teacher.check(answer)?;
        teacher.distance(self.targets, arch, rows, answer)
    }
}

impl Targets {
    /// Whether there is one target for each answer, of the kind that the head gives.
    fn check(&self, arch: &Arch, rows: &Rows) -> Result<(), ModelError> {
        let batch = rows.ragged.batch();
        let (fits, found, wanted) = match (self, &arch.head) {
            (Self::Classes(classes), Head::Pooled { classes: count }) => {
                let known = classes.iter().all(|&class| (class as usize) < *count);
                (known, classes.len(), batch)
            }
            (Self::Scores(scores), Head::Pooled { classes }) => {
                (*classes == 1, scores.len(), batch)
            }
            (Self::Bits(bits), Head::PerToken { count }) => (true, bits.len(), batch * count),
            (Self::Words(words), Head::MaskedWords) => {
                (below_vocabulary(words, arch), words.len(), rows.positions.len())
            }
            _ => (false, 0, 0),
        };
        match fits && found == wanted {
            true => Ok(()),
            false => Err(ModelError::Rows(format!(
                "{found} targets where the head {:?} wants {wanted}, or targets out of its range",
                arch.head
            ))),
        }
    }
}

fn below_vocabulary(words: &[u32], arch: &Arch) -> bool {
    let super::Input::Text { vocab, .. } = arch.input else { return false };
    words.iter().all(|&word| (word as usize) < vocab)
}

/// Cross-entropy (classes, words), mean squared error (scores) or binary cross-entropy (bits).
fn task_loss(logits: Tensor<2>, targets: &Targets) -> Tensor<1> {
    match targets {
        Targets::Classes(classes) => ops::cross_entropy(logits, classes),
        Targets::Words(words) => ops::cross_entropy(logits, words),
        Targets::Bits(bits) => ops::binary_cross_entropy(logits, bits),
        Targets::Scores(scores) => {
            let wanted = Tensor::<1>::from_floats(scores.as_slice(), &logits.device());
            ops::mse(logits, wanted.reshape([scores.len(), 1]))
        }
    }
}

impl Teacher<'_> {
    fn check(&self, answer: &Forward) -> Result<(), ModelError> {
        let same = self.forward.logits.dims() == answer.logits.dims()
            && self.forward.hidden.len() == answer.hidden.len()
            && self.forward.hidden[0].dims() == answer.hidden[0].dims();
        match same {
            true => Ok(()),
            false => Err(ModelError::Rows(
                "the teacher's answer has another shape than the student's; both need the same \
                 architecture and batch"
                    .to_owned(),
            )),
        }
    }

    fn distance(
        &self,
        targets: &Targets,
        arch: &Arch,
        rows: &Rows,
        answer: &Forward,
    ) -> Result<Loss, ModelError> {
        let logits = self.answers(answer, targets);
        let hidden = self.streams(answer);
        let scores = self.scores(arch, rows, answer)?;
        let LossWeights { logits: c_logits, hidden: c_hidden, scores: c_scores } = self.weights;
        let total = logits.clone() * c_logits + hidden.clone() * c_hidden;
        let total = total + scores.clone() * c_scores;
        Ok(Loss { total, logits, hidden: Some(hidden), scores: Some(scores) })
    }

    fn answers(&self, answer: &Forward, targets: &Targets) -> Tensor<1> {
        let (logits, teacher) = (answer.logits.clone(), self.forward.logits.clone());
        match targets {
            Targets::Classes(_) | Targets::Words(_) => ops::soft_cross_entropy(logits, teacher),
            Targets::Scores(_) => ops::mse(logits, teacher.detach()),
            Targets::Bits(bits) => {
                let sure = activation::sigmoid(teacher.detach()).into_data();
                let mixed = sure.iter::<f32>().zip(bits).map(|(p, bit)| (p + bit) / 2.0);
                ops::binary_cross_entropy(logits, &mixed.collect::<Vec<_>>())
            }
        }
    }

    fn streams(&self, answer: &Forward) -> Tensor<1> {
        let pairs = answer.hidden.iter().zip(&self.forward.hidden);
        mean(pairs.map(|(own, other)| ops::mse(own.clone(), other.clone().detach())).collect())
    }

    fn scores(&self, arch: &Arch, rows: &Rows, answer: &Forward) -> Result<Tensor<1>, ModelError> {
        let masks = arch.head_masks()?;
        let pairs = rows.pairs(arch, masks.as_ref())?;
        let of_layer = |layer: usize| {
            let of = |answer: &Forward| [&answer.queries, &answer.keys].map(|x| x[layer].clone());
            ops::score_loss(of(answer), of(self.forward), pairs)
        };
        Ok(mean((0..arch.layers).map(of_layer).collect()))
    }
}

/// Mean of scalars `[1]`, of which there is at least one.
fn mean(losses: Vec<Tensor<1>>) -> Tensor<1> {
    Tensor::cat(losses, 0).mean()
}
