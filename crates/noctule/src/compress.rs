//! The default recipe: from a teacher and data, or from a code, to a one-bit program.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use noctule_tasks::data::Columns;
use noctule_train::trainer::Recipe;

use crate::{error::Error, file};

/// What to compress.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A float teacher for labelled texts.
    Texts(Box<Texts>),
    /// A decoder for a code, teacher included: its words are drawn while training.
    Code {
        /// A name of the catalogue.
        code: String,
    },
}

/// A float teacher and its task.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Folder of the teacher: BERT-family checkpoint, or a model of this tool.
    pub teacher: String,
    /// Labelled texts to learn from.
    pub train: String,
    /// Labelled texts to judge by.
    pub dev: String,
    /// The columns of both, that of the label among them.
    pub columns: Columns,
    /// Whether the label is a number.
    pub regression: bool,
    /// Cut texts that are too long.
    pub truncate: bool,
}

/// Bits of activations that a program can end with, and the names of their stages.
const LADDER: [(u8, &str); 4] = [(8, "w1a8"), (4, "w1a4"), (2, "w1a2"), (1, "w1a1")];

/// The default recipe for `subject` down to `bits` of activations.
///
/// # Errors
/// [`Error::Usage`] for other bits than 1, 2, 4, 8; [`Error::Input`] for what the recipe's checks
/// or `overrides` have against it.
pub fn recipe(subject: &Subject, bits: u8, overrides: &[String]) -> Result<Recipe, Error> {
    if !LADDER.iter().any(|&(rung, _)| rung == bits) {
        return Err(Error::Usage(format!("--activations {bits}: give 1, 2, 4 or 8")));
    }
    let mut text = match subject {
        Subject::Texts(texts) => text_head(texts),
        Subject::Code { code } => code_head(code),
    };
    text.push_str(&stages(bits));
    Ok(Recipe::parse("default recipe", &text, overrides)?)
}

/// From ternary weights down the ladder: the step to one bit wants the step before it.
fn stages(bits: u8) -> String {
    let first = bits.max(4);
    let mut text = stage("ternary", "ternary", first);
    for (rung, name) in LADDER.into_iter().filter(|&(rung, _)| rung <= first && rung >= bits) {
        text.push_str(&stage(name, "binary", rung));
    }
    text
}

fn stage(name: &str, weights: &str, bits: u8) -> String {
    format!("\n[[stage]]\nname = {name:?}\nweights = {weights:?}\nactivations = {bits}\n")
}

fn text_head(texts: &Texts) -> String {
    let kind = if texts.regression { "regression" } else { "classification" };
    let Columns { header, text, pair, label } = &texts.columns;
    let mut head = format!("[task]\nkind = {kind:?}\nheader = {header}\n");
    let fields = [
        ("train", Some(&texts.train)),
        ("dev", Some(&texts.dev)),
        ("text", Some(text)),
        ("text_pair", pair.as_ref()),
        ("label", label.as_ref()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(head, "{name} = {}", quoted(value));
        }
    }
    let _ = writeln!(head, "truncate = {}", texts.truncate);
    head + &format!("\n[model]\nteacher = {}\n", quoted(&texts.teacher)) + TEXT_TRAIN
}

/// A text as TOML has it; Rust escapes other characters, and otherwise.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

const TEXT_TRAIN: &str = "
[train]
epochs = 1
batch = 32
learning_rate = 4e-4
warmup = 0.05
decay = \"linear\"
clip = 1.0
seed = 1
evaluate_every = 250
checkpoint_every = 100
word_dropout = 0.1
keep = \"best\"

[distill]
logits = 1.0
hidden = 1.0
scores = 0.2
";

fn code_head(code: &str) -> String {
    let code = quoted(code);
    format!("[task]\nkind = \"ecc\"\ncode = {code}\nebn0 = [2.0, 7.0]\n{CODE_TRAIN}")
}

const CODE_TRAIN: &str = "
[model]
layers = 4
width = 32
heads = 8
ffn = 128

[train]
steps = 5000
batch = 64
learning_rate = 2e-3
warmup = 0.05
decay = \"cosine\"
clip = 1.0
seed = 1
evaluate_every = 500
checkpoint_every = 250
keep = \"last\"

[distill]
logits = 1.0
hidden = 0.1
scores = 0.0

[[stage]]
name = \"teacher\"
weights = \"float\"
activations = 32
";

/// Files of a compression: the training run beside the program.
pub fn work_folder(out: &Path) -> PathBuf {
    file::beside(out, "work")
}

#[cfg(test)]
mod tests {
    use noctule_train::trainer::recipe::Start;

    use super::*;

    fn names(subject: &Subject, bits: u8) -> Vec<String> {
        let recipe = recipe(subject, bits, &[]).unwrap();
        recipe.stages.iter().map(|stage| stage.name.clone()).collect()
    }

    #[test]
    fn a_code_starts_with_its_teacher_and_ends_at_the_bits_asked_for() {
        let code = Subject::Code { code: "ldpc-49-24".into() };
        assert_eq!(names(&code, 1), ["teacher", "ternary", "w1a4", "w1a2", "w1a1"]);
        assert_eq!(names(&code, 4), ["teacher", "ternary", "w1a4"]);
        assert_eq!(names(&code, 8), ["teacher", "ternary", "w1a8"]);
        assert!(recipe(&code, 3, &[]).is_err());
    }

    /// Characters that Rust and TOML write differently.
    const TEACHER: &str = "a \"quoted\" folde\u{301}r\u{7f}\n";

    #[test]
    fn texts_start_from_their_teacher() {
        let texts = Texts {
            teacher: TEACHER.into(),
            train: "train.tsv".into(),
            dev: "dev.tsv".into(),
            columns: Columns {
                header: false,
                text: "4".into(),
                pair: None,
                label: Some("2".into()),
            },
            regression: false,
            truncate: true,
        };
        let subject = Subject::Texts(Box::new(texts));
        assert_eq!(names(&subject, 2), ["ternary", "w1a4", "w1a2"]);
        let Start::Teacher { folder, .. } = recipe(&subject, 2, &[]).unwrap().start else {
            panic!("a fresh network")
        };
        assert_eq!(folder, Path::new(TEACHER));
    }
}
