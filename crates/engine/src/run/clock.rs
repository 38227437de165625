//! Time of each operator.
//!
//! A thread marks the end of each operator; what has passed since its last mark is the operator's. A mark
//! costs a look at the system's clock, some 30 ns, and nothing at all in the normal path, whose probe is
//! [`super::Blind`].

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use noctule_program::interpret::Tap;

use super::{Operator, Probe};

/// Operator times of the inferences that [`crate::Session::run_timed`] was given it for.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    layers: usize,
    threads: Vec<Hand>,
}

/// What one thread spent. Far from its neighbours, which other threads write.
#[derive(Debug)]
#[repr(align(128))]
struct Hand {
    /// Nanoseconds from the clock's start to the thread's last mark.
    last: AtomicU64,
    /// Nanoseconds, `[layers and outside][operators]`.
    spent: Vec<AtomicU64>,
}

impl Clock {
    pub(crate) fn new(layers: usize, threads: usize) -> Self {
        let cells = (layers + 1) * Operator::ALL.len();
        let hand = |_| Hand {
            last: AtomicU64::new(0),
            spent: (0..cells).map(|_| AtomicU64::new(0)).collect(),
        };
        Self { start: Instant::now(), layers, threads: (0..threads).map(hand).collect() }
    }

    /// Forgets what was measured.
    pub fn reset(&mut self) {
        for cell in self.threads.iter_mut().flat_map(|hand| &mut hand.spent) {
            *cell.get_mut() = 0;
        }
    }

    /// Time of each operator of each layer (none: outside), summed over the threads.
    pub fn times(&self) -> impl Iterator<Item = (Option<usize>, Operator, Duration)> + '_ {
        (0..=self.layers).flat_map(move |row| {
            let layer = row.checked_sub(1);
            Operator::ALL.into_iter().map(move |operator| {
                let cell = self.cell(layer, operator);
                let spent = self.threads.iter().map(|hand| hand.spent[cell].load(Relaxed));
                (layer, operator, Duration::from_nanos(spent.sum()))
            })
        })
    }

    fn cell(&self, layer: Option<usize>, operator: Operator) -> usize {
        layer.map_or(0, |n| n + 1) * Operator::ALL.len() + operator as usize
    }

    /// The calling thread's hand, and the time.
    fn now(&self) -> (&Hand, u64) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        (&self.threads[thread % self.threads.len()], self.start.elapsed().as_nanos() as u64)
    }
}

impl Probe for Clock {
    #[inline(always)]
    fn values<I: Iterator<Item = i32>>(&self, _: Tap, _: usize, _: usize, _: impl FnOnce() -> I) {}

    fn enter(&self) {
        let (hand, now) = self.now();
        hand.last.store(now, Relaxed);
    }

    fn mark(&self, layer: Option<usize>, operator: Operator) {
        let (hand, now) = self.now();
        let spent = now - hand.last.swap(now, Relaxed);
        hand.spent[self.cell(layer, operator)].fetch_add(spent, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use noctule_program::generate;

    use super::*;
    use crate::{Engine, Options};

    #[test]
    fn the_operators_take_the_whole_time() {
        let program = generate::sized(&wide(), 1);
        let input = generate::input_of(&program, 24, 1).unwrap();
        for threads in [1, 2] {
            let engine = Engine::new(&program, Options { threads, kernel: None }).unwrap();
            let (mut session, mut clock) = (engine.session(), engine.clock());
            let (mut plain, mut timed) = (Vec::new(), Vec::new());
            session.run(&input, &mut plain).unwrap();
            let share = (0..20)
                .map(|_| {
                    clock.reset();
                    let start = Instant::now();
                    session.run_timed(&input, &mut timed, &clock).unwrap();
                    let whole = start.elapsed() * threads as u32;
                    let sum: Duration = clock.times().map(|(_, _, spent)| spent).sum();
                    sum.as_secs_f64() / whole.as_secs_f64()
                })
                .fold(0.0, f64::max);
            assert_eq!(plain, timed);
            let least = if threads == 1 { 0.95 } else { 0.3 };
            assert!((least..=1.0).contains(&share), "{threads} threads: {share}");
        }
    }

    #[test]
    fn every_operator_is_marked() {
        let program = generate::sized(&wide(), 1);
        let engine = Engine::new(&program, Options { threads: 1, kernel: None }).unwrap();
        let clock = engine.clock();
        let input = generate::input_of(&program, 24, 1).unwrap();
        engine.session().run_timed(&input, &mut Vec::new(), &clock).unwrap();
        let seen: Vec<Operator> =
            clock.times().filter(|(_, _, spent)| !spent.is_zero()).map(|(_, o, _)| o).collect();
        for operator in Operator::ALL {
            assert!(seen.contains(&operator), "{operator:?}");
        }
    }

    /// Large enough that a mark is short against an operator.
    fn wide() -> generate::Shape {
        let mut shape = generate::Shape::bert_base(1, None);
        shape.layers.truncate(2);
        shape.layers.iter_mut().for_each(|layer| (layer.heads, layer.ffn) = (2, 512));
        let source = generate::SourceShape::Text { vocabulary: 50, segments: 2 };
        generate::Shape { width: 128, tokens: 24, source, ..shape }
    }

    #[test]
    fn operators_are_numbered_in_order() {
        assert!(Operator::ALL.iter().enumerate().all(|(n, operator)| *operator as usize == n));
    }
}
