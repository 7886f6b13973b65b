//! The parts of a deep run, dealt out to processes.
//!
//! Processes and not threads: a state takes a new sandbox, and sandboxes of one process wait for
//! each other at the process's memory map. A worker is this binary once more. It is sent a part's
//! number a line, and answers each by a line of JSON.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::num::NonZero;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use indicatif::ProgressBar;
use wirt_crash::{Machine, Part, Report, Settings, Workload, inapplicable, part, workloads};
use wirt_disk::Profile;

use super::{Deadline, machine, settings};
use crate::args::Conform;
use crate::config::resolve::Source;
use crate::{Exit, terminal};

/// Most workers, whatever the machine has.
const MAX_JOBS: usize = 64;
/// Longest line of a worker, in bytes: a part with all the findings it may tell of.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// One workload under one profile.
type Planned = (Profile, Workload);

/// Parts in the order of a run.
fn planned(settings: &Settings) -> Vec<Planned> {
    let all = workloads::all();
    let under = |profile: &Profile| {
        let profile = *profile;
        all.iter().cloned().map(move |workload| (profile, workload)).collect::<Vec<_>>()
    };
    settings.profiles.iter().flat_map(under).collect()
}

/// Makes every part, as far as the time goes, and gives the report.
pub(super) fn make(
    machine: &mut dyn Machine,
    plugin: &Source,
    args: &Conform,
) -> anyhow::Result<Report> {
    let settings = settings(args);
    if let Some(verdict) = inapplicable(machine, &settings) {
        return Ok(Report::without_parts(&settings, verdict));
    }
    let planned = planned(&settings);
    let deadline = Deadline::after(args.budget);
    let bar = terminal::progress("crashing");
    bar.set_length(u64::try_from(planned.len()).unwrap_or(u64::MAX));
    bar.set_message(plugin.to_string());
    let wanted = args.jobs.map_or_else(cores, NonZero::get);
    let jobs = wanted.clamp(1, MAX_JOBS).min(planned.len());
    let parts = if jobs == 1 {
        here(machine, &settings, &planned, deadline, &bar)
    } else {
        dealt_out(jobs, plugin, args, planned.len(), deadline, &bar)?
    };
    bar.finish_and_clear();
    Ok(Report::of(&settings, parts))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// One part after the other, in this process.
fn here(
    machine: &mut dyn Machine,
    settings: &Settings,
    planned: &[Planned],
    deadline: Deadline,
    bar: &ProgressBar,
) -> Vec<Option<Part>> {
    let mut goes_on = || deadline.is_ahead();
    let mut parts = Vec::new();
    for (profile, workload) in planned {
        let made = goes_on().then(|| part(machine, settings, *profile, workload, &mut goes_on));
        parts.push(made);
        bar.inc(1);
    }
    parts
}

/// What is left to do, and what was done.
struct Table {
    next: usize,
    parts: Vec<Option<Part>>,
}

/// Each worker gets the next part once it is done with one.
fn dealt_out(
    jobs: usize,
    plugin: &Source,
    args: &Conform,
    planned: usize,
    deadline: Deadline,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Option<Part>>> {
    let table = Mutex::new(Table { next: 0, parts: vec![None; planned] });
    let locked = || table.lock().unwrap_or_else(PoisonError::into_inner);
    let serve = || -> anyhow::Result<()> {
        let mut worker = Worker::start(plugin, args, deadline)?;
        loop {
            let number = {
                let mut table = locked();
                if table.next == planned || !deadline.is_ahead() {
                    return worker.end();
                }
                table.next += 1;
                table.next - 1
            };
            let made = worker.make(number)?;
            if let Some(place) = locked().parts.get_mut(number) {
                *place = Some(made);
            }
            bar.inc(1);
        }
    };
    std::thread::scope(|scope| {
        let servers: Vec<_> = (0..jobs).map(|_| scope.spawn(serve)).collect();
        let ends = servers.into_iter().map(|server| {
            server.join().unwrap_or_else(|_| Err(anyhow!("a worker's keeper panicked")))
        });
        // All are waited for; the first that failed is told.
        ends.collect::<Vec<_>>().into_iter().collect::<anyhow::Result<()>>()
    })?;
    Ok(table.into_inner().unwrap_or_else(PoisonError::into_inner).parts)
}

/// A process that makes parts.
struct Worker {
    child: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(plugin: &Source, args: &Conform, deadline: Deadline) -> anyhow::Result<Self> {
        let me = std::env::current_exe().context("this program's own file cannot be found")?;
        let mut command = Command::new(me);
        command.arg("deep-parts").arg("--seed").arg(args.seed.to_string());
        for profile in args.profiles() {
            command.arg("--profile").arg(profile.name());
        }
        for (name, value) in &args.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if let Some(left) = deadline.left() {
            // Whole seconds, rounded up: the parent's own clock decides which parts are begun.
            command.arg("--budget").arg(format!("{}s", left.as_secs() + 1));
        }
        // Last, and after `--`: a file may be called anything.
        command.arg("--").arg(plugin.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("a worker process cannot be started")?;
        let (Some(asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker process has no pipes");
        };
        Ok(Self { child, asked: Some(asked), answers: BufReader::new(answers) })
    }

    fn make(&mut self, number: usize) -> anyhow::Result<Part> {
        let gone = || format!("a worker process ended before part {number} was made");
        let asked = self.asked.as_mut().with_context(gone)?;
        writeln!(asked, "{number}").with_context(gone)?;
        let mut line = String::new();
        self.answers.by_ref().take(MAX_LINE_BYTES).read_line(&mut line).with_context(gone)?;
        if line.is_empty() {
            bail!("{}; run it again with --jobs 1 to see why", gone());
        }
        serde_json::from_str(&line).context("a worker process answered with no part")
    }

    fn end(mut self) -> anyhow::Result<()> {
        drop(self.asked.take());
        let ended = self.child.wait().context("a worker process cannot be waited for")?;
        if ended.success() { Ok(()) } else { bail!("a worker process failed: {ended}") }
    }
}

impl Drop for Worker {
    /// One that was left in the middle of its work has nobody to answer.
    fn drop(&mut self) {
        if self.asked.is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A worker's life: parts by number, until there are no more.
pub(crate) fn work(args: &Conform) -> anyhow::Result<Exit> {
    let [file] = &args.files[..] else { bail!("a worker has one plugin") };
    let source = Source::parse(&file.to_string_lossy());
    let mut machine = machine(&source, args)?;
    let settings = settings(args);
    let planned = planned(&settings);
    let deadline = Deadline::after(args.budget);
    for line in std::io::stdin().lock().lines() {
        let number = line?;
        let wanted = number.parse().ok().and_then(|number: usize| planned.get(number));
        let (profile, workload) = wanted.with_context(|| format!("no part `{number}`"))?;
        let made = part(&mut machine, &settings, *profile, workload, &mut || deadline.is_ahead());
        terminal::line(serde_json::to_string(&made)?)?;
    }
    Ok(Exit::Ok)
}

impl Deadline {
    /// How long it is until then; none where there is no end.
    fn left(self) -> Option<std::time::Duration> {
        self.0.map(|until| until.saturating_duration_since(Instant::now()))
    }
}
