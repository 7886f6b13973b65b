//! The gate: no plugin works before it has passed every core case of what it exports.
//!
//! A verdict is cached under the digests of component, suite and engine. A cached refusal is
//! worth nothing: whoever is refused wants to see why, so refusals are tested anew.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use wirt_conformance::{CaseResult, Evidence, Options, Report, Verdict, cases, counts_against};
use wirt_engine::{Component, Engine, GrantError, Limits};

use super::subject::Scratch;
use crate::terminal;

/// The gate's seed. One seed makes a verdict repeatable; `wirt conform --seed` tries others.
const SEED: u64 = 0;
/// Lines of a history that a refusal shows.
const SHOWN_HISTORY: usize = 12;

pub(crate) struct Gate {
    folder: Option<PathBuf>,
    engine: String,
    pinned: Option<u32>,
}

/// How a plugin was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It passed.
    Conformant,
    /// It did not, and the operator had said that it does not matter; they were warned.
    AllTheSame,
}

/// A plugin was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Broken(Box<Broken>),
    #[error("{plugin} is not let in: its verdict is {verdict}; `wirt conform` shows why")]
    NoVerdict { plugin: String, verdict: Verdict },
    #[error(transparent)]
    Scratch(#[from] GrantError),
}

/// A rule is broken.
#[derive(Debug, thiserror::Error)]
#[error(
    "{plugin} is not let in: case {case} breaks the rule {rule}: expected {expected}, found {found}; `wirt conform` shows the history (`admit_despite` in wirt.toml overrides)"
)]
pub(crate) struct Broken {
    plugin: String,
    case: String,
    rule: String,
    expected: String,
    found: String,
    #[source]
    history: History,
}

/// The calls that led to a refusal; shown with `-v`.
#[derive(Debug, thiserror::Error)]
#[error("history: {}", .0.join(" | "))]
pub(crate) struct History(Vec<String>);

impl Gate {
    /// A gate that keeps verdicts in this folder, or keeps none. A case of the suite that is newer
    /// than the `pinned` edition warns and does not refuse.
    pub(crate) fn new(engine: &Engine, folder: Option<PathBuf>, pinned: Option<u32>) -> Self {
        Self { folder, engine: engine.fingerprint().into(), pinned }
    }

    /// Lets the plugin in, or says why not.
    pub(crate) fn admit(
        &self,
        component: &Component,
        limits: Limits,
        admit_despite: Option<&str>,
    ) -> Result<Admitted, Refusal> {
        let file = self.file(component, limits);
        if file.as_ref().is_some_and(|file| is_ours(file)) {
            return Ok(Admitted::Conformant);
        }
        let report = test(component, limits)?;
        match (refusal(component, &report, self.pinned), admit_despite) {
            // Only a clean verdict is kept: the file's name says nothing of a pinned edition.
            (None, _) if report.verdict == Verdict::Conformant => {
                if let Some(file) = file {
                    keep(&file);
                }
                return Ok(Admitted::Conformant);
            }
            (None, _) => {
                let newer: Vec<&str> = report.troubles().map(|case| case.id.as_str()).collect();
                terminal::note(format_args!(
                    "warning: {} fails cases newer than the pinned edition: {}",
                    component.name(),
                    newer.join(", ")
                ));
            }
            (Some(refusal), None) => return Err(refusal),
            (Some(refusal), Some(reason)) => {
                terminal::note(format_args!("warning: {refusal}; let in all the same: {reason}"))
            }
        }
        Ok(Admitted::AllTheSame)
    }

    /// A verdict under tighter limits is another one.
    fn file(&self, component: &Component, limits: Limits) -> Option<PathBuf> {
        let name = format!(
            "{}-{}-{}-{}-{}",
            component.digest(),
            self.engine,
            cases::digest(),
            limits.memory_bytes,
            limits.call_time.as_millis()
        );
        Some(self.folder.as_ref()?.join(name))
    }
}

/// Puts every core case to a scratch instance.
pub(crate) fn test(component: &Component, limits: Limits) -> Result<Report, GrantError> {
    let mut subject = Scratch::new(component.clone(), limits, &[], SEED)?;
    Ok(wirt_conformance::run(&mut subject, &Options { seed: SEED, ..Options::load() }, |_| ()))
}

/// An empty file says `conformant`. A cache that cannot be written costs time and nothing else.
fn keep(file: &Path) {
    let Some(folder) = file.parent() else { return };
    let mut private = std::fs::DirBuilder::new();
    let _ =
        private.recursive(true).mode(0o700).create(folder).and_then(|()| std::fs::write(file, b""));
}

/// Whether the verdict is there, and was written by this user.
fn is_ours(file: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && found.uid() == user)
}

/// Why a report does not let the plugin in, if it does not.
pub(crate) fn refusal(
    component: &Component,
    report: &Report,
    pinned: Option<u32>,
) -> Option<Refusal> {
    let plugin = component.name().to_owned();
    match report.verdict {
        Verdict::Conformant => None,
        verdict @ (Verdict::Inconclusive | Verdict::HarnessError) => {
            Some(Refusal::NoVerdict { plugin, verdict })
        }
        verdict @ Verdict::NotConformant => {
            if !report.cases.iter().any(|case| counts_against(case, pinned)) {
                return None;
            }
            let Some((case, evidence)) = clearest_trouble(report, pinned) else {
                return Some(Refusal::NoVerdict { plugin, verdict });
            };
            let history = &evidence.history;
            let from = history.len().saturating_sub(SHOWN_HISTORY);
            Some(Refusal::Broken(Box::new(Broken {
                plugin,
                case: case.id.clone(),
                rule: case.rule.clone(),
                expected: evidence.expected.clone(),
                found: evidence.found.clone(),
                history: History(history.iter().skip(from).cloned().collect()),
            })))
        }
    }
}

/// The case that counts and shows a broken rule in the fewest calls, with its evidence.
pub(crate) fn clearest_trouble(
    report: &Report,
    pinned: Option<u32>,
) -> Option<(&CaseResult, &Evidence)> {
    report
        .troubles()
        .filter(|case| counts_against(case, pinned))
        .filter_map(|case| Some((case, case.evidence.as_ref()?)))
        .min_by_key(|(_, evidence)| evidence.history.len())
}
