//! How much other programs disturbed a measurement.

use std::{fs, time::Instant};

/// Clock ticks of Linux's accounts, a second.
const TICKS: f64 = 100.0;

/// An account of the processors' time, opened.
#[derive(Debug)]
pub struct Watch {
    start: Instant,
    /// This process, and those that it lets work.
    ours: Vec<u32>,
    others: f64,
}

impl Watch {
    /// Opens it, with the other processes that count as ours; none where the system does not tell.
    #[must_use]
    pub fn start(children: &[u32]) -> Option<Self> {
        let ours = [&[std::process::id()], children].concat();
        Some(Self { start: Instant::now(), others: others(&ours)?, ours })
    }

    /// Processors that other programs kept busy since the start, on average.
    #[must_use]
    pub fn others(&self) -> Option<f64> {
        let spent = others(&self.ours)? - self.others;
        Some((spent / self.start.elapsed().as_secs_f64()).max(0.0))
    }
}

/// Seconds that all processors were busy with what is not ours.
fn others(ours: &[u32]) -> Option<f64> {
    let own: Option<Vec<f64>> = ours.iter().map(|&process| of_process(process)).collect();
    Some(of_all()? - own?.into_iter().sum::<f64>())
}

/// Busy seconds of all processors: user, nice, system, interrupts.
fn of_all() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let mut fields = text.lines().next()?.split_whitespace().skip(1).map(str::parse::<f64>);
    let mut ticks = || fields.next()?.ok();
    let [user, nice, system, _idle, _wait, hard, soft] =
        [ticks()?, ticks()?, ticks()?, ticks()?, ticks()?, ticks()?, ticks()?];
    Some((user + nice + system + hard + soft) / TICKS)
}

/// Seconds of a process, all its threads together.
fn of_process(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold blanks; user and system time are the 12th and 13th fields behind it.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use super::*;

    #[test]
    fn our_own_work_disturbs_nobody() {
        let Some(before) = of_process(std::process::id()) else {
            // Past the test harness, which shows nothing of tests that pass.
            let line = b"NOT RUN: what disturbs a measurement (this system has no /proc)\n";
            std::io::stderr().write_all(line).unwrap();
            return;
        };
        let start = Instant::now();
        let mut x = 1_u64;
        while start.elapsed() < Duration::from_millis(200) {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        let own = of_process(std::process::id()).unwrap() - before;
        assert!(own > 0.02, "{own}");
        let watch = Watch::start(&[]).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let cores = std::thread::available_parallelism().unwrap().get() as f64;
        let others = watch.others().unwrap();
        assert!((0.0..=cores + 1.0).contains(&others), "{others}");
    }
}
