//! The loop of one stage: steps, record, evaluations, checkpoints.

use super::checkpoint::{Best, Checkpoints, Position};
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

/// A stage while it runs.
struct State<'a> {
    position: Position,
    record: MetricsFile,
    watch: Stopwatch,
    tell: Callback<'a>,
}

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
    pub(crate) fn new(
        folder: &'a RunFolder,
        stage: &'a Stage,
        at: usize,
        steps: u64,
    ) -> Result<Self> {
        Ok(Self { folder, stage, at, steps, checkpoints: folder.checkpoints(at)? })
    }

    /// Runs the stage from its last checkpoint to its end and saves its model; gives the first
    /// figure of the parameters that were kept, where there was an evaluation.
    pub(crate) fn run(&self, learner: &mut dyn Learner, tell: Callback<'_>) -> Result<Option<f64>> {
        let position = self.checkpoints.restore(learner)?;
        let record = MetricsFile::open(&self.folder.metrics(), (self.at, position.step))?;
        let mut state = State { position, record, watch: Stopwatch::start(), tell };
        let end = self.steps_to_end(&mut state, learner);
        end.map_err(|error| self.in_stage(error, state.position.step))
    }

    fn steps_to_end(
        &self,
        state: &mut State<'_>,
        learner: &mut dyn Learner,
    ) -> Result<Option<f64>> {
        let schedule = Schedule::new(self.steps, self.stage.warmup, self.stage.decay);
        let (done, name) = (state.position.step, self.stage.name.as_str());
        let started = Event::StageStarted { stage: self.at, name, done, steps: self.steps };
        let mut flow = (state.tell)(&started);
        while state.position.step < self.steps && flow == Flow::Continue {
            flow = self.step(state, learner, &schedule)?;
        }
        if state.position.step < self.steps {
            return Err(self.stopped(state.position.step));
        }
        self.finish(state, learner)
    }

    fn step(
        &self,
        state: &mut State<'_>,
        learner: &mut dyn Learner,
        schedule: &Schedule,
    ) -> Result<Flow> {
        let factor = schedule.factor(state.position.step);
        let report = learner.step(state.position.step, factor)?;
        state.position.step += 1;
        let step = state.position.step;
        let flow = self.report(state, &report, factor)?;
        if self.due(self.stage.evaluate_every, step) {
            self.evaluate(state, learner)?;
        }
        let due = step.is_multiple_of(self.stage.checkpoint_every) || flow == Flow::Stop;
        if due && step < self.steps {
            self.checkpoint(state, learner)?;
        }
        Ok(flow)
    }

    /// Whether something that happens every so many steps, and at the end, happens now.
    fn due(&self, every: u64, step: u64) -> bool {
        step.is_multiple_of(every) || step == self.steps
    }

    /// Adds to an error of a step what only the loop knows.
    fn in_stage(&self, error: TrainError, step: u64) -> TrainError {
        match error {
            TrainError::Model(ModelError::Diverged { what, .. }) => self.diverged(step, what),
            // The parameters fitted when the stage began, so only their values can be wrong now.
            TrainError::Model(ModelError::Params(_)) => self.diverged(step, "a parameter"),
            other => other,
        }
    }

    fn diverged(&self, step: u64, what: &'static str) -> TrainError {
        let (folder, stage) = (self.folder.path().to_path_buf(), self.stage.name.clone());
        TrainError::Diverged { folder, stage, step, what }
    }

    fn stopped(&self, step: u64) -> TrainError {
        let (folder, stage) = (self.folder.path().to_path_buf(), self.stage.name.clone());
        TrainError::Stopped { folder, stage, step }
    }

    fn report(&self, state: &mut State<'_>, report: &StepReport, factor: f64) -> Result<Flow> {
        let (step, loss) = (state.position.step, report.loss);
        let learning_rate = self.stage.learning_rate * factor;
        let pace = state.watch.lap(report.tokens, self.steps - step);
        if self.due(self.stage.log_every, step) {
            let speed = pace.tokens_per_second;
            state.record.append(&Record::train(self.at, step, loss, learning_rate, speed))?;
        }
        let (stage, steps) = (self.at, self.steps);
        Ok((state.tell)(&Event::Step { stage, step, steps, loss, learning_rate, pace }))
    }

    fn evaluate(&self, state: &mut State<'_>, learner: &mut dyn Learner) -> Result<()> {
        let Some(evaluation) = learner.evaluate()? else { return Ok(()) };
        let step = state.position.step;
        state.record.append(&Record::evaluation(self.at, step, &evaluation))?;
        let best = state.position.judge(&evaluation, self.stage.keep);
        if best && self.stage.keep == Keep::Best && step < self.steps {
            (state.tell)(&Event::Writing { path: &self.checkpoints.best_at(step) });
            self.checkpoints.write_best(step, learner)?;
        }
        (state.tell)(&Event::Evaluated { stage: self.at, step, evaluation: &evaluation, best });
        Ok(())
    }

    fn checkpoint(&self, state: &mut State<'_>, learner: &dyn Learner) -> Result<()> {
        // First the record: a checkpoint counts on the lines before it.
        state.record.sync()?;
        (state.tell)(&Event::Writing { path: &self.checkpoints.at(state.position.step) });
        self.checkpoints.write(&state.position, learner)?;
        self.draw()
    }

    fn draw(&self) -> Result<()> {
        plot::draw(&metrics::read(&self.folder.metrics())?, &self.folder.plot())
    }

    fn finish(&self, state: &mut State<'_>, learner: &dyn Learner) -> Result<Option<f64>> {
        state.record.sync()?;
        self.draw()?;
        let folder = self.folder.stage(self.at, self.stage);
        (state.tell)(&Event::Writing { path: &folder });
        let kept = |best: &Best| self.stage.keep == Keep::Best && best.step < self.steps;
        match state.position.best.filter(kept) {
            Some(best) => copy_folder_atomically(&self.checkpoints.best_at(best.step), &folder)?,
            None => create_folder_atomically(&folder, |folder| learner.write_model(folder))?,
        }
        self.checkpoints.clear()?;
        let metric = state.position.best.map(|best| best.value());
        let name = &self.stage.name;
        (state.tell)(&Event::StageEnded { stage: self.at, name, metric, folder });
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
