//! `noctule export`.

use std::path::PathBuf;

use crate::{console::Console, error::Error, export::export, file::Overwrite};

/// Write a float network for texts as a folder that the transformers library opens
///
/// A classifier or regression becomes a BertForSequenceClassification, a pre-trained network a
/// BertForMaskedLM; float32 answers are the same but for rounding. That library's classifier reads a tanh
/// pooler, which networks trained here lack: they get one too small to bend anything. So keep float32 or
/// bfloat16 (float16 is too coarse for it), and to fine-tune the folder there, start pooler and classifier anew.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of a training run (its last stage is taken), or of one of its stages: RUN/stages/N-NAME
    folder: PathBuf,
    /// The folder to write: config.json, model.safetensors, vocab.txt, tokenizer.json, tokenizer_config.json
    #[arg(long)]
    out: PathBuf,
    /// Write into a folder that is there, replacing these files
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    console.emit(&export(&args.folder, &args.out, overwrite)?)
}
