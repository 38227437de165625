//! A run that is killed and taken up again ends like the unbroken one, byte for byte.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use noctule_train::trainer::{Event, Flow, TrainError};

use super::support::{
    TINY_ECC, TINY_WORDS, assert_same, recipe, results, run, run_with, write_sentiment,
};

const OUT: &str = "NOCTULE_TEST_OUT";
const EVENT: &str = "NOCTULE_TEST_EVENT";

/// Not a test of its own: the process that the tests below kill.
#[test]
#[ignore = "run by the other tests, as a process of its own"]
fn child() {
    let Ok(out) = std::env::var(OUT) else { return };
    let last: usize =
        std::env::var(EVENT).ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let mut seen = 0;
    let out = Path::new(&out);
    let mut tell = |_: &Event<'_>| {
        seen += 1;
        if seen > last {
            std::process::abort();
        }
        Flow::Continue
    };
    let resume = out.join("run.json").exists();
    if let Err(error) = run_with(&recipe(TINY_ECC, &[]), out, out, resume, &mut tell) {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn child_command(out: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "resume::child", "--ignored", "--nocapture"]).env(OUT, out);
    command
}

fn run_child(out: &Path, event: usize) -> ExitStatus {
    let output = child_command(out).env(EVENT, event.to_string()).output().expect("a process");
    output.status
}

#[test]
fn a_kill_at_any_event_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    let mut events = 0;
    run_with(&recipe(TINY_ECC, &[]), folder.path(), &whole, false, &mut |_| {
        events += 1;
        Flow::Continue
    })
    .expect("trains");
    let expected = results(&whole);
    for event in 0..events {
        let out = folder.path().join(format!("killed-{event}"));
        assert!(!run_child(&out, event).success(), "event {event} did not kill");
        let resume = out.join("run.json").exists();
        run(&recipe(TINY_ECC, &[]), folder.path(), &out, resume).expect("goes on");
        assert_same(&results(&out), &expected, &format!("killed at event {event}"));
    }
}

#[test]
fn kills_again_and_again_at_any_time_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("killed"));
    run(&recipe(TINY_ECC, &[]), folder.path(), &whole, false).expect("trains");
    for round in 0..8 {
        let mut process =
            child_command(&out).stderr(std::process::Stdio::null()).spawn().expect("a process");
        std::thread::sleep(Duration::from_millis(30 + 23 * round));
        process.kill().expect("a kill");
        process.wait().expect("an end");
    }
    let resume = out.join("run.json").exists();
    run(&recipe(TINY_ECC, &[]), folder.path(), &out, resume).expect("goes on");
    assert_same(&results(&out), &results(&whole), "killed eight times");
}

#[test]
fn left_overs_of_a_kill_between_files_are_swept_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("torn"));
    run(&recipe(TINY_ECC, &[]), folder.path(), &whole, false).expect("trains");
    assert!(!run_child(&out, 8).success());
    let torn = out.join("checkpoints").join("0-00000003.partial");
    fs::create_dir_all(&torn).expect("a folder");
    fs::write(torn.join("model.safetensors"), b"half").expect("a file");
    fs::create_dir_all(out.join("stages/0-teacher.partial")).expect("a folder");
    fs::write(out.join("metrics.jsonl.partial"), b"{").expect("a file");
    run(&recipe(TINY_ECC, &[]), folder.path(), &out, true).expect("goes on");
    assert_same(&results(&out), &results(&whole), "left-overs");
    assert_eq!(fs::read_dir(out.join("checkpoints")).expect("a folder").count(), 0);
}

#[test]
fn a_full_disk_is_said_plainly_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("full"));
    run(&recipe(TINY_ECC, &[]), folder.path(), &whole, false).expect("trains");
    // No file above 4 blocks of 512 or 1,024 bytes: the model does not fit.
    let exe = std::env::current_exe().expect("this program");
    let script =
        "trap '' XFSZ; ulimit -f 4; exec \"$0\" --exact resume::child --ignored --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(exe)
        .env(OUT, &out)
        .output()
        .expect("a process");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{message}");
    assert!(message.contains("free some space, then continue with --resume"), "{message}");
    run(&recipe(TINY_ECC, &[]), folder.path(), &out, true).expect("goes on");
    assert_same(&results(&out), &results(&whole), "disk full");
}

#[test]
fn a_stop_leaves_a_checkpoint_and_the_record_has_no_line_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("stopped"));
    let rare = ["train.checkpoint_every=100"];
    run(&recipe(TINY_ECC, &rare), folder.path(), &whole, false).expect("trains");
    let mut tell = |event: &Event<'_>| match event {
        Event::Step { step: 3, .. } => Flow::Stop,
        _ => Flow::Continue,
    };
    let stopped = run_with(&recipe(TINY_ECC, &rare), folder.path(), &out, false, &mut tell);
    let Err(TrainError::Stopped { step: 3, ref stage, .. }) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(stage, "teacher");
    run(&recipe(TINY_ECC, &rare), folder.path(), &out, true).expect("goes on");
    assert_same(&results(&out), &results(&whole), "stopped");
}

#[test]
fn keeping_the_last_parameters_resumes_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("stopped"));
    let last = ["train.keep=last", "stage.1.weights=ternary", "stage.1.activations=4"];
    run(&recipe(TINY_ECC, &last), folder.path(), &whole, false).expect("trains");
    let mut tell = |event: &Event<'_>| match event {
        Event::Step { stage: 1, step: 2, .. } => Flow::Stop,
        _ => Flow::Continue,
    };
    run_with(&recipe(TINY_ECC, &last), folder.path(), &out, false, &mut tell).expect_err("stops");
    run(&recipe(TINY_ECC, &last), folder.path(), &out, true).expect("goes on");
    assert_same(&results(&out), &results(&whole), "last");
}

/// A stop right after the first step leaves vocabulary and token ids; the next start takes both.
#[test]
fn masked_words_are_not_tokenised_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, out) = (folder.path().join("whole"), folder.path().join("stopped"));
    write_sentiment(&folder.path().join("train.tsv"), 60, 0);
    let words = recipe(TINY_WORDS, &["train.steps=3"]);
    run(&words, folder.path(), &whole, false).expect("trains");
    // What a start that was killed before it became a run left: of no use, and no hindrance.
    fs::create_dir_all(out.join("words")).expect("a folder");
    fs::write(out.join("words/tokenizer.json"), "{}").expect("a file");
    let mut stop = |event: &Event<'_>| {
        if matches!(event, Event::Step { .. }) { Flow::Stop } else { Flow::Continue }
    };
    run_with(&words, folder.path(), &out, false, &mut stop).expect_err("stops");
    let kept = fs::read_dir(out.join("words")).expect("a folder");
    let ids = kept.map(|entry| entry.expect("an entry").path());
    let ids = ids.filter(|path| path.extension().is_some_and(|end| end == "ids"));
    let ids = ids.collect::<Vec<_>>();
    let whole_ids = fs::read(&ids[0]).expect("a file");
    fs::write(&ids[0], b"spoilt").expect("a file");
    let error = run(&words, folder.path(), &out, true).expect_err("reads it").to_string();
    assert!(error.contains("delete the file"), "{error}");
    fs::write(&ids[0], whole_ids).expect("a file");
    run(&words, folder.path(), &out, true).expect("goes on");
    assert_same(&results(&out), &results(&whole), "stopped");
    assert!(!out.join("words").exists() && !whole.join("words").exists());
}
