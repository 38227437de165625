//! What the documents say of commands holds.

use clap::CommandFactory;
use noctule::command::Cli;

macro_rules! documents {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../../", $name)))),*] };
}

const DOCUMENTS: &[(&str, &str)] = &documents! {
    "README.md" "CONTRIBUTING.md" "ARCHITECTURE.md" "docs/accelerator.md" "docs/bmt.md" "docs/lowering.md"
    "docs/program-format.md" "recipes/README.md" "bench/engine/README.md" "bench/emulation/README.md"
    "bench/aarch64/README.md"
};

/// Lines of code blocks that call the command, without comments.
fn command_lines(text: &str) -> impl Iterator<Item = &str> {
    let calls =
        |line: &&str| line.starts_with("noctule ") || line.contains("cargo run --release -- ");
    text.lines()
        .map(str::trim)
        .filter(calls)
        .map(|line| line.split(" #").next().unwrap_or(line).trim())
}

fn arguments(line: &str) -> Vec<String> {
    let rest = line.rsplit("-- ").next().filter(|_| line.contains("cargo run"));
    let call = rest.map_or_else(|| line.to_owned(), |rest| format!("noctule {rest}"));
    // Quoted texts count as one argument; what follows a pipe or redirection is not ours.
    let call = call.split(['|', '>', '<']).next().unwrap_or_default().to_owned();
    split_quoted(&call)
}

fn split_quoted(call: &str) -> Vec<String> {
    let parts = call.split('"').enumerate();
    parts
        .flat_map(|(n, part)| match n % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[test]
fn every_command_in_the_documents_is_one_that_the_tool_takes() {
    let mut seen = 0;
    for &(name, text) in DOCUMENTS {
        for line in command_lines(text) {
            let parsed = Cli::command().try_get_matches_from(arguments(line));
            assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen >= 8, "only {seen} commands found: has the layout of the documents changed?");
}

#[test]
fn the_readme_names_every_command() {
    for command in Cli::command().get_subcommands() {
        let name = format!("`{}`", command.get_name());
        assert!(DOCUMENTS[0].1.contains(&name), "README.md lacks {name}");
    }
}

/// `--option`s in a command's help, each with the word before it: `train --set` is an option of `train`.
fn named_options(help: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = help
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|w| !w.is_empty())
        .collect();
    let pairs = words.windows(2).filter(|pair| pair[1].starts_with("--"));
    pairs.map(|pair| (pair[0].to_owned(), pair[1].trim_start_matches('-').to_owned())).collect()
}

#[test]
fn every_option_in_a_help_is_one() {
    let mut cli = Cli::command();
    cli.build();
    let mut seen = 0;
    for command in cli.get_subcommands() {
        let help = command.clone().render_long_help().to_string();
        for (before, option) in named_options(&help) {
            let asked = cli.find_subcommand(&before).unwrap_or(command);
            let exists = asked.get_arguments().any(|a| a.get_long() == Some(&option));
            assert!(exists || option.is_empty(), "{}: --{option}", command.get_name());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(
        named_options("as `train --set`, with --words."),
        [("train".to_owned(), "set".to_owned()), ("with".to_owned(), "words".to_owned()),]
    );
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}
