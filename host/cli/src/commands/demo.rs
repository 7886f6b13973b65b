//! `wirt demo`: in a minute, what Wirt does. Everything happens in a folder that is gone
//! afterwards; only compiled plugins stay, in the cache.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use wirt_contract::Interface;
use wirt_contract::tasks::EventKind;
use wirt_engine::{Component, Limits};
use wirt_memory::{Memory, Mode, Query};
use wirt_runtime::tasks::{Report, Reporter};

use super::memory::{TextPlugins, show};
use super::tasks::tape_of;
use crate::args::{self, DemoTask};
use crate::config::resolve::Plan;
use crate::host::gate;
use crate::host::indexing::{self, Work};
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::tape::Tape;
use crate::{Exit, terminal};

/// The memory that is remembered: a user's facts of three days.
const MEMORY: [(&str, &str); 3] = [
    (
        "default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-18.md",
        include_str!(
            "../../demo/memory/default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-18.md"
        ),
    ),
    (
        "default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-19.md",
        include_str!(
            "../../demo/memory/default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-19.md"
        ),
    ),
    (
        "default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-21.md",
        include_str!(
            "../../demo/memory/default_app/default_project/users/u_mira/.atomic_facts/atomic_fact-2026-05-21.md"
        ),
    ),
];
const QUERY: &str = "the quartet's concert in June";
/// What is edited, and the query that finds it again.
const EDIT: (&str, &str, &str) = ("6543", "7654", "staging database port 7654");
/// Characters of a call and of its answer that fit a terminal's line.
const SHOWN_CALL: usize = 60;
const SHOWN_ANSWER: usize = 24;
/// The plugin that is turned away.
const REFUSED: &str = "progress-after-final";
/// The step of five at which the child is killed, and what it says then.
const STEPS: u64 = 5;
const KILLED_AT: u64 = 3;

pub(crate) fn run() -> anyhow::Result<Exit> {
    let began = Instant::now();
    let folder = tempfile::tempdir().context("no temporary folder can be made; set TMPDIR")?;
    let plugins = Plugins::new(None)?;
    let args = args::State { state: Some(folder.path().join("state")) };
    let state = State::open(&args)?;
    let plan = Plan::defaults()?;
    verdicts(&plugins)?;
    remember(&plan, &plugins, &state, &folder.path().join("memory"))?;
    survive(&plan, &plugins, &state, &folder.path().join("state"))?;
    refuse(&plugins)?;
    next(began)?;
    Ok(Exit::Ok)
}

fn title(text: &str) -> anyhow::Result<()> {
    let (bold, plain) = if terminal::color() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    terminal::line(format_args!("\n{bold}{text}{plain}"))?;
    Ok(())
}

/// The verdict table: every bundled plugin, every core case of what it exports.
/// A plugin's contracts in a few words: their names, or how many where they are many.
fn contracts(component: &Component) -> String {
    let names: Vec<&str> = component.interfaces().iter().map(Interface::name).collect();
    match &names[..] {
        [first, .., last] if names.len() > 2 => format!("{first} … {last} ({})", names.len()),
        _ => names.join(", "),
    }
}

fn verdicts(plugins: &Plugins) -> anyhow::Result<()> {
    title("Verdicts: every plugin passes the suite before it may work")?;
    terminal::line(format_args!(
        "  {:18} {:20} {:>5}  {:11} {:>8}",
        "plugin", "contracts", "cases", "verdict", "time"
    ))?;
    for bundled in wirt_bundled::PLUGINS {
        let component = plugins.engine.load(bundled.name, bundled.bytes)?;
        let began = Instant::now();
        let report = gate::test(&component, Limits::default())?;
        terminal::line(format_args!(
            "  {:18} {:20} {:>5}  {:11} {:>5.0} ms",
            bundled.name,
            contracts(&component),
            report.counts.pass,
            report.verdict.to_string(),
            began.elapsed().as_secs_f64() * 1e3
        ))?;
        if let Some(refusal) = gate::refusal(&component, &report, None) {
            return Err(refusal.into());
        }
    }
    Ok(())
}

fn remember(plan: &Plan, plugins: &Plugins, state: &State, root: &Path) -> anyhow::Result<()> {
    title("Remember: markdown is the truth, the index follows it")?;
    for (path, text) in MEMORY {
        let file = root.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(file, text)?;
    }
    let folder = state.memory(root)?;
    let tape = Tape::open(plan, plugins, state)?;
    let sync = || -> anyhow::Result<indexing::Indexed> {
        let memory = Memory::open(root, &folder, &[])?;
        let text = TextPlugins::open(plan, plugins)?;
        indexing::run(&tape, Work::Sync, memory, text, root, &[])
    };
    let indexed = sync()?;
    let events = tape_of(&tape, &indexed.task)?;
    let tape_says: Vec<String> = events.iter().map(|event| event.kind.to_string()).collect();
    terminal::line(format_args!(
        "  {} entries of {} files indexed as task {}; its tape: {}",
        indexed.report.entries,
        indexed.report.files,
        indexed.task,
        tape_says.join(", ")
    ))?;
    terminal::line(format_args!("  search \"{QUERY}\":"))?;
    let mut text = TextPlugins::open(plan, plugins)?;
    let find = |text: &mut TextPlugins, words: &str, k: usize| -> anyhow::Result<_> {
        let memory = Memory::open(root, &folder, &[])?;
        let query = Query { text: words, k, mode: Mode::Hybrid, filter: None };
        Ok(memory.search(&mut text.for_memory(), &query)?)
    };
    for hit in find(&mut text, QUERY, 3)? {
        show(&hit)?;
    }
    let (path, before) = MEMORY[1];
    let began = Instant::now();
    std::fs::write(root.join(path), before.replace(EDIT.0, EDIT.1))?;
    sync()?;
    let hits = find(&mut text, EDIT.2, 1)?;
    let Some(hit) = hits.first().filter(|hit| hit.snippet.text.contains(EDIT.1)) else {
        bail!("the edit was not found again; please report this");
    };
    terminal::line(format_args!(
        "  edited ({} became {}), synced and found again at line {} in {:.0} ms",
        EDIT.0,
        EDIT.1,
        hit.line,
        began.elapsed().as_secs_f64() * 1e3
    ))?;
    tape.close()
}

/// Kills a task's process with SIGKILL in the middle, and repairs what it left.
fn survive(plan: &Plan, plugins: &Plugins, state: &State, folder: &Path) -> anyhow::Result<()> {
    title("Survive: a process is killed, its task is not lost")?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("demo-task")
        .arg("--state")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .context("the demo's child process cannot be started")?;
    let said = child.stdout.take().context("the child's output is not there")?;
    let mut task = String::new();
    for line in BufReader::new(said).lines() {
        let line = line?;
        if let Some(id) = line.strip_prefix("task ") {
            task = id.to_owned();
        }
        if line == format!("step {KILLED_AT}") {
            break;
        }
    }
    // On Unix this is SIGKILL: the child gets no chance to clean up.
    child.kill()?;
    child.wait()?;
    ensure!(!task.is_empty(), "the demo's child ended before its task began");
    terminal::line(format_args!("  task {task} was killed at step {KILLED_AT} of {STEPS}"))?;
    let tape = Tape::open(plan, plugins, state)?;
    let events = tape_of(&tape, &task.as_str().into())?;
    for event in &events {
        terminal::line(format_args!(
            "  {:3}  {:14} {}",
            event.seq,
            event.kind.to_string(),
            event.payload
        ))?;
    }
    let finals = events.iter().filter(|event| matches!(event.kind, EventKind::Final(_))).count();
    ensure!(finals == 1, "the tape has {finals} finals, expected 1; please report this");
    tape.close()?;
    terminal::line("  repaired at the next start: exactly one final, and it is the last word")?;
    Ok(())
}

/// The child: five steps, of which the last two are never reached.
pub(crate) fn task(args: &DemoTask) -> anyhow::Result<Exit> {
    let tape = Tape::open(&Plan::defaults()?, &Plugins::new(None)?, &State::open(&args.state)?)?;
    let work = |reporter: Reporter| async move {
        terminal::line(format_args!("task {}", reporter.task())).map_err(fail)?;
        for step in 1..=STEPS {
            reporter
                .report(Report::Progress, &json!({"step": step, "of": STEPS}))
                .await
                .map_err(fail)?;
            terminal::line(format_args!("step {step}")).map_err(fail)?;
            if step == KILLED_AT {
                std::future::pending::<()>().await;
            }
        }
        Ok(json!({"steps": STEPS}))
    };
    let task = tape.block_on(tape.tasks.submit("demo.steps", &json!({"steps": STEPS}), work))?;
    tape.block_on(tape.tasks.ended(&task))?;
    tape.close()?;
    Ok(Exit::Ok)
}

fn fail(error: impl std::fmt::Display) -> wirt_runtime::tasks::TaskFailure {
    wirt_runtime::tasks::TaskFailure { code: "demo".into(), message: error.to_string() }
}

fn refuse(plugins: &Plugins) -> anyhow::Result<()> {
    title("Refuse: a plugin that breaks a rule is turned away")?;
    let faulty = wirt_bundled::faulty(REFUSED).context("the demo's faulty plugin is not there")?;
    let component = plugins.engine.load(faulty.name, faulty.bytes)?;
    let report = gate::test(&component, Limits::default())?;
    let Some((case, evidence)) = gate::clearest_trouble(&report, None) else {
        bail!("{REFUSED} was let in; please report this");
    };
    terminal::line(format_args!("  {REFUSED} is not let in"))?;
    terminal::line(format_args!("  case      {}", case.id))?;
    terminal::line(format_args!("  rule      {}", case.rule))?;
    for (position, call) in evidence.history.iter().enumerate() {
        let label = if position == 0 { "history" } else { "" };
        terminal::line(format_args!("  {label:9} {}", cut(call)))?;
    }
    terminal::line(format_args!("  expected  {}", evidence.expected))?;
    terminal::line(format_args!("  found     {}", evidence.found))?;
    Ok(())
}

/// A call and its answer on one line of a terminal.
fn cut(call: &str) -> String {
    let (call, answer) = call.rsplit_once(" → ").unwrap_or((call, ""));
    format!("{} → {}", shortened(call, SHOWN_CALL), shortened(answer, SHOWN_ANSWER))
}

fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.into(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
    }
}

fn next(began: Instant) -> anyhow::Result<()> {
    title(&format!("Done in {:.1} s. Next:", began.elapsed().as_secs_f64()))?;
    for (who, command) in [
        ("you run a platform", "wirt config check --config wirt.toml"),
        ("you write a plugin", "wirt conform my-plugin.wasm"),
        ("you keep CI", "wirt conform --bundled --report junit=conform.xml"),
        ("you have markdown", "wirt sync ~/notes && wirt search ~/notes \"what was it again\""),
    ] {
        terminal::line(format_args!("  {who:20} {command}"))?;
    }
    Ok(())
}
