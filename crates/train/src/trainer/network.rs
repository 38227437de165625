//! The network of one stage, with optimizer, teacher and task.

use std::path::Path;

use burn::tensor::Device;

use super::error::Result;
use super::learner::{Learner, StepReport};
use super::progress::{Evaluation, LossParts};
use super::recipe::Stage;
use super::tasks::{Example, Task};
use crate::data::Overwrite;
use crate::model::{
    Forward, Leaves, LossWeights, Model, Objective, Optimizer, Rows, StepOptions, Teacher,
    Unobserved, forward, fresh_sites, init_scales,
};

const OPTIMIZER: &str = "optimizer.safetensors";

/// A network that learns a stage.
pub(crate) struct Network<'a> {
    stage: &'a Stage,
    at: usize,
    model: Model,
    optimizer: Optimizer,
    teacher: Option<Fixed>,
    task: &'a mut dyn Task,
    device: &'a Device,
}

/// A network that only answers.
struct Fixed {
    model: Model,
    leaves: Leaves,
}

impl Fixed {
    fn new(model: Model, device: &Device) -> Result<Self> {
        let leaves = Leaves::fixed(&model.seen()?, device)?;
        Ok(Self { model, leaves })
    }

    fn answer(&self, rows: &Rows) -> Result<Forward> {
        Ok(forward(&self.leaves, &self.model.arch, &self.model.precision, rows, &mut Unobserved)?)
    }
}

impl<'a> Network<'a> {
    /// The network of stage number `at`, made from the one before it; a quantized one learns from
    /// that one where `taught`.
    pub(crate) fn new(
        before: Model,
        taught: bool,
        stage: &'a Stage,
        at: usize,
        task: &'a mut dyn Task,
        device: &'a Device,
    ) -> Result<Self> {
        let model = if stage.is_float() {
            before.clone()
        } else {
            student(&before, stage, at, task, device)?
        };
        let teacher =
            (taught && !stage.is_float()).then(|| Fixed::new(before, device)).transpose()?;
        let optimizer = Optimizer::fresh(&model.params);
        Ok(Self { stage, at, model, optimizer, teacher, task, device })
    }

    fn options(&self, factor: f64) -> StepOptions {
        StepOptions {
            lr: (self.stage.learning_rate * factor) as f32,
            quantizer_lr: (self.stage.quantizer_learning_rate * factor) as f32,
            weight_decay: self.stage.weight_decay as f32,
            clip: self.stage.clip as f32,
            ..StepOptions::default()
        }
    }

    fn weights(&self) -> LossWeights {
        let parts = self.stage.distill;
        LossWeights {
            logits: parts.logits as f32,
            hidden: parts.hidden as f32,
            scores: parts.scores as f32,
        }
    }
}

/// A student with scales found from the first batch.
fn student(
    before: &Model,
    stage: &Stage,
    at: usize,
    task: &mut dyn Task,
    device: &Device,
) -> Result<Model> {
    let mut model = before.student(stage.precision.clone())?;
    let fresh = fresh_sites(&before.precision, &model.precision);
    let (rows, _) = task.batch(stage, at, 0)?;
    init_scales(&mut model, &fresh, &rows, device)?;
    model.start_point(&rows, device)?;
    Ok(model)
}

impl Learner for Network<'_> {
    fn step(&mut self, step: u64, factor: f64) -> Result<StepReport> {
        let (rows, targets): Example = self.task.batch(self.stage, self.at, step)?;
        let taught = self.teacher.as_ref().map(|teacher| teacher.answer(&rows)).transpose()?;
        let weights = self.weights();
        let teacher = taught.as_ref().map(|forward| Teacher { forward, weights });
        let objective = Objective { targets: &targets, teacher };
        let options = self.options(factor);
        let done =
            self.optimizer.step(&mut self.model, &rows, &objective, &options, self.device)?;
        let loss = LossParts {
            total: f64::from(done.loss),
            logits: f64::from(done.logits),
            hidden: f64::from(done.hidden),
            scores: f64::from(done.scores),
        };
        Ok(StepReport { loss, tokens: rows.ragged.rows() as u64 })
    }

    fn evaluate(&mut self) -> Result<Option<Evaluation>> {
        let network = Fixed::new(self.model.clone(), self.device)?;
        self.task.evaluate(&mut |rows| {
            Ok(network.answer(rows)?.logits.into_data().iter::<f32>().collect())
        })
    }

    fn write(&self, folder: &Path) -> Result<()> {
        self.model.save(folder)?;
        Ok(self.optimizer.save(&folder.join(OPTIMIZER))?)
    }

    fn read(&mut self, folder: &Path) -> Result<()> {
        self.model = Model::load(folder)?;
        self.optimizer = Optimizer::load(&folder.join(OPTIMIZER), &self.model)?;
        Ok(())
    }

    fn write_model(&self, folder: &Path) -> Result<()> {
        let mut model = self.model.clone();
        model.drop_branches()?;
        model.save(folder)?;
        if let Some(tokenizer) = self.task.interface().tokenizer {
            tokenizer.save(folder, Overwrite::No)?;
        }
        Ok(())
    }
}
