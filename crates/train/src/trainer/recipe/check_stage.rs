//! A `[[stage]]` with the settings of `[train]` and `[distill]`, from what the user wrote to what the
//! program needs.

use super::check::Checker;
use super::typed::{self, Activations};
use super::{Distill, Keep, Length, Stage, TaskSpec};
use crate::data::BatchSize;
use crate::model::{AttentionForm, FLOAT_BITS, Precision, Site, Sites, WeightForm};
use crate::trainer::error::Result;
use crate::trainer::schedule::Decay;

pub(super) fn stage(
    checker: &Checker<'_>,
    train: &typed::Train,
    distill: Option<typed::Distill>,
    stage: &typed::Stage,
    task: &TaskSpec,
) -> Result<Stage> {
    let named =
        !stage.name.is_empty() && stage.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    checker.require(named, "name", "use letters, digits and dashes: it names a folder")?;
    let learning_rate = stage.learning_rate.unwrap_or(train.learning_rate);
    let quantizer =
        stage.quantizer_learning_rate.or(train.quantizer_learning_rate).unwrap_or(learning_rate);
    for (field, rate) in [("learning_rate", learning_rate), ("quantizer_learning_rate", quantizer)]
    {
        checker.require(rate.is_finite() && rate > 0.0, field, "must be a number above 0")?;
    }
    check_train(checker, train)?;
    let word_dropout = stage.word_dropout.unwrap_or(train.word_dropout);
    checker.require(
        (0.0..1.0).contains(&word_dropout),
        "word_dropout",
        "must be from 0 to below 1",
    )?;
    let words = word_dropout == 0.0 || matches!(task, TaskSpec::Text(_));
    checker.require(words, "word_dropout", "is only for labelled text: remove it")?;
    let decays =
        [("linear", Decay::Linear), ("cosine", Decay::Cosine), ("constant", Decay::Constant)];
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
        decay: checker.choose(
            "train.decay",
            train.decay.as_deref().unwrap_or("linear"),
            &decays,
        )?,
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
    checker.require(
        (0.0..=1.0).contains(&train.warmup),
        "train.warmup",
        "must be a share of the steps, from 0 to 1",
    )?;
    checker.require(
        train.clip > 0.0,
        "train.clip",
        "must be above 0; for no clipping write inf",
    )?;
    let decays = train.weight_decay.is_finite() && train.weight_decay >= 0.0;
    checker.require(decays, "train.weight_decay", "must be 0 or a number above it")?;
    let intervals = [
        ("train.evaluate_every", train.evaluate_every),
        ("train.checkpoint_every", train.checkpoint_every),
        ("train.log_every", train.log_every),
    ];
    intervals
        .into_iter()
        .try_for_each(|(field, steps)| checker.require(steps > 0, field, "must be at least 1 step"))
}

fn length(
    checker: &Checker<'_>,
    train: &typed::Train,
    stage: &typed::Stage,
    task: &TaskSpec,
) -> Result<Length> {
    let own = stage.steps.is_some() || stage.epochs.is_some();
    let (steps, epochs) =
        if own { (stage.steps, stage.epochs) } else { (train.steps, train.epochs) };
    match (steps, epochs) {
        (Some(steps), None) if steps > 0 => Ok(Length::Steps(steps)),
        (None, Some(epochs)) if epochs.is_finite() && epochs > 0.0 => {
            let endless = matches!(task, TaskSpec::Ecc(_));
            checker.require(!endless, "epochs", "a code's data have no end: name steps instead")?;
            Ok(Length::Epochs(epochs))
        }
        _ => checker
            .fail("steps", "name either steps or epochs, above 0, in [train] or in the stage"),
    }
}

fn batch(checker: &Checker<'_>, train: &typed::Train, task: &TaskSpec) -> Result<BatchSize> {
    match (train.batch, train.batch_tokens) {
        (Some(examples), None) if examples > 0 => Ok(BatchSize::Examples(examples)),
        (None, Some(tokens)) if tokens > 0 && matches!(task, TaskSpec::Text(_)) => {
            Ok(BatchSize::Tokens(tokens))
        }
        (None, Some(_)) => checker
            .fail("train.batch_tokens", "is only for labelled text, above 0: name train.batch"),
        _ => checker.fail(
            "train.batch",
            "name either the examples of a step or train.batch_tokens, above 0",
        ),
    }
}

fn weights(checker: &Checker<'_>, distill: Option<typed::Distill>) -> Result<Distill> {
    let typed::Distill { logits, hidden, scores } =
        distill.unwrap_or(typed::Distill { logits: 1.0, hidden: 1.0, scores: 1.0 });
    let usable = |weight: f64| weight.is_finite() && weight >= 0.0;
    let holds =
        usable(logits) && usable(hidden) && usable(scores) && logits + hidden + scores > 0.0;
    checker.require(
        holds,
        "distill",
        "the weights must be numbers from 0 up, not all of them 0",
    )?;
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
    let mut precision =
        Precision::uniform(checker.choose("weights", &stage.weights, &forms)?, FLOAT_BITS);
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
    let known = |name: &String| name == "default" || names.contains(&name.as_str());
    if let Some(name) = by_site.keys().find(|name| !known(name)) {
        return checker.fail(
            format!("activations.{name}"),
            format!("is no site; the sites are: {}", names.join(", ")),
        );
    }
    let at = |site: Site| by_site.get(site.name()).or_else(|| by_site.get("default")).copied();
    let missing = Site::ALL.into_iter().find(|site| at(*site).is_none());
    if let Some(site) = missing {
        return checker
            .fail("activations", format!("{} has no bits: name it, or default", site.name()));
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
