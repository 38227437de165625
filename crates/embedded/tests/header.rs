//! The header in the repository is the one that the sources give.

use std::path::Path;

#[test]
fn the_header_is_that_of_the_sources() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let sources = ["status.rs", "model.rs", "ffi.rs", "allocator.rs"];
    let builder = cbindgen::Builder::new().with_config(config);
    let add = |builder: cbindgen::Builder, name| builder.with_src(folder.join("src").join(name));
    let mut fresh = Vec::new();
    sources.into_iter().fold(builder, add).generate().unwrap().write(&mut fresh);
    let fresh = String::from_utf8(fresh).unwrap();

    let path = folder.join("include/noctule.h");
    if std::env::var_os("NOCTULE_WRITE_HEADER").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == fresh, "run this test once with NOCTULE_WRITE_HEADER=1");
}
