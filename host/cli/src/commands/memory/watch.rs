//! `wirt watch`: the index follows the files for as long as it runs.
//!
//! A watch is no task and opens no store: it would hold it for as long as it runs, and a sync of
//! another root could have no tape.

use anyhow::Context as _;
use wirt_memory::{Memory, Outcome, Settled, Stop, WatchEvent, Watching};

use super::{TextPlugins, named_or_remembered, remember};
use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::tape;
use crate::{Exit, terminal};

pub(crate) fn watch(args: &args::Watch, plan: &Plan) -> anyhow::Result<Exit> {
    let folder = State::open(&args.root.state)?.memory(&args.root.root)?;
    let notes = named_or_remembered(&args.notes, &folder)?;
    let memory = Memory::open(&args.root.root, &folder, &notes)?;
    let mut text = TextPlugins::open(plan, &Plugins::new(plan.edition)?)?;
    if !args.notes.is_empty() {
        remember(&folder, &notes)?;
    }
    let stop = Stop::new();
    let stopping = stop.clone();
    ctrlc::set_handler(move || stopping.stop()).context("signals cannot be listened to")?;
    let watching = Watching { scan_every: args.scan_every, listens: !args.no_listen };
    let mut said = Ok(());
    let mut tell = |event: WatchEvent| {
        // Nobody reads any more, or the disk is full: the watch goes on all the same, and its
        // end says so.
        if let Err(error) = say(args, &event) {
            said = Err(error);
        }
    };
    memory.watch(&mut text.for_memory(), watching, &stop, &tape::now, &mut tell)?;
    said?;
    Ok(Exit::Ok)
}

fn say(args: &args::Watch, event: &WatchEvent) -> anyhow::Result<()> {
    if args.json {
        return Ok(terminal::line(serde_json::to_string(event)?)?);
    }
    match event {
        WatchEvent::Settled(settled) => line(settled)?,
        WatchEvent::Quiet => terminal::line("up to date")?,
        WatchEvent::Blind { why } => terminal::note(why),
        WatchEvent::Trouble { error } => terminal::note(error),
        WatchEvent::Scanned(_) | WatchEvent::Merged => {}
    }
    Ok(())
}

fn line(Settled { path, outcome }: &Settled) -> std::io::Result<()> {
    let path = terminal::plain(path);
    match outcome {
        Outcome::New => terminal::line(format_args!("new      {path}")),
        Outcome::Changed => terminal::line(format_args!("changed  {path}")),
        Outcome::Deleted => terminal::line(format_args!("deleted  {path}")),
        Outcome::Failed { error, retry_at } => {
            let later = if retry_at.is_some() { "; it is tried again" } else { "" };
            terminal::line(format_args!("failed   {path}: {}{later}", terminal::plain(error)))
        }
        Outcome::Unchanged | Outcome::Absent => Ok(()),
    }
}
