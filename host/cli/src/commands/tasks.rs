//! `wirt tasks`: rows and tapes of the store that `tasks` is bound to.

use anyhow::bail;
use wirt_contract::tasks::{Event, Task, TaskFilter};
use wirt_contract::{EpochMs, Plugin, TaskId};

use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::tape::Tape;
use crate::{Exit, terminal};

/// Rows or events in one call to the store.
const PAGE: u32 = 100;

pub(crate) fn run(args: &args::Tasks, plan: &Plan) -> anyhow::Result<Exit> {
    let state = State::open(&args.state)?;
    let tape = Tape::open(plan, &Plugins::new(plan.edition)?, &state)?;
    let shown = match &args.task {
        None => rows(&tape, args.json),
        Some(task) => one(&tape, &TaskId::from(task.as_str()), args.json),
    };
    tape.close()?;
    shown?;
    Ok(Exit::Ok)
}

fn rows(tape: &Tape, json: bool) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let (store, from) = (tape.store.clone(), after.clone());
        let page = tape.block_on(tape.client.call(move |plugin: &mut dyn Plugin| {
            plugin.tasks()?.list(&store, &TaskFilter::default(), from.as_ref(), PAGE)
        }))?;
        for task in &page.tasks {
            row(task, json)?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn row(task: &Task, json: bool) -> anyhow::Result<()> {
    if json {
        return Ok(terminal::line(serde_json::to_string(task)?)?);
    }
    let time = match (task.started_at, task.finished_at) {
        (Some(EpochMs(began)), Some(EpochMs(ended))) => {
            format!("{} ms", ended.saturating_sub(began))
        }
        _ => "-".into(),
    };
    Ok(terminal::line(format_args!(
        "{}  {:10}  {:12}  {time}",
        task.task_id,
        task.status.to_string(),
        task.op
    ))?)
}

fn one(tape: &Tape, id: &TaskId, json: bool) -> anyhow::Result<()> {
    let (store, asked) = (tape.store.clone(), id.clone());
    let task = tape.block_on(
        tape.client.call(move |plugin: &mut dyn Plugin| plugin.tasks()?.get(&store, &asked)),
    )?;
    let Some(task) = task else {
        bail!("there is no task `{id}`; `wirt tasks` lists those there are");
    };
    row(&task, json)?;
    for event in tape_of(tape, id)? {
        if json {
            terminal::line(serde_json::to_string(&event)?)?;
        } else {
            terminal::line(format_args!(
                "{:5}  {:16}  {}",
                event.seq,
                event.kind.to_string(),
                event.payload
            ))?;
        }
    }
    if !json && let Some(failure) = task.failure {
        terminal::line(format_args!("failure: {failure}"))?;
    }
    Ok(())
}

/// A task's whole tape.
pub(crate) fn tape_of(tape: &Tape, id: &TaskId) -> anyhow::Result<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let from = events.last().map_or(1, |event| event.seq + 1);
        let (store, asked) = (tape.store.clone(), id.clone());
        let page = tape.block_on(tape.client.call(move |plugin: &mut dyn Plugin| {
            plugin.tasks()?.list_events(&store, &asked, from, PAGE)
        }))?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}
