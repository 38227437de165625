//! What is there on all threads together is never more than what was said.
//!
//! A file of its own and a single test, since the allocator counts for the whole process.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::sleep,
    time::Duration,
};

use noctule_engine::{Engine, EngineError, KernelName, Memory, Options, Work};
use noctule_program::{
    Program,
    generate::{self, Bits, LayerShape, Shape, SourceShape},
    interpret::InputError,
    parts::{HeadTokens, Input},
};
use rayon::prelude::*;

mod support;

/// The system's allocator, counted.
struct Counted;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: the system's allocator does all of it.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Threads of this process.
fn running() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Waits for the threads of pools that are gone: they give their memory back when they end.
fn settle() {
    // Those of the first call are main, the test's own and an emulator's; elsewhere than on Linux nobody tells.
    static AT_REST: OnceLock<usize> = OnceLock::new();
    while running() > *AT_REST.get_or_init(running) {
        sleep(Duration::from_millis(1));
    }
    if running() == 0 {
        sleep(Duration::from_millis(50));
    }
}

/// The most bytes that were there during `work`, beyond those before.
fn peak<R>(work: impl FnOnce() -> R) -> (usize, R) {
    settle();
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = work();
    (PEAK.load(Relaxed) - before, result)
}

#[test]
fn what_is_there_is_what_was_said() {
    the_counter_counts_other_threads();
    random_programs_take_what_they_say();
    a_large_program_takes_what_it_says();
    every_kernel_says_what_a_batch_takes();
    loading_takes_what_was_said();
    a_budget_is_refused_before_anything_is_made();
}

const THREADS: [usize; 3] = [1, 2, 5];
const INPUTS: usize = 23;

fn options(threads: usize) -> Options {
    Options { threads, kernel: None }
}

/// What a pool of threads takes for itself, of which an engine says nothing: that of another like it,
/// and for each thread what it may get at any time, a block of a queue and a list of garbage.
fn pool(threads: usize) -> usize {
    if threads == 1 {
        return 0;
    }
    let items = [1_u8; INPUTS];
    let (taken, _) = peak(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| items.par_iter().with_max_len(1).map(|n| n + 1).collect::<Vec<_>>())
    });
    taken + threads * 4096
}

fn inputs(program: &Program) -> Vec<Input> {
    (0..INPUTS as u64).map(|n| generate::input(program, n)).collect()
}

/// What the answers of a batch take, which are the caller's.
fn answers(program: &Program) -> usize {
    let tokens = match program.head.tokens {
        HeadTokens::Pooled => 1,
        HeadTokens::PerToken(count) => count.min(program.max_tokens),
    };
    let logits = tokens * program.head.bias.len() * size_of::<i32>();
    INPUTS * (logits + size_of::<Result<Vec<i32>, InputError>>())
}

/// What an engine says, and the most that is there while it works.
fn said_and_seen(program: &Program, threads: usize, work: Work) -> (Memory, usize) {
    let inputs = inputs(program);
    let (seen, said) = peak(|| {
        let engine = Engine::new(program, options(threads)).unwrap();
        let (mut logits, mut session) = (Vec::new(), None);
        if work != Work::Batch {
            let session = session.insert(engine.session());
            inputs.iter().for_each(|input| session.run(input, &mut logits).unwrap());
        }
        if work != Work::Session {
            drop(engine.run_batch(&inputs));
            drop(engine.run_batch(&inputs[..INPUTS / 2]));
        }
        engine.memory()
    });
    (said, seen)
}

/// No more than was said. On one thread just that, in a session near it; how many threads take part
/// in a batch is a matter of chance.
fn check(program: &Program, name: &str) {
    for threads in THREADS {
        let pool = pool(threads);
        for work in [Work::Session, Work::Batch, Work::Both] {
            let (said, seen) = said_and_seen(program, threads, work);
            let answers = if work == Work::Session { 0 } else { answers(program) };
            let most = said.total(work) + answers;
            let text = format!("{name}, {threads} threads, {work:?}, {seen} bytes, {said:?}");
            assert!(seen <= most + pool, "{text}, answers {answers}, pool {pool}");
            if threads == 1 {
                assert_eq!(seen, most, "{text}");
            }
            if work == Work::Session {
                // What an earlier pool left may be given back meanwhile.
                assert!(seen + pool >= most, "{text}, pool {pool}");
            }
        }
    }
}

fn random_programs_take_what_they_say() {
    for seed in 0..support::programs(25) {
        check(&generate::program(seed), &format!("program {seed}"));
    }
}

/// Next to whose buffers a pool of threads is small: a set of buffers too many would be seen.
fn a_large_program_takes_what_it_says() {
    let program = large();
    check(&program, "the large program");
    let five = Engine::new(&program, options(5)).unwrap().memory();
    let one = Engine::new(&program, options(1)).unwrap().memory();
    assert_eq!(five.batch, 5 * one.batch);
    assert!(five.batch - five.session > pool(5), "{five:?}");
}

/// Long texts: much for each thread, little for the program.
fn large() -> Program {
    let layer = LayerShape {
        heads: 4,
        head_width: 32,
        ffn: 256,
        bits: Bits::all(4),
        low: [None; 6],
        softmax: true,
        causal: false,
    };
    let shape = Shape {
        source: SourceShape::Text { vocabulary: 50, segments: 2 },
        tokens: 300,
        width: 128,
        embed_norm: true,
        masks: 0,
        layers: vec![layer; 4],
        head: HeadTokens::Pooled,
        outputs: 3,
    };
    generate::sized(&shape, 1)
}

/// The parsed program and the prepared one. Maps of extras have nodes, which nobody can count.
fn loading_takes_what_was_said() {
    const NODES: usize = 1024;
    for seed in 0..support::programs(100) {
        let bytes = generate::program(seed).to_bytes();
        let (seen, said) = peak(|| {
            let program = Program::from_bytes(&bytes).unwrap();
            Engine::new(&program, options(1)).unwrap().memory().load
        });
        assert!((said..said + NODES).contains(&seen), "program {seed}: {said} said, {seen} seen");
    }
}

/// Not even the largest array is made for a program that is refused.
fn a_budget_is_refused_before_anything_is_made() {
    let program = large();
    for threads in THREADS {
        for work in [Work::Session, Work::Batch, Work::Both] {
            let memory = Engine::new(&program, options(threads)).unwrap().memory();
            let needed = memory.total(work);
            let within = |most| Engine::within(&program, options(threads), work, most);
            assert!(within(needed).is_ok());
            let (seen, refused) = peak(|| within(needed - 1).unwrap_err());
            assert!(matches!(refused, EngineError::Memory { needed: n, .. } if n == needed));
            assert!(seen < memory.program / 4, "{seen} bytes, {memory:?}");
        }
    }
}

fn every_kernel_says_what_a_batch_takes() {
    let program = generate::program(3);
    let inputs = inputs(&program);
    for kernel in KernelName::available() {
        let (seen, said) = peak(|| {
            let options = Options { threads: 1, kernel: Some(kernel) };
            let engine = Engine::new(&program, options).unwrap();
            drop(engine.run_batch(&inputs));
            engine.memory().total(Work::Batch)
        });
        assert_eq!(seen, said + answers(&program), "{kernel}");
    }
}

fn the_counter_counts_other_threads() {
    let make = || drop(std::hint::black_box(vec![1_u8; 1 << 20]));
    let (seen, ()) = peak(|| std::thread::spawn(make).join().unwrap());
    assert!(seen > 1 << 20, "{seen}");
}
