//! Faults of the simulator's side: what the RTL is told, or what is expected of it.

use noctule_accel::{
    config::{Config, Outside, Sizes},
    cosim::Job,
    isa::Unit,
    schedule::Schedule,
    sim::run::{Timing, time},
};

use super::Bench;
use crate::jobs::{self, Case};

/// A unit's instructions that no longer wait for another unit.
const DROPPED: [(&str, Unit, Unit); 7] = [
    ("qmm does not wait for norm", Unit::Qmm, Unit::Norm),
    ("qmm does not wait for load", Unit::Qmm, Unit::Load),
    ("norm does not wait for qmm", Unit::Norm, Unit::Qmm),
    ("exp does not wait for qmm", Unit::Exp, Unit::Qmm),
    ("sel does not wait for exp", Unit::Sel, Unit::Exp),
    ("qmm does not wait for sel", Unit::Qmm, Unit::Sel),
    ("embed does not wait for load", Unit::Embed, Unit::Load),
];

type Change = fn(&mut Sizes, &mut Outside);

/// A simulator that has the configuration wrong.
const WRONG: [(&str, Change); 4] = [
    ("latency of one cycle more", |_, outside| outside.latency += 1),
    ("a byte more each cycle", |_, outside| outside.bytes_per_cycle += 1),
    ("queues twice as long", |sizes, _| sizes.queue *= 2),
    ("twice the bursts in flight", |sizes, _| sizes.outstanding *= 2),
];

/// What each fault is.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DROPPED.iter().map(|&(what, ..)| what).chain(WRONG.iter().map(|&(what, _)| what))
}

impl Bench {
    /// What each fault is, and the jobs with it.
    pub(super) fn simulator_faults(&self) -> impl Iterator<Item = (&'static str, Vec<Job>)> {
        let dropped = DROPPED.iter().map(|&(what, unit, on)| (what, self.without_wait(unit, on)));
        dropped.chain(WRONG.iter().map(|&(what, change)| (what, self.otherwise(change))))
    }

    /// The times are those of the stream without these waits, so that only bits can tell.
    fn without_wait(&self, unit: Unit, on: Unit) -> Vec<Job> {
        let job = |case: &Case| {
            let mut schedule: Schedule = case.schedule.clone();
            for scheduled in schedule.stream.iter_mut().filter(|s| s.op.unit() == unit) {
                scheduled.waits[on as usize] = 0;
            }
            let mut job = timed(case, &time(&schedule, &self.config, &case.job.input));
            let start = job.program as usize * self.config.sizes().beat / 8;
            let stream = schedule.stream.iter().flat_map(|scheduled| scheduled.encode().to_bytes());
            job.image.splice(start.., stream);
            job
        };
        self.cases.iter().map(job).collect()
    }

    fn otherwise(&self, change: Change) -> Vec<Job> {
        let (mut sizes, mut outside) = (self.config.sizes().clone(), self.config.outside().clone());
        change(&mut sizes, &mut outside);
        let config = Config::new("wrong", sizes, outside).unwrap();
        let job = |case: &Case| timed(case, &time(&case.schedule, &config, &case.job.input));
        self.cases.iter().map(job).collect()
    }
}

fn timed(case: &Case, timing: &Timing) -> Job {
    Job { cycles: Some(timing.cycles), trace: jobs::courses(timing), ..case.job.clone() }
}
