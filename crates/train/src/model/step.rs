//! One optimisation step on host parameters: forward, backward, clipping, AdamW.

use std::collections::BTreeMap;

use burn::tensor::{Device, Gradients, Tensor};
use serde::{Deserialize, Serialize};

use super::leaves::{Leaf, host};
use super::loss::{Loss, Objective};
use super::shapes::{Entry, Kind, shapes};
use super::{Leaves, Model, ModelError, Params, Rows, Unobserved, forward};
use crate::ops::{AdamW, SCALE_FLOOR, adamw, gradient_norm};

/// The settings of one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepOptions {
    /// Learning rate of matrices, biases and norms.
    pub lr: f32,
    /// Learning rate of scales, shifts, thresholds and log-ratios.
    pub quantizer_lr: f32,
    /// Decoupled weight decay of matrices; nothing else decays.
    pub weight_decay: f32,
    /// Largest Euclidean norm of all gradients together; longer ones are shortened to it.
    pub clip: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub eps: f32,
}

impl Default for StepOptions {
    fn default() -> Self {
        Self {
            lr: 1e-4,
            quantizer_lr: 1e-4,
            weight_decay: 0.01,
            clip: 1.0,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
        }
    }
}

/// What a step saw, before it moved anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The loss.
    pub loss: f32,
    /// Its part from the answers.
    pub logits: f32,
    /// Its part from the residual streams, unweighted; 0 without a teacher.
    pub hidden: f32,
    /// Its part from the attention scores, unweighted; 0 without a teacher.
    pub scores: f32,
    /// Euclidean norm of all gradients before clipping.
    pub gradient_norm: f32,
}

/// The optimizer's memory: two moments of every parameter, and the steps taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    pub(super) m: BTreeMap<String, Vec<f32>>,
    pub(super) v: BTreeMap<String, Vec<f32>>,
    pub(super) step: u32,
}

impl Optimizer {
    /// Nothing remembered yet.
    #[must_use]
    pub fn fresh(params: &Params) -> Self {
        let tensors = params.tensors().iter();
        let zeros: BTreeMap<String, Vec<f32>> =
            tensors.map(|(name, tensor)| (name.clone(), vec![0.0; tensor.data.len()])).collect();
        Self { m: zeros.clone(), v: zeros, step: 0 }
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Takes one step: the model's parameters and this memory change, unless there is an error.
    ///
    /// On a CPU the result does not depend on the number of threads.
    ///
    /// # Errors
    /// [`ModelError::Rows`] if batch or targets do not fit the network, [`ModelError::Params`] if
    /// this memory is another network's, [`ModelError::Diverged`] if loss or gradients are not
    /// finite.
    pub fn step(
        &mut self,
        model: &mut Model,
        rows: &Rows,
        objective: &Objective<'_>,
        options: &StepOptions,
        device: &Device,
    ) -> Result<StepReport, ModelError> {
        let leaves = Leaves::trainable(&model.seen()?, device)?;
        let answer = forward(&leaves, &model.arch, &model.precision, rows, &mut Unobserved)?;
        let loss = objective.loss(&model.arch, rows, &answer)?;
        let gradients = gradients(&leaves, loss.total.backward());
        let norm = gradient_norm(gradients.values().map(Vec::as_slice));
        let report = report(&loss, norm);
        self.check_finite(&report)?;
        self.update(model, gradients, norm, options)?;
        Ok(report)
    }

    fn check_finite(&self, report: &StepReport) -> Result<(), ModelError> {
        let step = u64::from(self.step) + 1;
        if !report.loss.is_finite() {
            return Err(ModelError::Diverged { step, what: "the loss" });
        }
        if !report.gradient_norm.is_finite() {
            return Err(ModelError::Diverged { step, what: "the gradient" });
        }
        Ok(())
    }

    fn update(
        &mut self,
        model: &mut Model,
        gradients: BTreeMap<String, Vec<f32>>,
        norm: f32,
        options: &StepOptions,
    ) -> Result<(), ModelError> {
        let table = shapes(&model.arch, &model.precision);
        self.check(&table)?;
        self.step += 1;
        let shrink = (options.clip / norm).min(1.0);
        for (name, mut gradient) in gradients {
            gradient.iter_mut().for_each(|value| *value *= shrink);
            let kind = table.get(&name).map_or(Kind::Matrix, |entry| entry.kind);
            self.move_one(
                &mut model.params,
                &name,
                &gradient,
                &adamw_of(kind, options, self.step),
            )?;
            if kind == Kind::Scale {
                let values = &mut model.params.get_mut(&name)?.data;
                values.iter_mut().for_each(|value| *value = value.max(SCALE_FLOOR));
            }
        }
        Ok(())
    }

    fn move_one(
        &mut self,
        params: &mut Params,
        name: &str,
        gradient: &[f32],
        options: &AdamW,
    ) -> Result<(), ModelError> {
        let values = &mut params.get_mut(name)?.data;
        if let (Some(m), Some(v)) = (self.m.get_mut(name), self.v.get_mut(name)) {
            adamw(values, gradient, m, v, options);
        }
        Ok(())
    }

    /// Whether this memory is that of a network with these parameters.
    pub(super) fn check(&self, table: &BTreeMap<String, Entry>) -> Result<(), ModelError> {
        let fits = |moments: &BTreeMap<String, Vec<f32>>| {
            let sized = |(name, values): (&String, &Vec<f32>)| {
                table.get(name).is_some_and(|e| e.shape.iter().product::<usize>() == values.len())
            };
            moments.len() == table.len() && moments.iter().all(sized)
        };
        match fits(&self.m) && fits(&self.v) {
            true => Ok(()),
            false => Err(ModelError::Params(
                "the optimizer's memory belongs to another network; start it fresh".to_owned(),
            )),
        }
    }
}

fn adamw_of(kind: Kind, options: &StepOptions, step: u32) -> AdamW {
    AdamW {
        lr: if kind.quantizer() { options.quantizer_lr } else { options.lr },
        beta1: options.beta1,
        beta2: options.beta2,
        eps: options.eps,
        weight_decay: if kind == Kind::Matrix { options.weight_decay } else { 0.0 },
        step,
    }
}

/// The gradients that reached a parameter, by name.
fn gradients(leaves: &Leaves, mut found: Gradients) -> BTreeMap<String, Vec<f32>> {
    let gradient_of = |leaf: &Leaf| match leaf {
        Leaf::Vector(tensor) => tensor.grad_remove(&mut found).map(|g| host(g).data),
        Leaf::Matrix(tensor) => tensor.grad_remove(&mut found).map(|g| host(g).data),
    };
    let mut gradient_of = gradient_of;
    let pairs = leaves.iter().filter_map(|(name, leaf)| Some((name.clone(), gradient_of(leaf)?)));
    pairs.collect()
}

fn report(loss: &Loss, gradient_norm: f32) -> StepReport {
    StepReport {
        loss: scalar(&loss.total),
        logits: scalar(&loss.logits),
        hidden: loss.hidden.as_ref().map_or(0.0, scalar),
        scores: loss.scores.as_ref().map_or(0.0, scalar),
        gradient_norm,
    }
}

fn scalar(tensor: &Tensor<1>) -> f32 {
    tensor.clone().into_scalar()
}
