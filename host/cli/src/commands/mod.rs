//! One file for each command.

mod backup;
mod config;
mod conform;
mod crash;
mod demo;
mod inspect;
mod memory;
mod restore;
mod tasks;

pub(crate) use memory::TextPlugins;

use crate::Exit;
use crate::args::{Args, Command};
use crate::config::resolve::Plan;

pub(crate) fn run(args: Args) -> anyhow::Result<Exit> {
    let plan = || Plan::load(args.config.as_deref());
    match args.command {
        Command::Demo => demo::run(),
        Command::Conform(command) => conform::run(&command, args.config.as_deref()),
        Command::Replay(command) => crash::replay(&command),
        Command::Inspect(command) => inspect::run(&command),
        Command::Sync(command) => memory::sync(&command, &plan()?),
        Command::Rebuild(command) => memory::rebuild(&command, &plan()?),
        Command::Watch(command) => memory::watch(&command, &plan()?),
        Command::Search(command) => memory::search(&command, &plan()?),
        Command::Entries(command) => memory::entries(&command),
        Command::Status(command) => memory::status(&command),
        Command::Verify(command) => memory::verify(&command, &plan()?),
        Command::Tasks(command) => tasks::run(&command, &plan()?),
        Command::Backup(command) => backup::run(&command, &plan()?),
        Command::Restore(command) => restore::run(&command, &plan()?),
        Command::Config(command) => config::run(&command, args.config.as_deref()),
        Command::DemoTask(command) => demo::task(&command),
        Command::DeepParts(command) => crash::work(&command),
    }
}
