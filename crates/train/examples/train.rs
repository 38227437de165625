//! Trains by a recipe with plain progress lines:
//! `cargo run --release -p noctule-train --example train -- RECIPE --data DIR --out DIR [--resume] [--set k=v]...`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use burn::tensor::Device;
use noctule_train::trainer::{Event, Flow, Places, Recipe, train};

struct Arguments {
    recipe: PathBuf,
    data: PathBuf,
    out: PathBuf,
    resume: bool,
    overrides: Vec<String>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        recipe: PathBuf::new(),
        data: PathBuf::from("."),
        out: PathBuf::new(),
        resume: false,
        overrides: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--data" => found.data = value()?.into(),
            "--out" => found.out = value()?.into(),
            "--set" => found.overrides.push(value()?),
            "--resume" => found.resume = true,
            _ => found.recipe = word.into(),
        }
    }
    let complete = found.recipe != Path::new("") && found.out != Path::new("");
    if complete { Ok(found) } else { Err("name a recipe and --out FOLDER".to_owned()) }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let start = Instant::now();
    let recipe =
        Recipe::read(&arguments.recipe, &arguments.overrides).map_err(|error| error.to_string())?;
    let places = Places { data: &arguments.data, out: &arguments.out };
    let mut shown = Instant::now();
    let mut tell = |event: &Event<'_>| {
        show(event, start, &mut shown);
        Flow::Continue
    };
    let outcome = train(&recipe, places, arguments.resume, &Device::default(), &mut tell);
    for stage in outcome.map_err(|error| error.to_string())?.stages {
        println!("{}: {}", stage.name, stage.model.display());
    }
    Ok(())
}

/// One line for what matters; steps at most every five seconds.
fn show(event: &Event<'_>, start: Instant, shown: &mut Instant) {
    let clock = start.elapsed().as_secs();
    match event {
        Event::StageStarted { stage, name, done, steps } => {
            println!("{clock:>5} s  stage {stage} {name}: {done} of {steps} steps done");
        }
        Event::Step { step, steps, loss, learning_rate, pace, .. }
            if shown.elapsed().as_secs() >= 5 || step == steps =>
        {
            *shown = Instant::now();
            println!(
                "{clock:>5} s  step {step}/{steps}  loss {:.5} (logits {:.5} hidden {:.5} scores {:.5})  \
                 rate {learning_rate:.2e}  {:.0} tokens/s  {:.0} s left",
                loss.total,
                loss.logits,
                loss.hidden,
                loss.scores,
                pace.tokens_per_second,
                pace.seconds_left
            );
        }
        Event::Evaluated { step, evaluation, best, .. } => {
            let figures: Vec<String> = evaluation
                .figures
                .iter()
                .map(|(name, value)| format!("{name} {value:.5}"))
                .collect();
            println!(
                "{clock:>5} s  step {step}: {}{}",
                figures.join("  "),
                if *best { "  (kept)" } else { "" }
            );
        }
        Event::StageEnded { name, folder, .. } => {
            println!("{clock:>5} s  {name} is saved in {}", folder.display())
        }
        Event::Step { .. } | Event::Writing { .. } => {}
    }
}
