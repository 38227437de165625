//! A self-contained folder with a design: sources, memory image, self-checking testbench, scripts.

mod folder;
mod scripts;

pub use folder::{FolderError, check, write};

use std::fmt::Write as _;

use noctule_program::{Program, interpret, parts::Input};

use crate::{
    config::Config,
    rtl::SOURCES,
    schedule::Schedule,
    sim::run::{RunError, run, words},
};

/// Why there is no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The program does not run on the configuration.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A testbench would demand a wrong answer.
    #[error(
        "simulator and interpreter differ: {} and {} logits, the first difference at {at}; no design is written", .simulated.len(), .interpreted.len()
    )]
    Differ {
        /// The simulator's logits.
        simulated: Vec<i32>,
        /// The interpreter's.
        interpreted: Vec<i32>,
        /// The first logit that differs, or that one of them lacks.
        at: usize,
    },
}

/// What the testbench runs and what should come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// External memory from the image's address on.
    pub image: Vec<u8>,
    /// Beat of the image where the instructions start.
    pub program_beat: usize,
    /// Instructions.
    pub count: usize,
    /// Words of the input stream.
    pub input: Vec<u32>,
    /// Words of the output stream.
    pub output: Vec<i32>,
    /// Cycles.
    pub cycles: u64,
}

impl Case {
    /// A program's answer on an input, which simulator and interpreter give alike, and the simulator's cycles.
    ///
    /// # Errors
    /// An input that does not suit the program, a program that the configuration cannot hold, or answers that differ.
    pub fn new(program: &Program, config: &Config, input: &Input) -> Result<Self, CaseError> {
        let interpreted = interpret::run(program, input).map_err(RunError::from)?;
        let made = run(program, config, input)?;
        let tokens = program.embed.source.tokens(input, program.max_tokens);
        let tokens = tokens.map_err(RunError::from)?;
        let schedule = Schedule::new(program, config, tokens).map_err(RunError::from)?;
        Ok(Self {
            image: schedule.image(program, config).map_err(RunError::from)?,
            program_beat: schedule.program_beat(),
            count: schedule.stream.len(),
            input: words(input),
            output: agreed(made.logits, interpreted)?,
            cycles: made.timing.cycles,
        })
    }
}

/// The logits that both give.
fn agreed(simulated: Vec<i32>, interpreted: Vec<i32>) -> Result<Vec<i32>, CaseError> {
    if simulated == interpreted {
        return Ok(simulated);
    }
    let same = simulated.iter().zip(&interpreted).take_while(|(s, i)| s == i).count();
    Err(CaseError::Differ { simulated, interpreted, at: same })
}

/// A file of the folder: name and bytes.
pub type File = (String, Vec<u8>);

/// All files of a design; `about` says in a line what it was made from.
#[must_use]
pub fn files(config: &Config, case: &Case, about: &str) -> Vec<File> {
    let mut files = vec![("bat_pkg.sv".to_string(), crate::package::package(config).into_bytes())];
    files.extend(SOURCES.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())));
    let list: String = files.iter().map(|(name, _)| format!("{name}\n")).collect();
    let beat = config.sizes().beat / 8;
    let made: [(&str, Vec<u8>); 11] = [
        ("files.f", list.into_bytes()),
        ("image.hex", beats(&case.image, beat).into_bytes()),
        ("image.bin", case.image.clone()),
        ("input.hex", hex(case.input.iter().copied()).into_bytes()),
        ("output.hex", hex(case.output.iter().map(|&value| value as u32)).into_bytes()),
        ("sizes.svh", scripts::sizes(config, case).into_bytes()),
        ("amd_cells.sv", include_bytes!("../synth/cells.sv").to_vec()),
        ("tb.sv", include_bytes!("tb.sv").to_vec()),
        ("Makefile", include_bytes!("Makefile.in").to_vec()),
        ("vivado.tcl", scripts::vivado(config).into_bytes()),
        ("README.md", scripts::readme(config, case, about).into_bytes()),
    ];
    files.extend(made.map(|(name, bytes)| (name.to_string(), bytes)));
    files
}

/// A beat a line, highest byte first, as `$readmemh` takes it.
fn beats(image: &[u8], beat: usize) -> String {
    let mut text = String::with_capacity(image.len() * 2 + image.len() / beat + 1);
    for bytes in image.chunks(beat) {
        for byte in bytes.iter().rev() {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
    text
}

fn hex(words: impl Iterator<Item = u32>) -> String {
    words.map(|word| format!("{word:08x}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_is_a_line_and_its_first_byte_the_last() {
        assert_eq!(beats(&[1, 2, 0xab, 4], 2), "0201\n04ab\n");
        assert_eq!(hex([1, u32::MAX].into_iter()), "00000001\nffffffff\n");
    }

    #[test]
    fn a_testbench_demands_only_what_both_answer() {
        assert_eq!(agreed(vec![1, -2], vec![1, -2]), Ok(vec![1, -2]));
        for (wrong, first) in [(vec![1, 2], "at 1"), (vec![1], "at 1"), (vec![0, -2, 3], "at 0")] {
            let said = agreed(wrong, vec![1, -2]).unwrap_err().to_string();
            assert!(said.contains("differ") && said.contains(first), "{said}");
        }
    }

    #[test]
    fn a_case_holds_the_interpreters_answer() {
        let config = Config::preset("tiny").unwrap();
        let case = |seed| {
            let program = noctule_program::generate::program(seed);
            let input = noctule_program::generate::input(&program, seed);
            let case = Case::new(&program, &config, &input).ok()?;
            Some((case.output, interpret::run(&program, &input).unwrap()))
        };
        let cases: Vec<_> = (0..8).filter_map(case).collect();
        assert!(!cases.is_empty());
        assert!(cases.iter().all(|(output, answer)| output == answer));
    }

    #[test]
    fn a_design_lists_its_sources_and_names_no_address() {
        let config = Config::preset("tiny").unwrap();
        let case = Case {
            image: vec![0; 64],
            program_beat: 0,
            count: 1,
            input: vec![1],
            output: vec![-1],
            cycles: 7,
        };
        let files = files(&config, &case, "a test");
        let text = |name: &str| {
            let (_, bytes) = files.iter().find(|(n, _)| n == name).unwrap();
            String::from_utf8(bytes.clone()).unwrap()
        };
        for name in text("files.f").lines() {
            assert!(files.iter().any(|(n, _)| n == name), "{name}");
        }
        assert_eq!(text("files.f").lines().next(), Some("bat_pkg.sv"));
        assert!(text("sizes.svh").contains("CYCLES = 7"));
        assert!(text("vivado.tcl").contains("NOT RUN"));
        assert!(text("README.md").contains("a test"));
    }
}
