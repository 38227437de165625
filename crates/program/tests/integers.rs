//! No floating-point number in the sources.

use std::{fs, path::Path};

#[test]
fn the_sources_have_no_floats() {
    let files = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(files.len() > 30, "{files:?}");
    for (name, text) in files {
        for float in ["f32", "f64"] {
            assert!(!text.contains(float), "{name} has {float}");
        }
    }
}

/// Names and texts of all files below a folder.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![(path.display().to_string(), fs::read_to_string(&path).unwrap())],
        })
        .collect()
}
