//! `wirt sync` and `wirt rebuild`: the index follows the files, once.

use wirt_memory::Memory;

use super::{TextPlugins, named_or_remembered, remember};
use crate::args;
use crate::config::resolve::Plan;
use crate::host::indexing::{self, Indexed, Work};
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::tape::Tape;
use crate::{Exit, terminal};

pub(crate) fn sync(args: &args::Sync, plan: &Plan) -> anyhow::Result<Exit> {
    run(Work::Sync, args, plan)
}

pub(crate) fn rebuild(args: &args::Sync, plan: &Plan) -> anyhow::Result<Exit> {
    run(Work::Rebuild, args, plan)
}

fn run(work: Work, args: &args::Sync, plan: &Plan) -> anyhow::Result<Exit> {
    let state = State::open(&args.root.state)?;
    let folder = state.memory(&args.root.root)?;
    let notes = named_or_remembered(&args.notes, &folder)?;
    if work == Work::Rebuild {
        // Before it is opened: the index may be what is damaged.
        Memory::discard(&folder)?;
    }
    let memory = Memory::open(&args.root.root, &folder, &notes)?;
    let plugins = Plugins::new(plan.edition)?;
    let text = TextPlugins::open(plan, &plugins)?;
    let tape = Tape::open(plan, &plugins, &state)?;
    let indexed = indexing::run(&tape, work, memory, text, &args.root.root, &notes)?;
    tape.close()?;
    // Globs that name nothing are a slip of the pen.
    if !args.notes.is_empty() && indexed.report.nothing_found().is_none() {
        remember(&folder, &notes)?;
    }
    report(args, &indexed)
}

fn report(args: &args::Sync, indexed: &Indexed) -> anyhow::Result<Exit> {
    let report = &indexed.report;
    for failed in &report.failed {
        terminal::note(format_args!("{}: {}", failed.path, failed.error));
    }
    if args.json {
        terminal::line(serde_json::to_string(report)?)?;
    } else {
        if let Some(why) = &report.rebuilt {
            terminal::line(format_args!("built from nothing: {why}"))?;
        }
        terminal::line(format_args!(
            "{} files: {} new, {} changed, {} unchanged, {} deleted, {} failed; {} entries ({} written, {} embedded) in {:.0} ms; task {}",
            report.files,
            report.new,
            report.changed,
            report.unchanged,
            report.deleted,
            report.failed.len(),
            report.entries,
            report.entries_written,
            report.embedded,
            indexed.time.as_secs_f64() * 1e3,
            indexed.task,
        ))?;
        if report.texts_cut > 0 {
            terminal::line(format_args!(
                "{} texts were cut to what a plugin takes",
                report.texts_cut
            ))?;
        }
    }
    if let Some(nothing) = report.nothing_found() {
        terminal::note(format_args!("error: {nothing}"));
        return Ok(Exit::No);
    }
    Ok(if report.failed.is_empty() { Exit::Ok } else { Exit::No })
}
