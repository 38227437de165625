//! Other engines on the network of a program, run by a Python script that this binary carries.
//!
//! The script and this process talk by lines: a peer's name for a round of it, the round's times back.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

use noctule_program::shape::{LayerShape, Shape, SourceShape};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::Error;

const SCRIPT: &str = include_str!("../../../../bench/peers/peers.py");

/// Names of the peers, as the script knows them, and what they are.
pub const PEERS: [(&str, &str); 3] = [
    ("ort-float", "ONNX Runtime, float"),
    ("ort-int8", "ONNX Runtime, dynamic int8"),
    ("openvino", "OpenVINO, float"),
];

/// What the peers run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    layers: usize,
    width: usize,
    heads: usize,
    ffn: usize,
    vocabulary: usize,
    tokens: usize,
    threads: usize,
    /// Seconds of a round.
    seconds: f64,
    peers: Vec<&'static str>,
}

impl Job {
    /// The network of a program's shape.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is none that the peers' graph covers.
    pub fn new(shape: &Shape, tokens: usize, threads: usize, seconds: f64) -> Result<Self, Error> {
        let refuse = |why: &str| Error::Usage(format!("--compare: {why}"));
        let SourceShape::Text { vocabulary, .. } = shape.source else {
            return Err(refuse("the peers' graph is for programs that read text"));
        };
        let dimensions = |l: &LayerShape| (l.heads, l.head_width, l.ffn);
        let first = shape.layers.first().map(dimensions);
        let Some((heads, head_width, ffn)) =
            first.filter(|_| shape.layers.iter().all(|l| Some(dimensions(l)) == first))
        else {
            return Err(refuse("the peers' graph is for programs whose layers are alike"));
        };
        if heads * head_width != shape.width {
            return Err(refuse("the peers' graph is for heads that share the width"));
        }
        let (layers, width, peers) = (shape.layers.len(), shape.width, PEERS.map(|p| p.0).to_vec());
        Ok(Self { layers, width, heads, ffn, vocabulary, tokens, threads, seconds, peers })
    }
}

/// A running script.
#[derive(Debug)]
pub struct Peers {
    python: String,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    complaints: Option<JoinHandle<String>>,
    versions: Versions,
    forms: BTreeMap<String, String>,
}

/// What runs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versions {
    /// Of Python.
    pub python: String,
    /// Of each package.
    pub versions: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Greeting {
    Missing { missing: String },
    There(Versions),
}

#[derive(Debug, Deserialize)]
struct Round {
    ms: Vec<f64>,
}

impl Peers {
    /// Starts the script and lets it build and warm up everything.
    ///
    /// # Errors
    /// [`Error::Usage`] names the interpreter or the package that is missing, and the remedy.
    pub fn start(python: &str, job: &Job) -> Result<Self, Error> {
        let text = serde_json::to_string(job).map_err(|e| Error::Input(e.to_string()))?;
        let mut child = Command::new(python)
            .args(["-c", SCRIPT, &text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| no_python(python, &e))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(questions), Some(answers), Some(mut errors)) = pipes else {
            return Err(Error::Usage(format!("--compare: {python} has no standard streams")));
        };
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            // What cannot be read cannot be shown.
            let _ = errors.read_to_string(&mut text);
            text
        });
        let mut peers = Self {
            python: python.to_owned(),
            child,
            questions,
            answers: BufReader::new(answers),
            complaints: Some(complaints),
            versions: Versions { python: String::new(), versions: BTreeMap::new() },
            forms: BTreeMap::new(),
        };
        peers.versions = match peers.answer()? {
            Greeting::There(versions) => versions,
            Greeting::Missing { missing } => return Err(no_package(python, &missing)),
        };
        peers.forms = peers.answer()?;
        Ok(peers)
    }

    /// The script's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What runs them.
    #[must_use]
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// What form of the network a peer runs, in words.
    #[must_use]
    pub fn form(&self, peer: &str) -> &str {
        self.forms.get(peer).map_or("", String::as_str)
    }

    /// Milliseconds of each inference of a round.
    ///
    /// # Errors
    /// [`Error::Usage`] with what the script said last, if it ended.
    pub fn round(&mut self, peer: &str) -> Result<Vec<f64>, Error> {
        // If the script is gone, the answer, which does not come, tells why.
        let _ = writeln!(self.questions, "{peer}");
        let Round { ms } = self.answer()?;
        Ok(ms)
    }

    fn answer<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        match (read, serde_json::from_str(&line)) {
            (Ok(1..), Ok(answer)) => Ok(answer),
            _ => Err(self.broken()),
        }
    }

    /// The script ended or said something else: its last words are the reason.
    fn broken(&mut self) -> Error {
        self.stop();
        let said = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        Error::Usage(format!("--compare: the peers' script failed in {}: {last}", self.python))
    }

    fn stop(&mut self) {
        // Both fail only where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.stop();
    }
}

fn no_python(python: &str, why: &std::io::Error) -> Error {
    Error::Usage(format!(
        "--compare: {python}: {why}; install Python 3, or name one that is there with --python"
    ))
}

fn no_package(python: &str, package: &str) -> Error {
    Error::Usage(format!(
        "--compare: {python} lacks the package {package}; \
         `{python} -m pip install onnxruntime onnx openvino numpy sympy`, or name another with --python"
    ))
}

#[cfg(test)]
mod tests {
    use noctule_program::generate;

    use super::*;
    use crate::bench::network::Network;

    fn job() -> Job {
        let network =
            Network { name: "n".into(), layers: 1, width: 16, heads: 2, ffn: 32, vocabulary: 9 };
        Job::new(&network.program(8, 1).unwrap().shape(), 8, 1, 0.01).unwrap()
    }

    #[test]
    fn a_missing_python_is_named_with_the_remedy() {
        let error = Peers::start("no-such-python", &job()).unwrap_err().to_string();
        assert!(error.contains("no-such-python") && error.contains("--python"), "{error}");
    }

    #[test]
    fn an_interpreter_that_says_nonsense_is_no_peer() {
        for (program, part) in [("echo", "said nothing"), ("false", "said nothing")] {
            let error = Peers::start(program, &job()).unwrap_err().to_string();
            assert!(error.contains(program) && error.contains(part), "{error}");
        }
    }

    #[test]
    fn networks_that_the_graph_cannot_be_are_refused() {
        let mut seen = 0;
        for seed in 0..60 {
            let shape = generate::program(seed).shape();
            let text = matches!(shape.source, SourceShape::Text { .. });
            let fits = shape.layers.iter().all(|l| l.heads * l.head_width == shape.width);
            if !text || !fits {
                let error = Job::new(&shape, 1, 1, 0.1).unwrap_err().to_string();
                assert!(error.starts_with("--compare: the peers' graph is for"), "{error}");
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}
