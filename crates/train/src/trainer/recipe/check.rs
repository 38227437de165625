//! From what the user wrote to what the program needs.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::check_task;
use super::typed::{self, Activations};
use super::{Distill, Keep, Length, Recipe, Size, Stage, Start, TaskSpec, TextSize, Vocabulary};
use crate::data::BatchSize;
use crate::model::{Activation, AttentionForm, FLOAT_BITS, Precision, Site, Sites, WeightForm};
use crate::trainer::error::{Result, TrainError};
use crate::trainer::schedule::Decay;

/// Makes errors that name the recipe's file.
pub(super) struct Checker<'a> {
    file: &'a str,
}

impl Checker<'_> {
    pub(super) fn fail<T>(&self, field: impl Into<String>, message: impl Into<String>) -> Result<T> {
        Err(TrainError::Recipe { file: self.file.to_owned(), field: field.into(), message: message.into() })
    }

    pub(super) fn require(&self, holds: bool, field: &str, message: &str) -> Result<()> {
        if holds { Ok(()) } else { self.fail(field, message) }
    }

    /// Takes a table out of the recipe and reads it.
    fn take<T: DeserializeOwned>(&self, table: &mut Table, name: &str) -> Result<Option<T>> {
        let Some(value) = table.remove(name) else { return Ok(None) };
        self.read(value, name).map(Some)
    }

    fn read<T: DeserializeOwned>(&self, value: Value, name: &str) -> Result<T> {
        value.try_into().or_else(|error: toml::de::Error| self.fail(name, super::single_line(&error.to_string())))
    }

    fn needed<T>(&self, value: Option<T>, field: &str, remedy: &str) -> Result<T> {
        value.map_or_else(|| self.fail(field, format!("is missing; {remedy}")), Ok)
    }

    /// One of several words.
    pub(super) fn choose<T: Copy>(&self, field: &str, word: &str, choices: &[(&str, T)]) -> Result<T> {
        let found = choices.iter().find(|(name, _)| *name == word);
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        found.map_or_else(
            || self.fail(field, format!("{word:?} is not known; write one of: {}", names.join(", "))),
            |(_, value)| Ok(*value),
        )
    }
}

/// Checks a whole recipe.
pub(super) fn recipe(file: &str, mut table: Table) -> Result<Recipe> {
    let checker = Checker { file };
    let text = toml::to_string(&table).or_else(|error| checker.fail("recipe", error.to_string()))?;
    let task = checker.take(&mut table, "task")?;
    let task = check_task::task(&checker, checker.needed(task, "task", "add the table [task]")?)?;
    let model = checker.take(&mut table, "model")?.unwrap_or_default();
    let start = start(&checker, model, &task)?;
    let train = checker.take(&mut table, "train")?;
    let train: typed::Train = checker.needed(train, "train", "add the table [train]")?;
    let distill = checker.take(&mut table, "distill")?;
    let written: Vec<typed::Stage> = stage_tables(&checker, &mut table)?;
    if let Some(unknown) = table.keys().next() {
        return checker.fail(unknown.as_str(), "is not known; the tables are task, model, train, distill and stage");
    }
    let mut stages = Vec::new();
    for (at, written) in written.iter().enumerate() {
        let stage = stage(&checker, &train, distill, written, &task)
            .map_err(|error| in_stage(error, at, &written.name))?;
        stages.push(stage);
    }
    check_order(&checker, &start, &stages, &task)?;
    Ok(Recipe { file: file.to_owned(), text, task, start, seed: train.seed, stages })
}

fn stage_tables(checker: &Checker<'_>, table: &mut Table) -> Result<Vec<typed::Stage>> {
    let list = match table.remove("stage") {
        Some(Value::Array(list)) if !list.is_empty() => list,
        _ => return checker.fail("stage", "is missing; add at least one table [[stage]]"),
    };
    list.into_iter().enumerate().map(|(at, value)| checker.read(value, &format!("stage.{at}"))).collect()
}

/// Puts the stage before the field of an error.
fn in_stage(error: TrainError, at: usize, name: &str) -> TrainError {
    match error {
        TrainError::Recipe { file, field, message } => {
            TrainError::Recipe { file, field: format!("stage.{at} ({name}): {field}"), message }
        }
        other => other,
    }
}

fn start(checker: &Checker<'_>, model: typed::Model, task: &TaskSpec) -> Result<Start> {
    if let Some(folder) = model.teacher.clone() {
        let typed::Model { layers, width, heads, ffn, vocabulary, .. } = model;
        let sized = layers.or(width).or(heads).or(ffn).or(vocabulary).is_some();
        let chosen = model.activation.is_some() || model.tokenizer.is_some();
        checker.require(!sized && !chosen, "model.teacher", "the sizes, activation and words are the teacher's: remove them")?;
        return Ok(Start::Teacher { folder, max_tokens: model.max_tokens });
    }
    let remedy = "name the size, or model.teacher";
    let size = |value: Option<usize>, field| -> Result<usize> {
        let value = checker.needed(value, field, remedy)?;
        checker.require(value > 0, field, "must be at least 1")?;
        Ok(value)
    };
    let (width, heads) = (size(model.width, "model.width")?, size(model.heads, "model.heads")?);
    checker.require(width % heads == 0, "model.width", "must be a multiple of model.heads")?;
    let activation = model.activation.as_deref().unwrap_or("relu");
    let activations = [("relu", Activation::Relu), ("gelu", Activation::Gelu)];
    Ok(Start::Fresh(Size {
        layers: size(model.layers, "model.layers")?,
        width,
        heads,
        ffn: size(model.ffn, "model.ffn")?,
        activation: checker.choose("model.activation", activation, &activations)?,
        text: text_size(checker, &model, task)?,
    }))
}

fn text_size(checker: &Checker<'_>, model: &typed::Model, task: &TaskSpec) -> Result<Option<TextSize>> {
    let typed::Model { max_tokens, vocabulary, tokenizer, .. } = model;
    if matches!(task, TaskSpec::Ecc(_)) {
        let empty = max_tokens.is_none() && vocabulary.is_none() && tokenizer.is_none();
        checker.require(empty, "model", "max_tokens, vocabulary and tokenizer are for text: the code gives the tokens")?;
        return Ok(None);
    }
    let max_tokens = checker.needed(*max_tokens, "model.max_tokens", "name the longest sequence")?;
    checker.require(max_tokens >= 4, "model.max_tokens", "must be at least 4")?;
    let vocabulary = match (vocabulary, tokenizer) {
        (Some(words), None) => Vocabulary::Trained(*words),
        (None, Some(folder)) => Vocabulary::Folder(folder.clone()),
        _ => return checker.fail("model.vocabulary", "name either its number of words or model.tokenizer, a folder"),
    };
    Ok(Some(TextSize { max_tokens, vocabulary }))
}

fn stage(
    checker: &Checker<'_>,
    train: &typed::Train,
    distill: Option<typed::Distill>,
    stage: &typed::Stage,
    task: &TaskSpec,
) -> Result<Stage> {
    let named = !stage.name.is_empty() && stage.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    checker.require(named, "name", "use letters, digits and dashes: it names a folder")?;
    let learning_rate = stage.learning_rate.unwrap_or(train.learning_rate);
    let quantizer = stage.quantizer_learning_rate.or(train.quantizer_learning_rate).unwrap_or(learning_rate);
    for (field, rate) in [("learning_rate", learning_rate), ("quantizer_learning_rate", quantizer)] {
        checker.require(rate.is_finite() && rate > 0.0, field, "must be a number above 0")?;
    }
    check_train(checker, train)?;
    let word_dropout = stage.word_dropout.unwrap_or(train.word_dropout);
    checker.require((0.0..1.0).contains(&word_dropout), "word_dropout", "must be from 0 to below 1")?;
    let words = word_dropout == 0.0 || matches!(task, TaskSpec::Text(_));
    checker.require(words, "word_dropout", "is only for labelled text: remove it")?;
    let decays = [("linear", Decay::Linear), ("cosine", Decay::Cosine), ("constant", Decay::Constant)];
    let keeps = [("best", Keep::Best), ("last", Keep::Last)];
    let keep = stage.keep.as_deref().or(train.keep.as_deref()).unwrap_or("best");
    Ok(Stage {
        name: stage.name.clone(),
        precision: precision(checker, stage)?,
        length: length(checker, train, stage, task)?,
        batch: batch(checker, train, task)?,
        learning_rate,
        quantizer_learning_rate: quantizer,
        warmup: train.warmup,
        decay: checker.choose("train.decay", train.decay.as_deref().unwrap_or("linear"), &decays)?,
        weight_decay: train.weight_decay,
        clip: train.clip,
        evaluate_every: train.evaluate_every,
        checkpoint_every: train.checkpoint_every,
        log_every: train.log_every,
        word_dropout,
        keep: checker.choose("keep", keep, &keeps)?,
        distill: weights(checker, stage.distill.or(distill))?,
    })
}

fn check_train(checker: &Checker<'_>, train: &typed::Train) -> Result<()> {
    checker.require((0.0..=1.0).contains(&train.warmup), "train.warmup", "must be a share of the steps, from 0 to 1")?;
    checker.require(train.clip > 0.0, "train.clip", "must be above 0; for no clipping write inf")?;
    let decays = train.weight_decay.is_finite() && train.weight_decay >= 0.0;
    checker.require(decays, "train.weight_decay", "must be 0 or a number above it")?;
    let intervals = [
        ("train.evaluate_every", train.evaluate_every),
        ("train.checkpoint_every", train.checkpoint_every),
        ("train.log_every", train.log_every),
    ];
    intervals.into_iter().try_for_each(|(field, steps)| checker.require(steps > 0, field, "must be at least 1 step"))
}

fn length(checker: &Checker<'_>, train: &typed::Train, stage: &typed::Stage, task: &TaskSpec) -> Result<Length> {
    let own = stage.steps.is_some() || stage.epochs.is_some();
    let (steps, epochs) = if own { (stage.steps, stage.epochs) } else { (train.steps, train.epochs) };
    match (steps, epochs) {
        (Some(steps), None) if steps > 0 => Ok(Length::Steps(steps)),
        (None, Some(epochs)) if epochs.is_finite() && epochs > 0.0 => {
            let endless = matches!(task, TaskSpec::Ecc(_));
            checker.require(!endless, "epochs", "a code's data have no end: name steps instead")?;
            Ok(Length::Epochs(epochs))
        }
        _ => checker.fail("steps", "name either steps or epochs, above 0, in [train] or in the stage"),
    }
}

fn batch(checker: &Checker<'_>, train: &typed::Train, task: &TaskSpec) -> Result<BatchSize> {
    match (train.batch, train.batch_tokens) {
        (Some(examples), None) if examples > 0 => Ok(BatchSize::Examples(examples)),
        (None, Some(tokens)) if tokens > 0 && matches!(task, TaskSpec::Text(_)) => Ok(BatchSize::Tokens(tokens)),
        (None, Some(_)) => checker.fail("train.batch_tokens", "is only for labelled text, above 0: name train.batch"),
        _ => checker.fail("train.batch", "name either the examples of a step or train.batch_tokens, above 0"),
    }
}

fn weights(checker: &Checker<'_>, distill: Option<typed::Distill>) -> Result<Distill> {
    let typed::Distill { logits, hidden, scores } =
        distill.unwrap_or(typed::Distill { logits: 1.0, hidden: 1.0, scores: 1.0 });
    let usable = |weight: f64| weight.is_finite() && weight >= 0.0;
    let holds = usable(logits) && usable(hidden) && usable(scores) && logits + hidden + scores > 0.0;
    checker.require(holds, "distill", "the weights must be numbers from 0 up, not all of them 0")?;
    Ok(Distill { logits, hidden, scores })
}

fn precision(checker: &Checker<'_>, stage: &typed::Stage) -> Result<Precision> {
    let forms = [
        ("float", WeightForm::Float),
        ("ternary", WeightForm::Ternary),
        ("split", WeightForm::Split),
        ("binary", WeightForm::Binary),
    ];
    let attentions = [("softmax", AttentionForm::Softmax), ("sps", AttentionForm::Sps)];
    let attention = stage.attention.as_deref().unwrap_or("softmax");
    let mut precision = Precision::uniform(checker.choose("weights", &stage.weights, &forms)?, FLOAT_BITS);
    precision.bits = bits(checker, &stage.activations)?;
    precision.attention = checker.choose("attention", attention, &attentions)?;
    let checked = precision.checked();
    checked.or_else(|error| checker.fail("activations", error.to_string()))
}

fn bits(checker: &Checker<'_>, activations: &Activations) -> Result<Sites<u8>> {
    let by_site = match activations {
        Activations::All(bits) => return Ok(Sites::all(*bits)),
        Activations::Sites(by_site) => by_site,
    };
    let names: Vec<&str> = Site::ALL.iter().map(|site| site.name()).collect();
    for name in by_site.keys().filter(|name| *name != "default" && !names.contains(&name.as_str())) {
        return checker.fail(format!("activations.{name}"), format!("is no site; the sites are: {}", names.join(", ")));
    }
    let at = |site: Site| by_site.get(site.name()).or_else(|| by_site.get("default")).copied();
    let missing = Site::ALL.into_iter().find(|site| at(*site).is_none());
    if let Some(site) = missing {
        return checker.fail("activations", format!("{} has no bits: name it, or default", site.name()));
    }
    let at = |site| at(site).unwrap_or(FLOAT_BITS);
    Ok(Sites {
        attention_input: at(Site::AttentionInput),
        query: at(Site::Query),
        key: at(Site::Key),
        value: at(Site::Value),
        attention: at(Site::Attention),
        context: at(Site::Context),
        ffn_input: at(Site::FfnInput),
        ffn_hidden: at(Site::FfnHidden),
    })
}

/// What only all stages together show.
fn check_order(checker: &Checker<'_>, start: &Start, stages: &[Stage], task: &TaskSpec) -> Result<()> {
    for (at, stage) in stages.iter().enumerate() {
        let field = format!("stage.{at} ({}): weights", stage.name);
        let same = stages[..at].iter().any(|earlier| earlier.name == stage.name);
        checker.require(!same, &format!("stage.{at}: name"), "is there twice; give each stage its own")?;
        let words = !stage.is_float() && matches!(task, TaskSpec::MaskedWords(_));
        checker.require(!words, &field, "masked words are learned by float networks only: write float and 32 bits")?;
        let before = at.checked_sub(1).map(|before| &stages[before]);
        let unfit = before.is_some_and(|before| stage.is_float() && !before.is_float());
        checker.require(!unfit, &field, "a float network cannot follow a quantized one")?;
        let from_ternary = before.is_some_and(|before| before.precision.weights == WeightForm::Ternary);
        let splits = stage.precision.weights == WeightForm::Split
            && !before.is_some_and(|before| before.precision.weights == WeightForm::Split);
        let unknown = at == 0 && matches!(start, Start::Teacher { .. });
        checker.require(!splits || from_ternary || unknown, &field, "split weights come from a ternary stage: put one before")?;
    }
    Ok(())
}
