//! The whole way in one go, on the array LDPC code (49,24): distil, freeze, verify, measure.

use std::{
    fs,
    path::{Path, PathBuf},
};

use noctule_engine::Verification;
use noctule_program::{Program, generate};
use noctule_tasks::{
    data::Overflow,
    ecc::{Awgn, Bp, Budget, Code, Point, Uncoded, WordDecoder, bp::DEFAULT_ITERATIONS},
};
use noctule_train::{lower::Report, model::Model, trainer::Recipe};

use crate::{
    answer::{self, Decoder},
    compress::quoted,
    console::Console,
    error::Error,
    evaluate::{self, Curve, Curves},
    freeze::{Freezing, Frozen, freeze},
    model::{self, Resources},
    network::Network,
    training,
    verification::verify,
};

const RECIPE: &str = include_str!("../../../recipes/quickstart.toml");
const TEACHER: [(&str, &[u8]); 2] = [
    ("model.json", include_bytes!("../assets/ldpc-49-24/teacher/model.json")),
    ("model.safetensors", include_bytes!("../assets/ldpc-49-24/teacher/model.safetensors")),
];
const TRAINED: &[u8] = include_bytes!("../assets/ldpc-49-24/trained.bmt");

/// Signal-to-noise ratios of the table, in dB.
pub const RATIOS: [f64; 3] = [4.0, 5.0, 6.0];
/// Seed of the channel: every decoder sees the same words.
const SEED: u64 = 20_240_717;
/// Random inputs on which engine and interpreter are compared.
const VERIFIED: u64 = 50;

/// What the way gave.
pub struct Quickstart {
    /// The program distilled just now.
    pub program: Program,
    /// What freezing changed.
    pub report: Report,
    /// Engine against interpreter.
    pub verification: Verification,
    /// Error rates of every decoder.
    pub curves: Curves,
}

/// The classical decoders are fast and get so many times the words.
const CLASSICAL: u64 = 10;

/// Goes the whole way and measures each network on at most `words` words a ratio; the training run
/// lies in `folder` afterwards.
///
/// # Errors
/// Whatever goes wrong first, in one line.
pub fn quickstart(
    folder: &Path,
    overrides: &[String],
    words: u64,
    console: Console,
) -> Result<Quickstart, Error> {
    let teacher = unpack_teacher(folder)?;
    console.note("1/4 distil the float decoder into one-bit weights");
    let run = distil(folder, &teacher, overrides, console)?;
    console.note("2/4 freeze it into an integer program");
    let freezing = Freezing { table: None, overflow: Overflow::Refuse, word_bits: 8 };
    let Frozen { program, report } = freeze(&run, freezing)?;
    console.note("3/4 verify the engine against the interpreter");
    let inputs = (0..VERIFIED).map(|seed| generate::input(&program, seed));
    let verification = verify(&program, inputs, model::cores())?;
    console.note("4/4 measure error rates on the channel");
    let curves = measure_all(&program, &teacher, words, console)?;
    Ok(Quickstart { program, report, verification, curves })
}

/// The teacher that comes with this crate, as a model folder.
fn unpack_teacher(folder: &Path) -> Result<PathBuf, Error> {
    let teacher = folder.join("teacher");
    fs::create_dir_all(&teacher).map_err(|e| Error::system(&teacher, e))?;
    for (name, bytes) in TEACHER {
        let path = teacher.join(name);
        fs::write(&path, bytes).map_err(|e| Error::system(&path, e))?;
    }
    Ok(teacher)
}

fn distil(
    folder: &Path,
    teacher: &Path,
    overrides: &[String],
    console: Console,
) -> Result<PathBuf, Error> {
    let mut all = vec![format!("model.teacher={}", quoted(&teacher.to_string_lossy()))];
    all.extend_from_slice(overrides);
    let recipe = Recipe::parse("quickstart.toml", RECIPE, &all)?;
    let run = folder.join("student");
    training::train(&recipe, folder, &run, false, console)?;
    Ok(run)
}

fn measure_all(
    program: &Program,
    teacher: &Path,
    words: u64,
    console: Console,
) -> Result<Curves, Error> {
    let student = decoder(program)?;
    let trained = Program::from_bytes(TRAINED).map_err(|e| Error::Input(e.to_string()))?;
    let trained = decoder(&trained)?;
    let code = student.code();
    let float = Model::load(teacher)?;
    let float = Network::new(teacher, float)?.decoder(code.clone());
    let classical = words.saturating_mul(CLASSICAL);
    let curves = vec![
        curve("uncoded", &Uncoded, code, classical, console)?,
        belief_propagation(code, classical, console)?,
        curve("float teacher", &float, code, words, console)
            .map_err(|e| float.failure().unwrap_or(e))?,
        curve("1-bit weights, this quickstart", &*student, code, words, console)?,
        curve("1-bit weights, fully trained", &*trained, code, words, console)?,
    ];
    Ok(Curves { code: code.name().to_owned(), curves })
}

fn decoder(program: &Program) -> Result<Box<Decoder>, Error> {
    match answer::Model::open(program, Path::new("the quickstart's program"), Resources::default())?
    {
        answer::Model::Channel(decoder) => Ok(decoder),
        answer::Model::Text(_) => {
            Err(Error::Input("the quickstart's program is no decoder".into()))
        }
    }
}

/// Belief propagation knows the noise, so it is made anew for each ratio.
fn belief_propagation(code: &Code, words: u64, console: Console) -> Result<Curve, Error> {
    let name = format!("belief propagation, {DEFAULT_ITERATIONS} iterations");
    let mut points = Vec::new();
    for ratio in RATIOS {
        let bp = Bp::new(code, &Awgn::new(ratio, code.rate()), DEFAULT_ITERATIONS);
        points.extend(measured(&name, &bp, code, &[ratio], words, console)?.points);
    }
    Ok(Curve { decoder: name, points })
}

fn curve(
    name: &str,
    decoder: &dyn WordDecoder,
    code: &Code,
    words: u64,
    console: Console,
) -> Result<Curve, Error> {
    measured(name, decoder, code, &RATIOS, words, console)
}

fn measured(
    name: &str,
    decoder: &dyn WordDecoder,
    code: &Code,
    ratios: &[f64],
    words: u64,
    console: Console,
) -> Result<Curve, Error> {
    let budget = Budget { min_block_errors: 100, max_words: words, batch: 1000 };
    let bar = console.bar(words, name);
    let mut progress = |p: &Point| bar.set_position(p.words);
    let curve = evaluate::curve(name, decoder, code, ratios, budget, SEED, &mut progress);
    bar.finish_and_clear();
    curve
}
