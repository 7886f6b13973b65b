//! `wirt conform`: the suite, put to plugins.

use std::path::Path;

use anyhow::{Context as _, bail};
use wirt_conformance::{CaseGlob, Options, Report, Verdict, render, run as run_suite};
use wirt_engine::{Component, Limits};

use super::crash;
use crate::args::{Conform, Level, Report as ReportArg};
use crate::config::resolve::{Plan, PluginPlan};
use crate::host::plugins::Plugins;
use crate::host::subject::Scratch;
use crate::{Exit, terminal};

pub(crate) fn run(args: &Conform, config: Option<&Path>) -> anyhow::Result<Exit> {
    let options = match args.level {
        Level::Load => Options::load(),
        Level::Standard => Options::standard(),
        Level::Deep => return crash::deep(args),
    };
    if let Some(flag) = args.only_deep() {
        bail!("{flag} is of deep runs; add --level deep, or leave it out");
    }
    let case = args.case.as_deref().map(CaseGlob::parse).transpose()?;
    let options = Options { case, seed: args.seed, ..options };
    let plugins = Plugins::new(None)?;
    let mut reports = Vec::new();
    let mut unusable = false;
    for subject in subjects(args, config, &plugins)? {
        // One that cannot be loaded does not keep the others from being tested.
        let (component, limits) = match subject {
            Ok(subject) => subject,
            Err(error) => {
                terminal::error(&error, false);
                unusable = true;
                continue;
            }
        };
        let report = test(component, limits, &args.env, &options)?;
        terminal::line(render(&report, terminal::color()))?;
        reports.push(report);
    }
    for report in &args.report {
        write(report, &reports)?;
    }
    // Where only some cases were asked for, a plugin that none of them fits says nothing.
    let asked = reports.iter().filter(|report| args.case.is_none() || !report.cases.is_empty());
    Ok(if unusable { Exit::Error } else { worst(asked.map(|report| report.verdict)) })
}

fn subjects(
    args: &Conform,
    config: Option<&Path>,
    plugins: &Plugins,
) -> anyhow::Result<Vec<anyhow::Result<(Component, Limits)>>> {
    let mut subjects = Vec::new();
    for file in &args.files {
        let component = plugins.engine.load_file(file).map_err(anyhow::Error::from);
        subjects.push(component.map(|component| (component, Limits::default())));
    }
    if args.bundled {
        for plugin in wirt_bundled::PLUGINS {
            let component = plugins.engine.load(plugin.name, plugin.bytes)?;
            subjects.push(Ok((component, Limits::default())));
        }
    }
    if subjects.is_empty() || config.is_some() {
        if config.is_none() && !Path::new(crate::config::resolve::FILE).exists() {
            bail!("nothing to test; name a component's file, or --bundled, or --config wirt.toml");
        }
        let plan = Plan::load(config)?;
        let stores = plan.stores.values().map(|store| &store.plugin);
        for plan in stores.chain([&plan.tokenizer, &plan.embedder]) {
            subjects.push(named(plan, plugins));
        }
    }
    Ok(subjects)
}

fn named(plan: &PluginPlan, plugins: &Plugins) -> anyhow::Result<(Component, Limits)> {
    Ok((plugins.load(plan)?, plan.limits))
}

fn test(
    component: Component,
    limits: Limits,
    env: &[(String, String)],
    options: &Options,
) -> anyhow::Result<Report> {
    let bar = terminal::progress("testing");
    bar.set_message(component.name().to_owned());
    let mut subject = Scratch::new(component, limits, env, options.seed)?;
    let report = run_suite(&mut subject, options, |progress| {
        bar.set_length(u64::try_from(progress.total).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(progress.done).unwrap_or(u64::MAX));
    });
    bar.finish_and_clear();
    Ok(report)
}

/// One file for one plugin, a list of reports for several.
fn write(report: &ReportArg, reports: &[Report]) -> anyhow::Result<()> {
    let (file, text) = match report {
        ReportArg::Json(file) => (file, json(reports)?),
        ReportArg::Junit(file) => (file, wirt_conformance::junit(reports)?),
    };
    std::fs::write(file, text).with_context(|| {
        format!("the report {} cannot be written; name another file", file.display())
    })
}

fn json(reports: &[Report]) -> anyhow::Result<String> {
    Ok(match reports {
        [report] => report.to_json()?,
        reports => serde_json::to_string_pretty(reports)?,
    })
}

/// The exit code of the worst verdict: a harness error, then not conformant, then inconclusive.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Exit {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Conformant => 0,
        Verdict::Inconclusive => 1,
        Verdict::NotConformant => 2,
        Verdict::HarnessError => 3,
    };
    match verdicts.max_by_key(rank) {
        Some(Verdict::Conformant) => Exit::Ok,
        Some(Verdict::NotConformant) => Exit::No,
        Some(Verdict::HarnessError) => Exit::Error,
        Some(Verdict::Inconclusive) | None => Exit::Inconclusive,
    }
}
