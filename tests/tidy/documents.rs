//! Commands that the documents name exist, with their flags.

use std::process::Command;

use super::{check, tree};

/// Every command line of `wirt` in a markdown text, as words: in fenced blocks and in back quotes.
fn wirt_commands(markdown: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let pieces: Vec<&str> = if fenced {
            line.split(" #").take(1).flat_map(|line| line.split(['|', '&', ';'])).collect()
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        for piece in pieces {
            let piece = piece.trim();
            let rest = piece
                .strip_prefix("wirt ")
                .or_else(|| Some(piece.strip_prefix("cargo run ")?.split_once("-- ")?.1));
            if let Some(rest) = rest {
                found.push(rest.split_whitespace().map(str::to_owned).collect());
            }
        }
    }
    found
}

/// What of a command line its help does not know. `help` gives the help of these subcommands, if
/// they exist.
fn unknown_words(line: &[String], help: &dyn Fn(&[&str]) -> Option<String>) -> Vec<String> {
    let wrong = |what: &str| vec![format!("`wirt {}`: no {what}", line.join(" "))];
    let Some(command) = line.first().map(String::as_str) else { return Vec::new() };
    if command.starts_with('-') {
        return Vec::new();
    }
    let Some(text) = help(&[command]) else { return wrong(&format!("command `{command}`")) };
    let below = line.get(1).filter(|_| text.contains("<COMMAND>"));
    let text = match below {
        None => text,
        Some(below) => match help(&[command, below]) {
            Some(text) => text,
            None => return wrong(&format!("command `{command} {below}`")),
        },
    };
    line.iter()
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.split('=').next().unwrap_or(word))
        .filter(|flag| !text.contains(&format!("{flag} ")) && !text.contains(&format!("{flag}\n")))
        .flat_map(|flag| wrong(&format!("flag `{flag}`")))
        .collect()
}

/// The binary's own help; `None` where there is no such command.
fn help(commands: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_wirt")).args(commands).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn commands_of_the_documents_exist() {
    let mut files = tree();
    files.retain(|file| ["README.md", "ARCHITECTURE.md"].contains(&file.path.as_str()));
    let lines: usize = files.iter().map(|file| wirt_commands(&file.text).len()).sum();
    assert!(lines > 5, "only {lines} commands were read");
    check(&files, |file| {
        let lines = wirt_commands(&file.text);
        lines.iter().flat_map(|line| unknown_words(line, &help)).collect()
    });
}

#[test]
fn a_command_that_is_not_there_is_seen() {
    let text = "Run `wirt sink ROOT`, not `wirt`.\n```sh\nwirt sync ~/n --note x # wirt none\n\
                cargo run -q -- config chek | wirt config check\n```\n";
    let lines = wirt_commands(text);
    let lines: Vec<String> = lines.iter().map(|line| line.join(" ")).collect();
    assert_eq!(lines, ["sink ROOT", "sync ~/n --note x", "config chek", "config check"]);
    let help = |commands: &[&str]| match commands {
        ["sync"] => Some("  --notes <GLOB>\n".to_owned()),
        ["config"] => Some("<COMMAND>".to_owned()),
        ["config", "check"] => Some(String::new()),
        _ => None,
    };
    let wrong: Vec<usize> =
        wirt_commands(text).iter().map(|line| unknown_words(line, &help).len()).collect();
    assert_eq!(wrong, [1, 1, 1, 0]);
}
