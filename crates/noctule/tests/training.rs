//! Training at the door: what is printed, what survives a kill, and a quickstart of a few steps.
#![cfg(feature = "train")]

mod support;

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use support::{BINARY, Folder, json, noctule, refused};

const RECIPE: &str = r#"
[task]
kind = "ecc"
code = "bch-31-16"
ebn0 = [3.0, 6.0]
[model]
layers = 1
width = 8
heads = 2
ffn = 16
[train]
steps = 600
batch = 2
learning_rate = 1e-3
checkpoint_every = 20
[[stage]]
name = "teacher"
weights = "float"
activations = 32
"#;

fn recipe(folder: &Folder) -> String {
    let path = folder.file("recipe.toml");
    fs::write(&path, RECIPE).unwrap();
    path
}

/// Starts a training and waits for its first checkpoint.
fn started(recipe: &str, out: &str) -> Child {
    let call = ["train", recipe, "--out", out, "--quiet"];
    let child = Command::new(BINARY).args(call).stdout(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while !fs::read_dir(format!("{out}/checkpoints"))
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        assert!(start.elapsed() < Duration::from_secs(60), "no checkpoint");
        sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn a_killed_training_ends_at_the_same_bytes() {
    let folder = Folder::new("killed");
    let (recipe, [whole, killed]) = (recipe(&folder), ["whole", "killed"].map(|n| folder.file(n)));
    let said = json(&["train", &recipe, "--out", &whole, "--quiet"]);
    assert_eq!(said["stages"][0]["name"], "teacher");
    let mut child = started(&recipe, &killed);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it ended before it was killed");
    refused(&["lower", &killed, "--out", &folder.file("x.bmt")], 3, &["not finished", "--resume"]);
    json(&["train", &recipe, "--out", &killed, "--resume", "--quiet"]);
    let model = |run: &str| fs::read(format!("{run}/stages/0-teacher/model.safetensors")).unwrap();
    assert!(model(&whole) == model(&killed), "the resumed run parts from the unbroken one");
}

#[test]
fn a_recipe_beside_its_run_is_kept() {
    let folder = Folder::new("beside");
    let recipe = recipe(&folder);
    refused(&["train", &recipe, "--out", &folder.file("")], 3, &["holds recipe.toml", "another"]);
    assert_eq!(fs::read_to_string(&recipe).unwrap(), RECIPE);
}

fn quickstart<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["quickstart", "--out", out, "--words", "5", "--quiet"], more].concat()
}

#[test]
fn a_quickstart_takes_its_own_folder_only() {
    let folder = Folder::new("quickstart");
    let out = folder.file("q");
    assert_eq!(noctule(&["quickstart", "--out", &out, "--words", "0"]).code, Some(2));
    assert!(folder.names().is_empty());
    fs::create_dir_all(format!("{out}/student")).unwrap();
    refused(&quickstart(&out, &["--force"]), 3, &["no quickstart", "--out"]);
    assert!(fs::exists(format!("{out}/student")).unwrap());
    fs::remove_dir(format!("{out}/student")).unwrap();
    // One that fails early may be tried again, and takes nothing but its own files away.
    refused(&quickstart(&out, &["--set", "train.steps=no"]), 3, &["`steps`"]);
    fs::write(format!("{out}/notes"), "mine").unwrap();
    refused(&quickstart(&out, &[]), 3, &["exists already", "--force"]);
    let set = ["--set", "train.steps=2", "--set", "task.evaluate_words=4", "--force"];
    let said = json(&quickstart(&out, &set));
    assert_eq!(said["curves"].as_array().map(Vec::len), Some(5), "{said}");
    assert!(said["verification"]["kernels"][0]["mismatch"].is_null(), "{said}");
    for name in ["quickstart.bmt", "quickstart.html", "student", "notes"] {
        assert!(fs::exists(format!("{out}/{name}")).unwrap(), "{name}");
    }
}
