//! Boot, dispatch and queues of the simulated sequencer, checked by hand and by their rules.

use noctule_accel::{
    config::Config,
    isa::{Load, Op, Unit},
    sim::sequencer::Clock,
};

const B: i64 = 7;

fn load(beats: i64) -> Op {
    Op::Load(Load { dest: B, beats, ..Load::default() })
}

/// `tiny`: a beat of 64 bits each cycle, 20 cycles of latency, so an instruction is 8 beats.
fn tiny() -> Config {
    Config::preset("tiny").unwrap()
}

#[test]
fn one_load_counted_by_hand() {
    let mut clock = Clock::new(&tiny(), 0, 1, &[]);
    let issued = clock.issue(&load(2), &[0; 8], &[]);
    // Boot: accepted 1, formed 2, address 3, beats 23 to 30, done 32; ADDRESS 33, READ 34.
    assert_eq!(issued.pushed, 35);
    // Candidate after 36, head after 37.
    assert_eq!(issued.accept, 38);
    // Formed 39, address 40, beats 60 and 61.
    assert_eq!((issued.ready, issued.done), (40, 63));
    let report = clock.finish();
    assert_eq!((report.cycles, report.booted, report.bytes), (64, 32, 10 * 8));
    assert_eq!(report.busy[Unit::Load as usize], 2);
}

#[test]
fn nothing_takes_one_cycle() {
    assert_eq!(Clock::new(&tiny(), 0, 0, &[]).finish().cycles, 1);
}

#[test]
fn a_wait_is_over_two_cycles_after_done() {
    let mut clock = Clock::new(&tiny(), 0, 2, &[]);
    let first = clock.issue(&load(100), &[0; 8], &[]);
    let mut waits = [0; 8];
    waits[Unit::Load as usize] = 1;
    let second = clock.issue(&load(1), &waits, &[]);
    assert_eq!((second.accept, second.waited), (first.done + 2, Some(Unit::Load)));
}

#[test]
fn a_full_queue_stops_the_sequencer() {
    let config = tiny();
    let mut clock = Clock::new(&config, 0, 60, &[]);
    let mut waits = [0; 8];
    let issued: Vec<_> = (0..60)
        .map(|n| {
            // Each waits for the one before, which takes long: the queue fills.
            waits[Unit::Load as usize] = n;
            clock.issue(&load(64), &waits, &[])
        })
        .collect();
    for (n, pair) in issued.windows(2).enumerate() {
        assert!(pair[1].pushed >= pair[0].pushed + 2);
        assert_eq!(pair[1].accept, pair[0].done + 2, "{n}");
    }
    // The one after `at` moves from candidate to head, the next leaves the FIFO, the sequencer has room for one more.
    for at in 2..40 {
        assert_eq!(issued[at + config.sizes().queue + 1].pushed, issued[at].accept);
    }
}
