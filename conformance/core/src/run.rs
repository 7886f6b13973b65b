//! Puts cases to a subject, one after the other, and gathers what they showed.

use std::collections::BTreeMap;
use std::time::Instant;

use globset::{GlobBuilder, GlobMatcher};
use wirt_contract::Interfaces;
use wirt_contract::store::{Description, Durability};

use crate::report::{CaseResult, Evidence, Outcome, Report, RunLevel, Settings, Variation};
use crate::{Area, Case, HarnessError, Level, Probe, Reopen, Stop, Subject, Tier, cases};

/// Crashes after which an area stops: a plugin that crashes in three cases will crash in more, and
/// each costs a fresh instance and perhaps a whole deadline.
const MAX_FAULTS: u32 = 3;

/// Which cases a run takes, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How deep it looks.
    pub level: RunLevel,
    /// Cases whose id fits; all of them where there is none.
    pub case: Option<CaseGlob>,
    /// What store ids and data are drawn from.
    pub seed: u64,
    /// Whether a durable store meets each case twice more, with a fresh instance before every
    /// call: once closed before, once just dropped.
    pub reopen: bool,
}

impl Options {
    /// Every core case once: what a plugin has to pass before it is let in.
    pub fn load() -> Self {
        Self { level: RunLevel::Load, case: None, seed: 0, reopen: false }
    }

    /// Every case, and on durable stores again with a reopen before every call.
    pub fn standard() -> Self {
        Self { level: RunLevel::Standard, case: None, seed: 0, reopen: true }
    }

    fn takes(&self, case: &Case) -> bool {
        let deep_enough = match self.level {
            RunLevel::Load => case.level == Level::Core,
            RunLevel::Standard => true,
        };
        deep_enough && self.case.as_ref().is_none_or(|glob| glob.fits(case.id))
    }
}

/// A pattern over case ids: `tasks/*`, `*/get-*`.
#[derive(Debug, Clone)]
pub struct CaseGlob {
    matcher: GlobMatcher,
}

impl CaseGlob {
    /// Reads a pattern: `*` within an area or slug, `**` across, `?`, `[ab]`, `{a,b}`.
    ///
    /// # Errors
    /// [`HarnessError::CaseGlob`] where it is none.
    pub fn parse(pattern: &str) -> Result<Self, HarnessError> {
        match GlobBuilder::new(pattern).literal_separator(true).build() {
            Ok(glob) => Ok(Self { matcher: glob.compile_matcher() }),
            Err(error) => Err(HarnessError::CaseGlob {
                glob: pattern.into(),
                reason: error.kind().to_string(),
            }),
        }
    }

    fn fits(&self, id: &str) -> bool {
        self.matcher.is_match(id)
    }
}

/// How far a run is, after each case.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Cases done.
    pub done: usize,
    /// Cases there are.
    pub total: usize,
    /// The one just done.
    pub case: &'a CaseResult,
}

/// Puts every case that fits to a subject.
///
/// A case is taken where the subject offers its area; where it needs more than is offered, or
/// another tier, it is skipped, which proves nothing. What goes wrong in the harness stands in the
/// report, too.
pub fn run(
    subject: &mut dyn Subject,
    options: &Options,
    mut progress: impl FnMut(Progress<'_>),
) -> Report {
    let offered = subject.interfaces();
    let described = describe(subject, &offered);
    let mut taken: Vec<(usize, &Case)> = cases::all()
        .enumerate()
        .filter(|(_, case)| offered.contains(case.area) && options.takes(case))
        .collect();
    // The extended cases write much, and a store may open the slower the more it holds.
    taken.sort_by_key(|(position, case)| (case.level, *position));
    let mut results = BTreeMap::new();
    let mut times = BTreeMap::new();
    let mut faults = BTreeMap::<Area, u32>::new();
    for (position, case) in &taken {
        let begun = Instant::now();
        let stopped = faults.get(&case.area).is_some_and(|count| *count >= MAX_FAULTS);
        let result = if stopped {
            not_run(case)
        } else {
            put(subject, case, &offered, described.as_ref(), options)
        };
        if matches!(result.outcome, Outcome::Fault | Outcome::Error) {
            *faults.entry(case.area).or_default() += 1;
        }
        times.insert(result.id.clone(), begun.elapsed());
        let done = results.len() + 1;
        progress(Progress { done, total: taken.len(), case: &result });
        results.insert(*position, result);
    }
    let results = results.into_values().collect();
    let settings = Settings {
        level: options.level,
        seed: options.seed,
        case: options.case.as_ref().map(|glob| glob.matcher.glob().glob().to_owned()),
        reopen: options.reopen,
    };
    let durability = described.map(|described| described.durability);
    Report::new(subject, durability, settings, results, times)
}

/// What a store says of itself, where it says anything. That it does not is for its cases to show.
fn describe(subject: &mut dyn Subject, offered: &Interfaces) -> Option<Description> {
    if !offered.contains(Area::Store) {
        return None;
    }
    subject.plugin().ok()?.store().ok()?.describe().ok()
}

fn not_run(case: &Case) -> CaseResult {
    let reason = format!("{} stopped after {MAX_FAULTS} crashes", case.area);
    CaseResult::without_evidence(case, Outcome::NotRun, reason)
}

/// One case, in every variation until one does not pass.
fn put(
    subject: &mut dyn Subject,
    case: &Case,
    offered: &Interfaces,
    described: Option<&Description>,
    options: &Options,
) -> CaseResult {
    if let Some(reason) = out_of_place(case, offered, described) {
        return CaseResult::without_evidence(case, Outcome::Skip, reason);
    }
    let durable = described.is_some_and(|it| it.durability == Durability::Durable);
    let variations: &[Variation] =
        if options.reopen && durable { &Variation::ALL } else { &[Variation::Plain] };
    let mut result = CaseResult::passed(case);
    for variation in variations {
        result.variations.push(*variation);
        let mut probe = Probe::new(&mut *subject, described, options.seed, case.id, *variation);
        let end = (case.run)(&mut probe);
        let traces = probe.into_traces();
        let clean = end.is_ok() && !traces.unsettled;
        // What an extended case wrote would make every later opening slower.
        let reset = if traces.emptied || (durable && case.level == Level::Extended) {
            subject.fresh()
        } else if clean {
            Ok(())
        } else {
            subject.reopen(Reopen::Dropped)
        };
        let evidence = |expected: &str, found: String| Evidence {
            variation: *variation,
            history: traces.history.clone(),
            expected: expected.into(),
            found,
        };
        match (traces.broken.or(reset.err()), traces.fault, end) {
            (Some(error), _, _) => {
                result.outcome = Outcome::Error;
                result.reason = Some(error.to_string());
            }
            (None, Some(fault), _) | (None, None, Err(Stop::Fault(fault))) => {
                result.outcome = Outcome::Fault;
                let found = crate::probe::message(&fault.to_string());
                result.evidence = Some(evidence("an answer", found));
            }
            (None, None, Err(Stop::Failed { expected, found })) => {
                result.outcome = Outcome::Fail;
                result.evidence = Some(evidence(&expected, found));
            }
            (None, None, Err(Stop::Skip(reason))) => {
                result.outcome = Outcome::Skip;
                result.reason = Some(reason);
            }
            (None, None, Ok(())) => continue,
        }
        break;
    }
    result
}

/// Why a case cannot be put to this subject, if so.
fn out_of_place(
    case: &Case,
    offered: &Interfaces,
    described: Option<&Description>,
) -> Option<String> {
    let missing: Interfaces =
        case.interfaces.iter().copied().filter(|it| !offered.contains(*it)).collect();
    if !missing.is_empty() {
        return Some(format!("needs {missing}, which the plugin does not offer"));
    }
    let durable = described.is_some_and(|it| it.durability == Durability::Durable);
    (case.tier == Tier::Durable && !durable)
        .then(|| "for stores that declare to be durable".to_owned())
}
