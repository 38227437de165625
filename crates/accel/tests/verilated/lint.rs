//! Verilator reads the largest tiles, which no agreement test runs, in their extreme forms.

use std::{fs, path::Path, process::Command};

use noctule_accel::{
    config::{Config, Sizes},
    rtl::{self, HARNESS},
};

use crate::verilator;

/// `tile`, `k`, `p`, `pa`, `beat`, `xb`: one row a cycle and all; a chunk of one tile and many; one bank of X and eight. (Tile 32 has one
/// shape: with `k` 1024 the check takes minutes and more than a GB.)
const EXTREMES: [[usize; 6]; 3] =
    [[16, 16, 1, 16, 256, 8], [16, 1024, 16, 1, 1024, 1], [32, 32, 1, 32, 1024, 8]];

fn config([tile, k, p, pa, beat, xb]: [usize; 6]) -> Config {
    let kv260 = Config::preset("kv260").unwrap();
    let sizes = Sizes { tile, k, p, pa, beat, xb, ..kv260.sizes().clone() };
    Config::new("extreme", sizes, kv260.outside().clone()).unwrap()
}

/// What Verilator has against a configuration.
fn lint(verilator: &Path, config: &Config) -> Result<(), String> {
    let room = tempfile::tempdir().unwrap();
    let no_harness = |(name, _): &rtl::File| !HARNESS.iter().any(|(harness, _)| harness == name);
    let files: Vec<rtl::File> = rtl::files(config).into_iter().filter(no_harness).collect();
    for (name, text) in &files {
        fs::write(room.path().join(name), text).unwrap();
    }
    let mut command = Command::new(verilator);
    command.args(["--lint-only", "-Wall", "--replication-limit", "32768"]);
    command.args(["--top-module", "bat_top"]);
    let names = files.iter().map(|(name, _)| name);
    let output = command.args(names).current_dir(room.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn the_largest_tiles_are_clean() {
    let Some(verilator) = verilator("lint of large tiles") else { return };
    for sizes in EXTREMES {
        assert_eq!(lint(&verilator, &config(sizes)), Ok(()), "{sizes:?}");
    }
}
