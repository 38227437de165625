//! Memory of several processes that run one program, and the time to their first answer.
//!
//! `share FILE map` (the file is mapped) or `share FILE read` (each process reads it), with the number of processes
//! behind. A file that is not there is written first: the shape of BERT-base with made-up weights of one bit.

mod network;

use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use noctule_engine::{Engine, Options};
use noctule_program::{
    Program,
    generate::{self, Shape},
    parts::{Input, Source},
};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file, how, "child"] => answer(file.as_ref(), how == "map"),
        [file, how @ ("map" | "read"), processes] => all(file, how, processes.parse()?),
        _ => Err("give FILE, map or read, and how many processes".into()),
    }
}

fn all(file: &str, how: &str, processes: usize) -> Result<(), Box<dyn Error>> {
    if !fs::exists(file)? {
        fs::write(file, bert_base()?.to_bytes())?;
    }
    let started = (0..processes).map(|_| start(file, how)).collect::<Result<Vec<_>, _>>()?;
    println!("process  first answer  resident  its share  its own (kB)");
    for (n, (child, milliseconds)) in started.iter().enumerate() {
        let size = |field| size(child, field);
        let own = size("Private_Clean")? + size("Private_Dirty")?;
        println!("{n:7} {milliseconds:10.1} ms {:9} {:10} {own:8}", size("Rss")?, size("Pss")?);
    }
    for (mut child, _) in started {
        drop(child.stdin.take());
        child.wait()?;
    }
    Ok(())
}

fn bert_base() -> Result<Program, Box<dyn Error>> {
    let mut parts =
        network::of_shape(&Shape { tokens: 128, ..Shape::bert_base(1, None) })?.into_parts();
    if let Source::Text { token, position, segment } = &mut parts.embed.source {
        [Some(token), Some(position), segment.as_mut()]
            .into_iter()
            .flatten()
            .for_each(|table| table.bits = 8);
    }
    Ok(Program::new(parts)?)
}

/// A process that has answered once, and the milliseconds from its start.
fn start(file: &str, how: &str) -> Result<(Child, f64), Box<dyn Error>> {
    let begin = Instant::now();
    let mut child = Command::new(env::current_exe()?)
        .args([file, how, "child"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    if line.is_empty() {
        return Err("a process gave no answer".into());
    }
    Ok((child, begin.elapsed().as_secs_f64() * 1e3))
}

/// Kilobytes of a process, as the system counts them.
fn size(child: &Child, field: &str) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", child.id()))?;
    let line = text.lines().find(|line| line.split(':').next() == Some(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1)).ok_or("no such field")?;
    Ok(number.parse()?)
}

/// Answers once and waits for the end of standard input.
fn answer(file: &Path, map: bool) -> Result<(), Box<dyn Error>> {
    let program = if map {
        Program::from_shared(&noctule_engine::map(file)?)?
    } else {
        Program::from_bytes(&fs::read(file)?)?
    };
    let input: Input = generate::input(&program, 1);
    let engine = Engine::new(&program, Options { threads: 1, kernel: None })?;
    drop(program);
    println!("{:?}", engine.run(&input)?);
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
