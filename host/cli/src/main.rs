//! `wirt`: the command line.
//!
//! Here: arguments, `wirt.toml`, the gate, and one file for each command. Not here: anything a
//! library could do without a terminal.

mod args;
mod commands;
mod config;
mod host;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let verbose = args.verbose;
    match commands::run(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            terminal::error(&error, verbose);
            Exit::Error.into()
        }
    }
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, or conformant.
    Ok,
    /// 1: what was asked for does not hold: not conformant, a path failed, the index differs.
    No,
    /// 2: wrong usage, or the command could not do its work.
    Error,
    /// 3: nothing is known: no case applied.
    Inconclusive,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::No => 1,
            Exit::Error => 2,
            Exit::Inconclusive => 3,
        })
    }
}
