//! Each way in which a recipe can be wrong, and the recipes that come with the program.

use std::path::Path;

use noctule_train::trainer::Recipe;
use noctule_train::trainer::recipe::{Length, Start};

use super::support::{TINY_ECC, recipe};

/// The refusal of [`TINY_ECC`] with one piece of text replaced.
fn refused(old: &str, new: &str, parts: &[&str]) {
    assert!(TINY_ECC.contains(old), "{old:?} is not in the recipe");
    let text = TINY_ECC.replacen(old, new, 1);
    let message = Recipe::parse("my.toml", &text, &[]).expect_err(new).to_string();
    assert!(message.starts_with("my.toml: ") && !message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn every_mistake_names_its_field_and_a_remedy() {
    refused("[task]", "[task", &["not TOML"]);
    refused("[task]", "[tusk]", &["task", "add the table [task]"]);
    refused("[train]", "[exam]\n[train]", &["exam", "is not known; the tables are"]);
    refused("ebn0 =", "snr =", &["task", "unknown field `snr`"]);
    refused("\"ecc\"", "\"radio\"", &["task", "unknown variant `radio`"]);
    refused("code = \"bch-31-16\"", "", &["task.code", "name either"]);
    refused("[3.0, 6.0]", "[6.0, 3.0]", &["task.ebn0", "the lower one first"]);
    refused("evaluate_ebn0 = [4.0]", "evaluate_ebn0 = []", &["task.evaluate_ebn0", "at least one"]);
    refused("evaluate_words = 8", "evaluate_words = 0", &["task.evaluate_words", "at least 1"]);
    refused("evaluate_words = 8", "mask = \"some\"", &["task.mask", "rings, ecct, none"]);
    refused("layers = 1", "", &["model.layers", "is missing", "model.teacher"]);
    refused("layers = 1", "layers = 0", &["model.layers", "at least 1"]);
    refused("width = 8", "width = 9", &["model.width", "multiple of model.heads"]);
    refused("ffn = 16", "ffn = 16\nactivation = \"tanh\"", &["model.activation", "relu, gelu"]);
    refused("ffn = 16", "ffn = 16\nvocabulary = 5", &["model", "are for text"]);
    refused("layers = 1", "teacher = \"x\"", &["model.teacher", "remove them"]);
    refused("steps = 4", "", &["steps", "name either steps or epochs"]);
    refused("steps = 4", "epochs = 2", &["epochs", "have no end"]);
    refused("batch = 2", "", &["train.batch", "name either"]);
    refused("batch = 2", "batch_tokens = 200", &["train.batch_tokens", "only for labelled text"]);
    refused("learning_rate = 1e-2", "learning_rate = -1", &["learning_rate", "above 0"]);
    refused("warmup = 0.5", "warmup = 2.0", &["train.warmup", "from 0 to 1"]);
    refused("warmup = 0.5", "clip = 0.0", &["train.clip", "write inf"]);
    refused("warmup = 0.5", "weight_decay = -1", &["train.weight_decay"]);
    refused("warmup = 0.5", "decay = \"steep\"", &["train.decay", "linear, cosine, constant"]);
    refused("warmup = 0.5", "keep = \"all\"", &["keep", "best, last"]);
    refused("warmup = 0.5", "word_dropout = 0.1", &["word_dropout", "only for labelled text"]);
    refused("log_every = 1", "log_every = 0", &["train.log_every", "at least 1 step"]);
    refused(
        "seed = 5",
        "seed = 5\n[distill]\nlogits = 0\nhidden = 0\nscores = 0",
        &["distill", "not all of them 0"],
    );
    refused(
        "name = \"teacher\"",
        "name = \"a/b\"",
        &["stage.0 (a/b): name", "letters, digits and dashes"],
    );
    refused("name = \"teacher\"", "name = \"student\"", &["stage.1: name", "is there twice"]);
    refused(
        "weights = \"binary\"",
        "weights = \"unary\"",
        &["stage.1 (student): weights", "binary"],
    );
    refused(
        "weights = \"binary\"",
        "weights = \"split\"",
        &["stage.1 (student): weights", "ternary stage"],
    );
    refused(
        "activations = 1",
        "activations = 3",
        &["stage.1 (student): activations", "1, 2, 4, 8 or 32"],
    );
    refused(
        "activations = 1",
        "activations = { query = 1 }",
        &["activations", "has no bits: name it, or default"],
    );
    refused(
        "activations = 1",
        "activations = { default = 1, nose = 1 }",
        &["activations.nose", "is no site"],
    );
    refused(
        "activations = 1",
        "activations = 4\nattention = \"sps\"",
        &["activations", "set bits.attention to 1"],
    );
}

#[test]
fn float_cannot_follow_quantized_and_a_recipe_needs_stages() {
    let swapped = TINY_ECC.replace("float", "X").replace("binary", "float").replace("X", "binary");
    let swapped = swapped
        .replace("activations = 32", "activations = Y")
        .replace("activations = 1\n", "activations = 32\n");
    let swapped = swapped.replace("activations = Y", "activations = 1");
    let message = Recipe::parse("my.toml", &swapped, &[]).expect_err("is refused").to_string();
    assert!(message.contains("cannot follow a quantized one"), "{message}");
    let none = TINY_ECC.split("[[stage]]").next().expect("the tables before");
    let message = Recipe::parse("my.toml", none, &[]).expect_err("is refused").to_string();
    assert!(message.contains("stage: is missing; add at least one table [[stage]]"), "{message}");
}

#[test]
fn overrides_replace_fields_before_the_check() {
    let found = recipe(TINY_ECC, &["train.steps=7", "stage.1.steps=9", "stage.1.name=other"]);
    assert_eq!(found.stages[0].length, Length::Steps(7));
    assert_eq!(
        (found.stages[1].length, found.stages[1].name.as_str()),
        (Length::Steps(9), "other")
    );
    assert_ne!(found.fingerprint(), recipe(TINY_ECC, &[]).fingerprint());
    assert_eq!(
        recipe(TINY_ECC, &["train.steps=4"]).fingerprint(),
        recipe(TINY_ECC, &[]).fingerprint()
    );
    for (wrong, part) in [
        ("train.steps", "table.field=value"),
        ("steps=3", "name table and field"),
        ("stage.7.steps=3", "from 0"),
        ("train.steps.x=3", "no table"),
    ] {
        let message =
            Recipe::parse("my.toml", TINY_ECC, &[wrong.to_owned()]).expect_err(wrong).to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn the_recipes_that_come_with_the_program_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let mut read = 0;
    for entry in std::fs::read_dir(&folder).expect("the recipes") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let found = Recipe::read(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
            let fresh = matches!(found.start, Start::Fresh(_));
            assert!(!found.stages.is_empty() && (fresh || found.text.contains("runs/")));
            read += 1;
        }
    }
    assert_eq!(read, 7);
}
