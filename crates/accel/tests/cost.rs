//! The model of cost and the manual against recorded syntheses (`bench/accel/synth`, made by `bench/accel/run`).

use std::{fs, io::Write, path::PathBuf};

use noctule_accel::{
    config::{Config, Outside, Sizes},
    cost,
    synth::{self, Area, Device, ModuleArea, Resources},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Record {
    config: String,
    target: String,
    kind: String,
    sources: Option<String>,
    sizes: Sizes,
    #[serde(flatten)]
    area: Area,
}

impl Record {
    fn config(&self) -> Config {
        let outside = Outside { latency: 1, bytes_per_cycle: 1, clock_khz: 1 };
        Config::new(&self.config, self.sizes.clone(), outside).unwrap()
    }

    fn is_held(&self) -> bool {
        let on = |module: &cost::Module| module.fitted_on.contains(&self.config);
        !cost::model().modules.iter().any(on)
    }
}

fn is_memory(module: &ModuleArea) -> bool {
    cost::MEMORY_MODULES.contains(&module.module.as_str())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The records that the model can be held against.
fn records() -> Vec<Record> {
    let all = all_records().into_iter();
    all.filter(|record| record.target == "ultrascale" && record.kind == "summed").collect()
}

fn all_records() -> Vec<Record> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("bench/accel/synth"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files.iter().map(read).collect()
}

fn read(path: &PathBuf) -> Record {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn off(model: u64, synthesised: u64) -> f64 {
    (model as f64 - synthesised as f64) / synthesised.max(1) as f64
}

#[test]
fn the_model_is_within_a_tenth_of_configurations_that_it_has_not_seen() {
    let records = records();
    let held: Vec<&Record> = records.iter().filter(|record| record.is_held()).collect();
    assert!(held.len() >= 2, "no records of configurations that were kept out of the fit");
    for record in held {
        let (model, total) = (cost::resources(&record.config()), &record.area.total);
        for (what, model, total) in [
            ("LUT", model.lut, total.lut),
            ("FF", model.ff, total.ff),
            ("block RAM", model.half_bram, total.half_bram),
        ] {
            let off = off(model, total);
            println!("{}: {what} {total}, model {model} ({:+.1} %)", record.config, 100.0 * off);
            assert!(off.abs() < 0.1, "{}: {what} {total}, model {model}", record.config);
        }
    }
}

#[test]
fn the_model_has_as_many_instances_as_the_design() {
    for record in records() {
        let modules = record.area.modules.iter().filter(|module| !is_memory(module));
        for module in modules {
            let known = cost::model().modules.iter().find(|known| known.name == module.module);
            let known = known.unwrap_or_else(|| panic!("no model of {}", module.module));
            let (model, design) = (known.instances(&record.sizes), module.instances);
            assert_eq!(model, design, "{} in {}", module.module, record.config);
        }
    }
}

#[test]
fn block_ram_is_what_synthesis_took() {
    for record in records() {
        let mut model = Resources::default();
        cost::memories(&record.sizes).iter().for_each(|memory| model += memory.resources());
        let took = record.area.total;
        let off = off(model.half_bram, took.half_bram);
        assert!(off.abs() < 0.05, "{}: {took:?}, model {model:?}", record.config);
    }
}

/// The table of a record, as the manual has it.
fn table(record: &Record) -> String {
    let cell = |n: u64| if n == 0 { String::new() } else { thousands(n) };
    let row = |name: &str, count: &str, a: &Resources| {
        let bram = if a.half_bram == 0 { String::new() } else { a.bram().to_string() };
        format!(
            "| {name} | {count} | {} | {} | {bram} | {} |\n",
            cell(a.lut),
            cell(a.ff),
            cell(a.dsp)
        )
    };
    let mut text =
        "| module | number | LUT | FF | BRAM36 | DSP |\n|---|---|---|---|---|---|\n".to_owned();
    let shown = record.area.modules.iter().filter(|m| m.area != Resources::default());
    for module in shown {
        text += &row(&format!("`{}`", module.module), &thousands(module.instances), &module.area);
    }
    text += &row("**all**", "", &record.area.total);
    if let Some(device) = Device::of(&record.config) {
        text += &share(&record.area.total, &device.has);
    }
    text
}

fn share(t: &Resources, has: &Resources) -> String {
    let of = |a: u64, b: u64| format!("{:.1}%", 100.0 * a as f64 / b as f64);
    format!(
        "| of the device | | {} | {} | {} | {} |\n",
        of(t.lut, has.lut),
        of(t.ff, has.ff),
        of(t.half_bram, has.half_bram),
        of(t.dsp, has.dsp)
    )
}

fn thousands(n: u64) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", thousands(n / 1000), n % 1000) }
}

/// Configurations whose table the manual has.
const SHOWN: [&str; 1] = ["zcu102"];

/// Says which records are not of the sources as they are: no failure, for a synthesis takes hours.
fn name_stale(records: &[Record]) {
    for record in records {
        if record.sources.as_ref() != Some(&synth::sources(&record.config())) {
            let (config, target, kind) = (&record.config, &record.target, &record.kind);
            let of = record.sources.as_deref().unwrap_or("sources that it does not name");
            let line = format!("STALE: the record of {config} ({target}, {kind}) is of {of}\n");
            // Not with `eprint`, which a passing test keeps to itself.
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    }
}

#[test]
fn the_manual_has_the_records() {
    name_stale(&all_records());
    let manual = fs::read_to_string(root().join("docs/accelerator.md")).unwrap();
    let records = records();
    for name in SHOWN {
        let record = records.iter().find(|record| record.config == name).unwrap();
        let table = table(record);
        assert!(manual.contains(&table), "docs/accelerator.md section 4 should have\n{table}");
    }
}
