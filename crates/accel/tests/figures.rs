//! What the accelerator is to reach for BERT-base on `zcu102`, and README's table of it. The rate of evaluations is a timing: the example
//! `bert_base` prints it.

#[path = "../examples/bert_base/figures.rs"]
mod figures;

use std::{fs, path::PathBuf};

use noctule_accel::{
    config::Sizes,
    synth::{Area, Device, Resources},
};
use serde::Deserialize;

#[test]
fn bert_base_is_fast_enough() {
    let all = figures::all().unwrap();
    let (short, long) = (&all[0], &all[4]);
    assert_eq!((short.tokens, long.tokens), (128, 512));
    assert!(short.cycles <= 374_000, "128 tokens, 1 bit: {} cycles", short.cycles);
    assert!(short.busy >= 0.8, "128 tokens, 1 bit: the array is busy {:.3}", short.busy);
    assert!(long.waits < 0.25, "512 tokens, 1 bit: {:.3} wait for attention", long.waits);
}

#[test]
fn readme_has_the_cycles() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let table = figures::table(&figures::all().unwrap());
    assert!(readme.contains(&table), "README.md, On the accelerator, should have\n{table}");
}

#[derive(Deserialize)]
struct Record {
    sizes: Sizes,
    #[serde(flatten)]
    area: Area,
}

#[test]
fn zcu102_is_small_enough() {
    let text = fs::read_to_string(root().join("bench/accel/synth/zcu102.json")).unwrap();
    let record: Record = serde_json::from_str(&text).unwrap();
    let (took, has) = (&record.area.total, &Device::of("zcu102").unwrap().has);
    for (what, took, has) in [
        ("LUT", took.lut, has.lut),
        ("FF", took.ff, has.ff),
        ("block RAM", took.half_bram, has.half_bram),
        ("DSP", took.dsp, has.dsp),
    ] {
        assert!(10 * took <= 7 * has, "zcu102: {what} {took} of {has} is above 70 %");
    }
    let each = luts_of_the_array(&record) as f64 / macs_a_cycle(&record.sizes) as f64;
    assert!(each <= 1.5, "zcu102: {each:.2} LUT a multiply-accumulate");
}

/// LUTs of popcounts and accumulators.
fn luts_of_the_array(record: &Record) -> u64 {
    let of = |name: &str| {
        let module = record.area.modules.iter().find(|module| module.module == name);
        module.map(|module| module.area).unwrap_or_else(|| panic!("the record lacks {name}"))
    };
    ["xnor_popcount", "accumulator"].map(of).iter().map(|area: &Resources| area.lut).sum()
}

fn macs_a_cycle(sizes: &Sizes) -> usize {
    sizes.tile * sizes.tile * sizes.k
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
