//! Running a session allocates nothing.

use allocation_counter::measure;
use noctule_engine::{Engine, KernelName, Options};
use noctule_program::generate;

#[test]
fn a_session_allocates_nothing() {
    for seed in 0..100 {
        let program = generate::program(seed);
        let inputs: Vec<_> = (0..6).map(|n| generate::input(&program, n)).collect();
        for kernel in KernelName::available() {
            let engine = Engine::new(&program, Options { threads: 1, kernel: Some(kernel) });
            let mut session = engine.unwrap().session();
            let mut logits = Vec::with_capacity(program.max_tokens * program.head.bias.len());
            let counted = measure(|| {
                for input in &inputs {
                    session.run(input, &mut logits).unwrap();
                }
            });
            assert_eq!(counted.count_total, 0, "program {seed}, kernel {kernel}");
        }
    }
}

#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(std::hint::black_box(vec![1_u8; 9])));
    assert_eq!(counted.count_total, 1);
}
