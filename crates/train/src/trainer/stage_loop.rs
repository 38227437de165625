//! The loop of one stage: steps, record, evaluations, checkpoints.

use super::checkpoint::{Checkpoints, Position};
use super::error::{Result, TrainError};
use super::files::create_folder_atomically;
use super::folder::RunFolder;
use super::learner::{Learner, StepReport};
use super::metrics::{self, MetricsFile, Record};
use super::plot;
use super::progress::{Event, Flow, Stopwatch};
use super::recipe::{Keep, Stage};
use super::schedule::Schedule;
use crate::model::ModelError;

/// Where events go.
pub type Callback<'a> = &'a mut dyn FnMut(&Event<'_>) -> Flow;

/// One stage of a run.
pub(crate) struct StageLoop<'a> {
    folder: &'a RunFolder,
    stage: &'a Stage,
    at: usize,
    steps: u64,
    checkpoints: Checkpoints,
}

impl<'a> StageLoop<'a> {
    /// The stage number `at`, of `steps` steps.
    pub(crate) fn new(folder: &'a RunFolder, stage: &'a Stage, at: usize, steps: u64) -> Result<Self> {
        Ok(Self { folder, stage, at, steps, checkpoints: folder.checkpoints(at)? })
    }

    /// Runs the stage from its last checkpoint to its end and saves its model; gives the first
    /// figure of the parameters that were kept, where there was an evaluation.
    pub(crate) fn run(&self, learner: &mut dyn Learner, tell: Callback<'_>) -> Result<Option<f64>> {
        let mut position = self.checkpoints.restore(learner)?;
        let mut record = MetricsFile::open(&self.folder.metrics(), (self.at, position.step))?;
        let schedule = Schedule::new(self.steps, self.stage.warmup, self.stage.decay);
        let mut watch = Stopwatch::start();
        let started = Event::StageStarted { stage: self.at, name: &self.stage.name, done: position.step, steps: self.steps };
        let mut flow = tell(&started);
        while position.step < self.steps && flow == Flow::Continue {
            let factor = schedule.factor(position.step);
            let report = learner.step(position.step, factor).map_err(|error| self.in_stage(error, position.step + 1))?;
            position.step += 1;
            flow = self.after_step(&position, &report, factor, &mut record, &mut watch, tell)?;
            if self.due(self.stage.evaluate_every, position.step) {
                self.evaluate(&mut position, learner, &mut record, tell)?;
            }
            let unfinished = position.step < self.steps;
            if unfinished && (position.step % self.stage.checkpoint_every == 0 || flow == Flow::Stop) {
                self.checkpoint(&position, learner, &record, tell)?;
            }
        }
        if position.step < self.steps {
            return Err(self.stopped(position.step));
        }
        self.finish(&position, learner, &record, tell)
    }

    /// Whether something that happens every so many steps, and at the end, happens now.
    fn due(&self, every: u64, step: u64) -> bool {
        step % every == 0 || step == self.steps
    }

    /// Adds to an error of a step what only the loop knows.
    fn in_stage(&self, error: TrainError, step: u64) -> TrainError {
        match error {
            TrainError::Model(ModelError::Diverged { what, .. }) => {
                let (folder, stage) = (self.folder.path().to_path_buf(), self.stage.name.clone());
                TrainError::Diverged { folder, stage, step, what }
            }
            other => other,
        }
    }

    fn stopped(&self, step: u64) -> TrainError {
        let (folder, stage) = (self.folder.path().to_path_buf(), self.stage.name.clone());
        TrainError::Stopped { folder, stage, step }
    }

    fn after_step(
        &self,
        position: &Position,
        report: &StepReport,
        factor: f64,
        record: &mut MetricsFile,
        watch: &mut Stopwatch,
        tell: Callback<'_>,
    ) -> Result<Flow> {
        let (step, loss) = (position.step, report.loss);
        let learning_rate = self.stage.learning_rate * factor;
        let pace = watch.lap(report.tokens, self.steps - step);
        if self.due(self.stage.log_every, step) {
            record.append(&Record::train(self.at, step, loss, learning_rate, pace.tokens_per_second))?;
        }
        Ok(tell(&Event::Step { stage: self.at, step, steps: self.steps, loss, learning_rate, pace }))
    }

    fn evaluate(
        &self,
        position: &mut Position,
        learner: &mut dyn Learner,
        record: &mut MetricsFile,
        tell: Callback<'_>,
    ) -> Result<()> {
        let Some(evaluation) = learner.evaluate()? else { return Ok(()) };
        record.append(&Record::evaluation(self.at, position.step, &evaluation))?;
        let best = position.judge(&evaluation, self.stage.keep);
        if best && self.stage.keep == Keep::Best && position.step < self.steps {
            tell(&Event::Writing { path: &self.checkpoints.best_at(position.step) });
            self.checkpoints.write_best(position.step, learner)?;
        }
        tell(&Event::Evaluated { stage: self.at, step: position.step, evaluation: &evaluation, best });
        Ok(())
    }

    fn checkpoint(
        &self,
        position: &Position,
        learner: &dyn Learner,
        record: &MetricsFile,
        tell: Callback<'_>,
    ) -> Result<()> {
        // First the record: a checkpoint counts on the lines before it.
        record.sync()?;
        tell(&Event::Writing { path: &self.checkpoints.at(position.step) });
        self.checkpoints.write(position, learner)?;
        self.draw()
    }

    fn draw(&self) -> Result<()> {
        plot::draw(&metrics::read(&self.folder.metrics())?, &self.folder.plot())
    }

    fn finish(
        &self,
        position: &Position,
        learner: &mut dyn Learner,
        record: &MetricsFile,
        tell: Callback<'_>,
    ) -> Result<Option<f64>> {
        record.sync()?;
        self.draw()?;
        let folder = self.folder.stage(self.at, self.stage);
        tell(&Event::Writing { path: &folder });
        let best = position.best.filter(|best| self.stage.keep == Keep::Best && best.step < self.steps);
        match best {
            Some(best) => copy_folder_atomically(&self.checkpoints.best_at(best.step), &folder)?,
            None => create_folder_atomically(&folder, |folder| learner.write_model(folder))?,
        }
        self.checkpoints.clear()?;
        let metric = position.best.map(|best| best.value());
        tell(&Event::StageEnded { stage: self.at, name: &self.stage.name, metric, folder });
        Ok(metric)
    }
}

/// Copies the files of a folder.
fn copy_folder_atomically(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    create_folder_atomically(to, |folder| {
        for entry in std::fs::read_dir(from).map_err(TrainError::io("list", from))? {
            let file = entry.map_err(TrainError::io("list", from))?.path();
            let copy = folder.join(file.file_name().unwrap_or_default());
            std::fs::copy(&file, &copy).map_err(TrainError::io("copy", &file))?;
        }
        Ok(())
    })
}
