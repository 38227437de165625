//! From the folder of a trained model to a program: calibration, lowering, card, report.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::tensor::Device;
use noctule_program::Program;
use noctule_tasks::{
    card::{Card, Task},
    data::{Dataset, Overflow, Table, Tokenizer},
    ecc::{Awgn, Code, DecoderView, alist::write_alist},
};
use noctule_train::{
    lower::{LowerOptions, Report, lower},
    model::{Input, Model, Rows},
    trainer::{
        model_folder,
        tasks::{ecc, text},
    },
};

use crate::{answer, error::Error, evaluate, file, model::Resources, network::Network};

/// Examples whose activations choose the binary point and are compared site by site.
const CALIBRATION: usize = 256;
/// Channel words that are measured before and after.
const MEASURED_WORDS: u64 = 4000;

/// A program and what freezing did to the network.
pub struct Frozen {
    /// The program, card included.
    pub program: Program,
    /// Agreement site by site, metric before and after, sizes.
    pub report: Report,
}

/// What the user may choose.
#[derive(Debug, Clone, Copy)]
pub struct Freezing<'a> {
    /// Labelled texts to calibrate on and to measure before and after; decoders need none.
    pub table: Option<&'a Table>,
    /// Whether texts may be cut to the network's length.
    pub overflow: Overflow,
    /// Bits of a code of the word table: 1, 2, 4 or 8.
    pub word_bits: u8,
}

/// Freezes the model that a training run, or one of its stages, left in `folder`.
///
/// # Errors
/// [`Error::Input`] names what is missing or wrong with folder, data or network; what the system refuses.
pub fn freeze(folder: &Path, freezing: Freezing<'_>) -> Result<Frozen, Error> {
    let folder = model_folder(folder)?;
    let model = Model::load(&folder)?;
    match model.arch.input {
        Input::Text { .. } => freeze_text(&folder, &model, freezing),
        Input::Channel { .. } => freeze_decoder(&folder, &model, freezing),
        Input::Patches { .. } => {
            Err(Error::input(&folder, "networks for images are lowered through the library"))
        }
    }
}

fn freeze_text(folder: &Path, model: &Model, freezing: Freezing<'_>) -> Result<Frozen, Error> {
    let table = freezing.table.ok_or_else(|| {
        Error::input(folder, "a network for texts is calibrated on texts; give --data")
    })?;
    let tokenizer = Tokenizer::from_folder(folder)?;
    let json = tokenizer.to_json()?;
    let task = match model.labels.is_empty() {
        true => Task::Regress { tokenizer: json },
        false => Task::Classify { labels: model.labels.clone(), tokenizer: json },
    };
    let dataset =
        Dataset::encode(table, &tokenizer, None, model.arch.max_tokens, freezing.overflow)?;
    let chosen: Vec<usize> = (0..dataset.examples.len().min(CALIBRATION)).collect();
    let rows = text::rows(&dataset, &chosen).map_err(|e| Error::Input(e.to_string()))?;
    let mut frozen = lowered(folder, model, &[rows], task, freezing)?;
    frozen.report.truncated = dataset.truncated();
    let labels = Some(&model.labels[..]).filter(|labels| !labels.is_empty());
    let expected = evaluate::targets(labels, folder, table)?;
    let before = Network::new(folder, model.clone())?.texts(&dataset)?;
    let (metric, before) = evaluate::metric(&before, &expected);
    let answer::Model::Text(program) = open(&frozen.program, folder)? else {
        return Err(unexpected(folder));
    };
    let after = evaluate::texts(&program, folder, table, freezing.overflow)?.value;
    let name = format!("{metric} on {}", table.path.display());
    frozen.report.measure(name, before, &frozen.program, |_| after);
    Ok(frozen)
}

fn freeze_decoder(folder: &Path, model: &Model, freezing: Freezing<'_>) -> Result<Frozen, Error> {
    let code = ecc::code_of(&model.extras).map_err(|e| Error::Input(e.to_string()))?;
    let task = Task::Decode { code: code.name().to_owned(), parity: write_alist(code.parity()) };
    let mut frozen = lowered(folder, model, &[channel_rows(&code)?], task, freezing)?;
    let network = Network::new(folder, model.clone())?.decoder(code.clone());
    let answer::Model::Channel(decoder) = open(&frozen.program, folder)? else {
        return Err(unexpected(folder));
    };
    let before = evaluate::bit_errors(&network, &code, MEASURED_WORDS)
        .map_err(|e| network.failure().unwrap_or(e))?;
    let after = evaluate::bit_errors(&*decoder, &code, MEASURED_WORDS)?;
    let name = format!("bit error rate at 4 dB, {MEASURED_WORDS} words");
    frozen.report.measure(name, before, &frozen.program, |_| after);
    Ok(frozen)
}

/// Received words at 3 to 6 dB.
fn channel_rows(code: &Code) -> Result<Rows, Error> {
    let each = CALIBRATION / 4;
    let words = [3.0, 4.0, 5.0, 6.0]
        .into_iter()
        .flat_map(|ebn0| Awgn::new(ebn0, code.rate()).words(code, 7, 0, each));
    let views: Vec<_> = words.map(|word| DecoderView::new(code, &word)).collect();
    ecc::rows(code, &views).map_err(|e| Error::Input(e.to_string()))
}

fn lowered(
    folder: &Path,
    model: &Model,
    rows: &[Rows],
    task: Task,
    freezing: Freezing<'_>,
) -> Result<Frozen, Error> {
    let provenance = vec![
        format!("noctule {}", env!("CARGO_PKG_VERSION")),
        format!("weights {:?}, activations {:?}", model.precision.weights, model.precision.bits),
    ];
    let extras: BTreeMap<_, _> = Card { task, provenance }.to_extras();
    let options = LowerOptions { word_bits: freezing.word_bits, extras, ..LowerOptions::default() };
    let lowered =
        lower(model, &Device::default(), rows, &options).map_err(|e| Error::input(folder, e))?;
    Ok(Frozen { program: lowered.program, report: lowered.report })
}

fn open(program: &Program, folder: &Path) -> Result<answer::Model, Error> {
    answer::Model::open(program, folder, Resources::default())
}

fn unexpected(folder: &Path) -> Error {
    Error::input(
        folder,
        "the program's card does not suit its network; this is a defect, please report it",
    )
}

/// Where the readable and the machine's report go, beside the program.
pub fn report_files(program: &Path) -> [PathBuf; 2] {
    ["report.txt", "report.json"].map(|end| file::beside(program, end))
}
