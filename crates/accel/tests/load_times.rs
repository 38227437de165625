//! The closed form of `load` against a plain simulation, cycle by cycle, of reader, external memory and writer.

use std::collections::VecDeque;

use noctule_accel::{
    config::Config,
    isa::Load,
    sim::{
        Times,
        load::{Bus, times},
    },
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// `T`, the destination that takes an entry a cycle, and `B`, which takes a beat a cycle.
const T: i64 = 5;
const B: i64 = 7;

struct Burst {
    available: u64,
    beats: u64,
    parts: u64,
    op: usize,
    last: bool,
}

/// All loads back to back, the next accepted as soon as the unit is ready.
fn plain(config: &Config, ops: &[Load], words: &[u32]) -> Vec<Times> {
    let bytes = config.sizes().beat as u64 / 8;
    let rate = config.outside().bytes_per_cycle.min(bytes);
    let mut runs: VecDeque<(usize, bool, bool, u64)> = VecDeque::new();
    for (n, op) in ops.iter().enumerate() {
        let rows = if op.indirect == 1 { op.rows as usize } else { 1 };
        for row in 0..rows {
            let id = if op.indirect == 1 { words[op.input as usize + row] & 0xff_ffff } else { 0 };
            let beat = op.source as u64 + u64::from(id) * op.stride as u64;
            runs.push_back((n, row == 0, row + 1 == rows, beat));
        }
    }
    let mut made = vec![Times { ready: 0, done: 0 }; ops.len()];
    let mut accepts = vec![0; ops.len()];
    let mut bursts: VecDeque<Burst> = VecDeque::new();
    let (mut now, mut wait, mut left, mut due, mut free, mut shown) = (0, 0, None, 0, 0, false);
    let mut ends = 0;
    while ends < ops.len() {
        let records = bursts.len();
        if let Some(burst) = bursts.front_mut() {
            if !shown && now >= burst.available && now * rate >= due {
                shown = true;
                due = due.max((now * rate).saturating_sub(rate - 1)) + bytes;
            }
            if shown && now >= free {
                (shown, free) = (false, now + burst.parts);
                burst.beats -= 1;
                if burst.beats == 0 {
                    if burst.last {
                        made[burst.op].done = now + 1 + burst.parts;
                        ends += 1;
                    }
                    bursts.pop_front();
                }
            }
        }
        // A run is begun, then its bursts are formed, one a cycle.
        if left.is_none()
            && let Some(&(n, first, _, beat)) = runs.front()
        {
            if first {
                accepts[n] = now;
            }
            left = Some((beat, ops[n].beats as u64));
            wait = now + 1 + if ops[n].indirect == 1 { 3 } else { 0 };
            // Only the first run of an instruction has a cycle of acceptance before it.
            wait -= u64::from(!first);
        }
        if let Some((beat, beats)) = left
            && now >= wait
            && records < config.sizes().outstanding
        {
            let (n, _, last_row, _) = runs[0];
            let chunk = (4096 / bytes).min(256);
            let fits = beats.min(chunk - beat % chunk);
            bursts.push_back(Burst {
                available: now + 1 + config.outside().latency,
                beats: fits,
                parts: if ops[n].dest == T { config.sizes().beat as u64 / 16 } else { 1 },
                op: n,
                last: last_row && fits == beats,
            });
            left = (fits < beats).then_some((beat + fits, beats - fits));
            if left.is_none() {
                runs.pop_front();
                if last_row {
                    made[n].ready = now + 1;
                }
            }
        }
        now += 1;
    }
    made
}

fn config(beat: usize, latency: u64, rate: u64, outstanding: usize) -> Config {
    let mut sizes = Config::preset("zcu102").unwrap().sizes().clone();
    (sizes.tile, sizes.p, sizes.pa, sizes.k) = (8, 8, 8, 128);
    (sizes.beat, sizes.outstanding) = (beat.min(512), outstanding);
    let mut outside = Config::preset("zcu102").unwrap().outside().clone();
    (outside.latency, outside.bytes_per_cycle) = (latency, rate);
    Config::new("test", sizes, outside).unwrap()
}

fn ops(random: &mut ChaCha8Rng) -> Vec<Load> {
    let mut below = |n: u64| (random.next_u64() % n) as i64;
    let mut one = || {
        let most = [3, 40, 900][below(3) as usize];
        Load {
            dest: if below(4) == 0 { T } else { B },
            source: below(3000),
            beats: 1 + below(most),
            indirect: i64::from(below(3) == 0),
            rows: 1 + below(6),
            input: below(4),
            stride: below(9),
            ..Load::default()
        }
    };
    (0..12).map(|_| one()).collect()
}

#[test]
fn closed_form_is_the_plain_simulation() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let words: Vec<u32> = (0..16).map(|_| (random.next_u32() % 700) | (3 << 24)).collect();
    for (beat, latency, rate, outstanding) in
        [(64, 1, 8, 2), (64, 20, 3, 16), (256, 40, 16, 4), (512, 60, 40, 2), (512, 9, 200, 64)]
    {
        let config = config(beat, latency, rate, outstanding);
        for _ in 0..40 {
            let ops = ops(&mut random);
            let (mut bus, mut accept) = (Bus::new(&config), 0);
            let quick = ops.iter().map(|op| {
                let times = times(op, config.sizes(), &mut bus, &words, accept);
                accept = times.ready;
                times
            });
            assert_eq!(quick.collect::<Vec<_>>(), plain(&config, &ops, &words), "{ops:?}");
        }
    }
}
