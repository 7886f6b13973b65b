//! `wirt conform --level deep` and `wirt replay`: what a plugin shows after a crash.
//!
//! Here: which plugins, what is said of them, and failures that are kept. How the work is dealt out
//! stands in `parts`.

mod parts;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use wirt_contract::Interface;
use wirt_crash::{Budget, Finding, Replay, Replayed, Report, Settings, Verdict};
use wirt_engine::{Component, Engine};

use crate::args::{Conform, Replay as ReplayArgs, Report as ReportArg};
use crate::config::resolve::Source;
use crate::host::machine::Sandboxed;
use crate::host::plugins::load;
use crate::host::state;
use crate::host::subject::RUN_BEGINS;
use crate::{Exit, terminal};

pub(crate) use parts::work;

/// Where failures are kept, below the working folder, unless `--replays` names another.
const REPLAYS: &str = "wirt-replays";
/// Largest file of a failure that is read, in bytes.
const MAX_REPLAY_BYTES: u64 = 64 << 20;

/// A failure as it is kept: what it takes to see it again, and of which plugin it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// A component's file, or `bundled:` and a name.
    plugin: String,
    sha256: String,
    env: Vec<(String, String)>,
    replay: Replay,
}

/// Puts the crash harness to plugins.
pub(crate) fn deep(args: &Conform) -> anyhow::Result<Exit> {
    if args.case.is_some() {
        bail!("--case picks cases of the suite; deep runs have workloads, so leave it out");
    }
    let engine = engine()?;
    let mut subjects = Vec::new();
    for file in &args.files {
        let source = Source::File(file.clone());
        subjects.push((load(&engine, &source)?, source));
    }
    if args.bundled {
        for plugin in wirt_bundled::PLUGINS {
            let source = Source::Bundled(plugin.name.into());
            let component = load(&engine, &source)?;
            // Only stores hold anything that a crash could take.
            if component.interfaces().contains(Interface::Store) {
                subjects.push((component, source));
            }
        }
    }
    if subjects.is_empty() {
        bail!("nothing to test; name a component's file, or --bundled");
    }
    let mut reports = Vec::new();
    for (component, source) in subjects {
        reports.push(test(component, &source, args)?);
    }
    for form in &args.report {
        let ReportArg::Json(file) = form else {
            bail!("a deep run has no JUnit form; ask for json=FILE");
        };
        std::fs::write(file, serde_json::to_string_pretty(&reports)?)
            .with_context(|| format!("the report {} cannot be written", file.display()))?;
    }
    Ok(worst(&reports))
}

fn engine() -> anyhow::Result<Engine> {
    let cache = state::cache().map(|cache| cache.join("compiled"));
    Ok(Engine::for_disks(cache.as_deref())?)
}

/// A plugin on an engine of its own.
fn machine(plugin: &Source, args: &Conform) -> anyhow::Result<Sandboxed> {
    Ok(Sandboxed::new(load(&engine()?, plugin)?, &args.env, args.seed))
}

/// When a run ends, whatever is left; never, where no budget was given.
#[derive(Debug, Clone, Copy)]
struct Deadline(Option<Instant>);

impl Deadline {
    fn after(budget: Option<Duration>) -> Self {
        // A budget that no clock can hold is none.
        Self(budget.and_then(|budget| Instant::now().checked_add(budget)))
    }

    fn is_ahead(self) -> bool {
        self.0.is_none_or(|until| Instant::now() < until)
    }
}

fn settings(args: &Conform) -> Settings {
    Settings {
        profiles: args.profiles(),
        seed: args.seed,
        begins: RUN_BEGINS,
        budget: Budget::default(),
    }
}

fn test(component: Component, plugin: &Source, args: &Conform) -> anyhow::Result<Report> {
    let digest = component.digest().to_owned();
    let mut machine = Sandboxed::new(component, &args.env, args.seed);
    let report = parts::make(&mut machine, plugin, args)?;
    for told in &report.workloads {
        terminal::line(format_args!(
            "{} {}: {} operations, {} calls ({} syncs); {}; {} of {} faulty runs",
            told.profile,
            told.name,
            told.ops,
            told.calls,
            told.syncs,
            told.crashes,
            told.faults.runs,
            told.faults.of
        ))?;
    }
    for (number, finding) in (1..).zip(&report.findings) {
        terminal::line(format_args!("\nFAIL {finding}"))?;
        let file = keep(plugin, &digest, args, finding, number)?;
        terminal::line(format_args!("  again:    wirt replay {}", file.display()))?;
    }
    terminal::line(format_args!("\n{plugin}: {}\n", report.verdict))?;
    Ok(report)
}

/// Writes a failure into a file of its own.
fn keep(
    plugin: &Source,
    digest: &str,
    args: &Conform,
    finding: &Finding,
    number: u32,
) -> anyhow::Result<PathBuf> {
    let folder = args.replays.clone().unwrap_or_else(|| REPLAYS.into());
    let short = digest.get(..12).unwrap_or(digest);
    let file = folder.join(format!("{short}-{number}.json"));
    let stored = Stored {
        plugin: plugin.to_string(),
        sha256: digest.to_owned(),
        env: args.env.clone(),
        replay: finding.replay.clone(),
    };
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, serde_json::to_string_pretty(&stored)?))
        .with_context(|| {
            format!("the failure {} cannot be written; name another --replays", file.display())
        })?;
    Ok(file)
}

/// The exit code of the worst verdict. A plugin that crashes cannot be asked of is no reason to
/// fail, as long as another one was tested.
fn worst(reports: &[Report]) -> Exit {
    let mut exit = None;
    for report in reports {
        exit = match (&report.verdict, exit) {
            (Verdict::Failed, _) | (_, Some(Exit::No)) => Some(Exit::No),
            (Verdict::Inconclusive(_), _) | (_, Some(Exit::Inconclusive)) => {
                Some(Exit::Inconclusive)
            }
            (Verdict::CrashTested, _) => Some(Exit::Ok),
            (Verdict::NotApplicable(_), exit) => exit,
        };
    }
    exit.unwrap_or(Exit::Inconclusive)
}

/// Makes a kept failure happen again.
pub(crate) fn replay(args: &ReplayArgs) -> anyhow::Result<Exit> {
    let file = args.file.display();
    let unreadable = || format!("the failure {file} cannot be read; check the path");
    let len = std::fs::metadata(&args.file).with_context(unreadable)?.len();
    if len > MAX_REPLAY_BYTES {
        bail!("{file} has {len} bytes, and a failure has at most {MAX_REPLAY_BYTES}");
    }
    let text = std::fs::read_to_string(&args.file).with_context(unreadable)?;
    let stored: Stored = serde_json::from_str(&text).with_context(|| {
        format!(
            "{file} is no failure of this version; make it again by `wirt conform --level deep`"
        )
    })?;
    let component = load(&engine()?, &Source::parse(&stored.plugin))?;
    if component.digest() != stored.sha256 {
        terminal::note(format_args!(
            "note: {} has changed since the failure was kept (SHA-256 {}, then {})",
            stored.plugin,
            component.digest(),
            stored.sha256
        ));
    }
    let mut machine = Sandboxed::new(component, &stored.env, stored.replay.world.seed);
    match stored.replay.run(&mut machine)? {
        Replayed::Right => {
            terminal::line("right now: the failure does not happen any more")?;
            Ok(Exit::Ok)
        }
        Replayed::Wrong(rule, expected, found) => {
            terminal::line(format_args!(
                "FAIL {rule}\n  expected: {expected}\n  found:    {found}"
            ))?;
            Ok(Exit::No)
        }
    }
}
