//! Sessions, batches, threads and kernels.

use std::process::Command;

use noctule_engine::{Engine, EngineError, KERNEL_VARIABLE, KernelName, Options};
use noctule_program::{
    Program,
    generate::{self, Bits, LayerShape, Shape, SourceShape},
    interpret,
    parts::{HeadTokens, Input},
};

fn options(threads: usize) -> Options {
    Options { threads, kernel: None }
}

/// Text of up to 150 tokens: several blocks of tokens, several words of them.
fn long(bits: u8, softmax: bool) -> Program {
    let layer = LayerShape {
        heads: 3,
        head_width: 21,
        ffn: 130,
        bits: Bits::all(bits),
        low: [None, Some(2), None, Some(0), None, Some(1)],
        softmax,
        causal: bits == 4,
    };
    let shape = Shape {
        source: SourceShape::Text { vocabulary: 50, segments: 2 },
        tokens: 150,
        width: 70,
        embed_norm: true,
        masks: 2,
        layers: vec![layer; 2],
        head: HeadTokens::PerToken(150),
        outputs: 3,
    };
    generate::sized(&shape, u64::from(bits))
}

fn text(program: &Program, tokens: usize) -> Input {
    let Input::Text { mut ids, .. } = full_text(program) else { unreachable!() };
    ids.truncate(tokens);
    Input::Text { ids, segments: Vec::new() }
}

fn full_text(program: &Program) -> Input {
    let inputs = (0..).map(|seed| generate::input(program, seed));
    let is_full = |input: &Input| matches!(input, Input::Text { ids, .. } if ids.len() == 150);
    inputs.into_iter().find(is_full).unwrap()
}

#[test]
fn lengths_may_change_within_a_session() {
    for (bits, softmax) in [(1, true), (1, false), (2, true), (4, false), (8, true)] {
        let program = long(bits, softmax);
        let inputs = [150, 1, 65, 16, 128, 17, 150, 2].map(|tokens| text(&program, tokens));
        let wanted = inputs.each_ref().map(|input| interpret::run(&program, input).unwrap());
        for threads in [1, 2, 3, 16] {
            let engine = Engine::new(&program, options(threads)).unwrap();
            let (mut session, mut logits) = (engine.session(), vec![7; 3]);
            for (input, wanted) in inputs.iter().zip(&wanted) {
                session.run(input, &mut logits).unwrap();
                assert_eq!(&logits, wanted, "{bits} bits, {threads} threads, {input:?}");
            }
        }
    }
}

#[test]
fn a_batch_is_its_inputs_one_by_one() {
    let program = long(1, true);
    let mut inputs: Vec<_> = (1..40).map(|n| text(&program, n * 53 % 150 + 1)).collect();
    inputs.insert(7, Input::Text { ids: vec![50], segments: vec![] });
    let wanted: Vec<_> = inputs.iter().map(|input| interpret::run(&program, input)).collect();
    assert!(wanted[7].is_err());
    for threads in [1, 2, 5] {
        let engine = Engine::new(&program, options(threads)).unwrap();
        assert_eq!(engine.threads(), threads);
        assert_eq!(engine.run_batch(&inputs), wanted);
        assert_eq!(engine.run(&inputs[0]), wanted[0]);
        assert_eq!(engine.run_batch(&[]), []);
    }
}

#[test]
fn unsuitable_inputs_get_the_interpreters_error() {
    for seed in 0..60 {
        let program = generate::program(seed);
        let engine = Engine::new(&program, options(1)).unwrap();
        for input in unsuitable() {
            assert_eq!(engine.run(&input), interpret::run(&program, &input), "{seed} {input:?}");
        }
    }
}

fn unsuitable() -> Vec<Input> {
    let text =
        |ids: &[u32], segments: &[u8]| Input::Text { ids: ids.into(), segments: segments.into() };
    vec![
        text(&[], &[]),
        text(&[0; 25], &[]),
        text(&[100], &[]),
        text(&[0], &[0, 0]),
        text(&[0], &[3]),
        Input::Channel { magnitudes: vec![1; 25], syndrome: vec![] },
        Input::Channel { magnitudes: vec![], syndrome: vec![true; 25] },
        Input::Patches { pixels: vec![0; 5] },
    ]
}

#[test]
fn foolish_thread_counts_are_refused() {
    let program = generate::program(0);
    for threads in [0, 1025, usize::MAX] {
        let error = Engine::new(&program, options(threads)).unwrap_err();
        assert!(matches!(error, EngineError::Threads(n) if n == threads));
        assert_eq!(error.to_string(), format!("threads is {threads}: give 1 to 1024"));
    }
}

#[test]
fn kernels_can_be_forced_by_options() {
    let program = generate::program(3);
    for name in KernelName::ALL {
        let engine = Engine::new(&program, Options { threads: 1, kernel: Some(name) });
        if KernelName::available().contains(&name) {
            assert_eq!(engine.unwrap().kernel_name(), name);
        } else {
            let message = engine.unwrap_err().to_string();
            assert!(message.contains("which this machine lacks: it can run scalar"), "{message}");
            assert!(message.contains(name.needs()), "{message}");
        }
    }
}

/// Run by [`kernels_can_be_forced_by_the_environment`] in a process with another environment.
#[test]
fn shows_its_kernel() {
    match Engine::new(&generate::program(3), options(1)) {
        Ok(engine) => println!("[{}]", engine.kernel_name()),
        Err(error) => println!("[{error}]"),
    }
}

#[test]
fn kernels_can_be_forced_by_the_environment() {
    for name in KernelName::available() {
        assert_eq!(kernel_with(&name.to_string()), name.to_string());
    }
    assert_eq!(
        kernel_with("mmx"),
        "NOCTULE_KERNEL: \"mmx\" is not a kernel: the kernels are scalar, avx2, avx512, vnni, amx, neon, neon-table, neon-dot"
    );
}

fn kernel_with(variable: &str) -> String {
    let mut command = this_program();
    command.args(["--exact", "shows_its_kernel", "--nocapture"]).env(KERNEL_VARIABLE, variable);
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let (_, rest) = output.split_once('[').unwrap();
    rest.rsplit_once(']').unwrap().0.to_owned()
}

/// This program once more, behind what the environment variable `NOCTULE_RUNNER` names, if any.
fn this_program() -> Command {
    let program = std::env::current_exe().unwrap();
    let Some(runner) = std::env::var_os("NOCTULE_RUNNER") else { return Command::new(program) };
    let mut command = Command::new(runner);
    command.arg(program);
    command
}
