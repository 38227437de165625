//! Running a session allocates nothing, and what is there before is what was said.

mod support;

use allocation_counter::measure;
use noctule_engine::{Engine, EngineError, KernelName, Memory, Options, Work};
use noctule_program::{Program, generate, parts::Input};

fn on(kernel: KernelName) -> Options {
    Options { threads: 1, kernel: Some(kernel) }
}

fn inputs(program: &Program) -> Vec<Input> {
    (0..6).map(|n| generate::input(program, n)).collect()
}

#[test]
fn a_session_allocates_nothing() {
    for seed in 0..support::programs(100) {
        let program = generate::program(seed);
        let inputs = inputs(&program);
        for kernel in KernelName::available() {
            let mut session = Engine::new(&program, on(kernel)).unwrap().session();
            let mut logits = Vec::new();
            session.run(&inputs[0], &mut logits).unwrap();
            let counted = measure(|| {
                for input in &inputs {
                    session.run(input, &mut logits).unwrap();
                }
            });
            assert_eq!(counted.count_total, 0, "program {seed}, kernel {kernel}");
        }
    }
}

/// What an engine says, and the largest number of bytes that were there at a time.
fn said_and_seen(program: &Program, kernel: KernelName) -> (Memory, usize) {
    let inputs = inputs(program);
    let mut said = None;
    let counted = measure(|| {
        let engine = Engine::new(program, on(kernel)).unwrap();
        said = Some(engine.memory());
        let (mut session, mut logits) = (engine.session(), Vec::new());
        for input in &inputs {
            session.run(input, &mut logits).unwrap();
        }
    });
    assert_eq!(counted.bytes_current, 0);
    (said.unwrap(), usize::try_from(counted.bytes_max).unwrap())
}

#[test]
fn memory_is_what_was_said() {
    for seed in 0..support::programs(300) {
        let program = generate::program(seed);
        for kernel in KernelName::available() {
            let (said, seen) = said_and_seen(&program, kernel);
            assert_eq!(
                said.total(Work::Session),
                seen,
                "program {seed}, kernel {kernel}, {said:?}"
            );
        }
    }
}

#[test]
fn too_little_memory_is_refused_before_buffers_are_there() {
    let program = generate::program(5);
    let options = on(KernelName::Scalar);
    let memory = Engine::new(&program, options).unwrap().memory();
    let needed = memory.total(Work::Session);
    assert!(Engine::within(&program, options, Work::Session, needed).is_ok());
    let counted = measure(|| {
        let error = Engine::within(&program, options, Work::Session, needed - 1).unwrap_err();
        assert!(matches!(error, EngineError::Memory { .. }));
        let message = error.to_string();
        assert!(message.contains(&format!("takes {needed} bytes")), "{message}");
    });
    assert!(counted.bytes_max < needed as u64, "{counted:?}, {memory:?}");
}

#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(std::hint::black_box(vec![1_u8; 9])));
    assert_eq!(counted.count_total, 1);
}
