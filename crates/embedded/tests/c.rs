//! A program in C with the static library answers as the interpreter does, here and on aarch64.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use noctule_program::{Program, generate, interpret, parts::Input};

/// A machine that programs in C are built for and run on.
struct Machine {
    name: &'static str,
    target: Option<&'static str>,
    compiler: &'static str,
    /// What a command goes through.
    wrapper: &'static [&'static str],
    /// What runs a program.
    runner: Option<&'static str>,
}

const HERE: Machine =
    Machine { name: "this machine", target: None, compiler: "cc", wrapper: &[], runner: None };

const AARCH64: Machine = Machine {
    name: "aarch64",
    target: Some("aarch64-unknown-linux-gnu"),
    compiler: "aarch64-linux-gnu-gcc",
    wrapper: &["../engine/aarch64", "run"],
    runner: Some("qemu-aarch64-static"),
};

/// How the wrapper ends where the machine cannot be had.
const ABSENT: i32 = 77;

impl Machine {
    fn command(&self, words: &[&str]) -> Command {
        let words: Vec<_> = self.wrapper.iter().chain(words).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    /// The folder of what is built for it.
    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.name.replace(' ', "-"))
    }

    /// The static library; none where there is no compiler for the machine.
    fn library(&self) -> Option<PathBuf> {
        let folder = self.folder();
        let mut words = vec!["./build-library"];
        words.extend(self.target);
        words.extend(["--target-dir", folder.to_str().unwrap()]);
        let output = self.command(&words).output().unwrap();
        if output.status.code() == Some(ABSENT) {
            return None;
        }
        assert_success(&output);
        Some(PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()))
    }

    /// The example, linked without what it does not use.
    fn example(&self, library: &Path) -> PathBuf {
        let program = self.folder().join("answer");
        let paths = [library, &program].map(|path| path.to_str().unwrap());
        let [library, output] = paths;
        let mut words = vec![self.compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2"];
        words.extend(["-static", "-s", "-Wl,--gc-sections", "-Iinclude", "examples/answer.c"]);
        words.extend([library, "-o", output]);
        assert_success(&self.command(&words).output().unwrap());
        program
    }

    fn run(&self, program: &Path, model: &Path, input: &str) -> Output {
        let program = program.to_str().unwrap();
        let words: Vec<_> = self.runner.into_iter().chain([program]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(model);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the example reads.
fn text(input: &Input) -> String {
    let mut text = String::new();
    let mut put = |number: u32| write!(text, "{number} ").unwrap();
    match input {
        Input::Text { ids, segments } => {
            ids.iter().for_each(|&id| put(id));
            text.push_str("/ ");
            segments.iter().for_each(|segment| write!(text, "{segment} ").unwrap());
        }
        Input::Channel { magnitudes, syndrome } => {
            magnitudes.iter().for_each(|&magnitude| put(magnitude.into()));
            text.push_str("/ ");
            syndrome.iter().for_each(|&bit| write!(text, "{} ", u8::from(bit)).unwrap());
        }
        Input::Patches { pixels } => pixels.iter().for_each(|&pixel| put(pixel.into())),
    }
    text
}

fn trained() -> Program {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../noctule/assets/ldpc-49-24/trained.bmt");
    Program::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

/// The example's answers are those of the interpreter.
fn check(machine: &Machine) {
    let Some(library) = machine.library() else {
        let line = format!("NOT RUN: the example in C on {} (see above)\n", machine.name);
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    };
    let example = machine.example(&library);
    let programs = (0..12).map(generate::program).chain([trained()]);
    for (n, program) in programs.enumerate() {
        let model = machine.folder().join("model.bmt");
        std::fs::write(&model, program.to_bytes()).unwrap();
        let input = generate::input(&program, 7);
        let output = machine.run(&example, &model, &text(&input));
        assert_success(&output);
        let wanted = interpret::run(&program, &input).unwrap();
        let wanted: String = wanted.iter().map(|logit| format!("{logit}\n")).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted, "program {n}");
    }
    let model = machine.folder().join("model.bmt");
    std::fs::write(&model, [0; 9]).unwrap();
    let output = machine.run(&example, &model, "");
    assert_eq!(output.status.code(), Some(1));
    sizes(machine, &library, &example);
}

/// Past the test harness, which shows nothing of tests that pass.
fn sizes(machine: &Machine, library: &Path, example: &Path) {
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let line = format!(
        "the example in C on {}: 13 programs, all equal; library {} bytes, linked {}\n",
        machine.name,
        size(library),
        size(example)
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn the_example_answers_here() {
    check(&HERE);
}

#[test]
fn the_example_answers_on_aarch64() {
    check(&AARCH64);
}
