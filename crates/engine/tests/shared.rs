//! Programs that stay where they are: in a mapped file, or in bytes that somebody else keeps.

mod support;

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use noctule_engine::{Engine, KernelName, Options, VerifyError, verify};
use noctule_program::{
    Program,
    codes::{Changed, SharedBytes},
    generate,
    interpret::{self, InputError},
    parts::{Input, Source, Table},
};

const ONE: Options = Options { threads: 1, kernel: None };

/// Random programs, the tables of every other one of 8 bits.
fn program(seed: u64) -> Program {
    let mut parts = generate::program(seed).into_parts();
    if seed.is_multiple_of(2) {
        tables(&mut parts.embed.source).for_each(|table| table.bits = 8);
    }
    Program::new(parts).unwrap()
}

fn tables(source: &mut Source) -> impl Iterator<Item = &mut Table> {
    let tables = match source {
        Source::Text { token, position, segment } => {
            [Some(token), Some(position), segment.as_mut()]
        }
        Source::Channel { position, .. } | Source::Patches { position, .. } => {
            [Some(position), None, None]
        }
    };
    tables.into_iter().flatten()
}

fn inputs(program: &Program) -> Vec<Input> {
    (0..4).map(|n| generate::input(program, n)).collect()
}

/// A program whose tables are all in its file, and the file, which goes with the test.
struct Stored(Program, PathBuf);

impl Stored {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("noctule-{name}-{}.bmt", std::process::id()));
        let program = program(4);
        fs::write(&path, program.to_bytes()).unwrap();
        // Times of files have steps of a few milliseconds: what follows comes later.
        std::thread::sleep(std::time::Duration::from_millis(20));
        Self(program, path)
    }

    #[cfg(target_os = "linux")]
    fn mapped(&self) -> Program {
        Program::from_shared(&noctule_engine::map(&self.1).unwrap()).unwrap()
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.1);
    }
}

#[test]
fn shared_tables_give_the_same_answers_and_are_not_copied() {
    for seed in 0..support::programs(100) {
        let wanted = program(seed);
        let bytes: Arc<dyn SharedBytes> = Arc::new(wanted.to_bytes());
        let shared = Program::from_shared(&bytes).unwrap();
        assert!(shared == wanted && shared.to_bytes() == wanted.to_bytes(), "seed {seed}");
        let [own, borrowed] = [&wanted, &shared].map(|program| Engine::new(program, ONE).unwrap());
        let (own_memory, memory) = (own.memory(), borrowed.memory());
        assert_eq!(own_memory.shared, 0);
        assert_eq!(memory.program + memory.shared, own_memory.program, "seed {seed}");
        assert_eq!(own.run_batch(&inputs(&wanted)), borrowed.run_batch(&inputs(&wanted)));
    }
}

/// Other bytes from some moment on.
#[derive(Debug)]
struct Fickle {
    bytes: [Vec<u8>; 2],
    other: AtomicBool,
}

impl SharedBytes for Fickle {
    fn bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.other.load(Ordering::Relaxed))]
    }

    fn check(&self) -> Result<(), Changed> {
        Ok(())
    }
}

/// Whatever the bytes become and whoever does not notice: engine and interpreter still agree, and no
/// sum overflows (the interpreter's are checked).
#[test]
fn changed_bytes_are_still_a_valid_program() {
    for seed in 0..support::programs(60) {
        let program = program(2 * seed);
        let bytes = program.to_bytes();
        let noise = bytes.iter().map(|byte| byte.wrapping_mul(89) ^ seed as u8).collect();
        for other in [vec![0; bytes.len()], vec![0x80; bytes.len()], noise] {
            let fickle =
                Arc::new(Fickle { bytes: [bytes.clone(), other], other: AtomicBool::new(false) });
            let shared: Arc<dyn SharedBytes> = fickle.clone();
            let program = Program::from_shared(&shared).unwrap();
            fickle.other.store(true, Ordering::Relaxed);
            for kernel in KernelName::available() {
                let engine =
                    Engine::new(&program, Options { threads: 1, kernel: Some(kernel) }).unwrap();
                for input in inputs(&program) {
                    assert_eq!(engine.run(&input), interpret::run(&program, &input), "{seed}");
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod mapped {
    use super::*;

    /// Every answer is refused, and the reason names the file.
    fn refused(engine: &Engine, stored: &Stored) {
        let inputs = inputs(&stored.0);
        let mut answers = engine.run_batch(&inputs);
        answers.push(engine.run(&inputs[0]));
        for answer in answers {
            let Err(error @ InputError::Changed(_)) = answer else { panic!("{answer:?}") };
            assert!(error.to_string().contains(stored.1.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_file_cut_short_in_use_is_refused_and_ends_no_process() {
        for length in [0, 10, 4096] {
            let stored = Stored::new(&format!("cut-{length}"));
            let engine = Engine::new(&stored.mapped(), Options { threads: 2, kernel: None });
            let (engine, input) = (engine.unwrap(), generate::input(&stored.0, 1));
            assert_eq!(engine.run(&input), interpret::run(&stored.0, &input));
            let file = fs::File::options().write(true).open(&stored.1).unwrap();
            assert!(file.metadata().unwrap().len() > 4096);
            file.set_len(length).unwrap();
            refused(&engine, &stored);
            // Whole again, it is not the file that was checked.
            fs::write(&stored.1, stored.0.to_bytes()).unwrap();
            refused(&engine, &stored);
        }
    }

    #[test]
    fn a_file_written_to_in_use_is_refused() {
        let stored = Stored::new("written");
        let program = stored.mapped();
        let engine = Engine::new(&program, ONE).unwrap();
        assert_eq!(engine.check(), Ok(()));
        fs::write(&stored.1, stored.0.to_bytes()).unwrap();
        refused(&engine, &stored);
        assert!(engine.check().is_err());
        let verification = verify(&program, &inputs(&program), 1);
        assert!(matches!(verification, Err(VerifyError::Changed(_))), "{verification:?}");
    }

    #[test]
    fn a_file_replaced_by_another_of_its_name_does_no_harm() {
        let stored = Stored::new("replaced");
        let engine = Engine::new(&stored.mapped(), ONE).unwrap();
        let new = stored.1.with_extension("new");
        fs::write(&new, program(6).to_bytes()).unwrap();
        fs::rename(new, &stored.1).unwrap();
        let input = generate::input(&stored.0, 1);
        assert_eq!(engine.run(&input), interpret::run(&stored.0, &input));
        fs::remove_file(&stored.1).unwrap();
        assert_eq!(engine.run(&input), interpret::run(&stored.0, &input));
    }

    #[test]
    fn a_session_of_a_mapped_program_allocates_nothing() {
        let stored = Stored::new("session");
        let engine = Engine::new(&stored.mapped(), ONE).unwrap();
        let (mut session, mut logits) = (engine.session(), Vec::new());
        let input = generate::input(&stored.0, 1);
        session.run(&input, &mut logits).unwrap();
        let counted = allocation_counter::measure(|| session.run(&input, &mut logits).unwrap());
        assert_eq!(counted.count_total, 0);
    }
}
