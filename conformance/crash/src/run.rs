//! A whole run: every workload under every profile, each a part of its own.
//!
//! Parts know nothing of each other, so they may be made one after the other ([`run`]) or dealt out
//! to processes ([`part`]); the report is the same ([`Report::of`]).

use serde::{Deserialize, Serialize};
use wirt_contract::store::Durability;
use wirt_contract::{Answer, Interface};
use wirt_disk::{Disk, Profile, SharedDisk};

use crate::explore::{Bounds, Explorer, Sighting};
use crate::machine::ask;
use crate::record::{Offer, Reference, record};
use crate::report::{FaultTally, Finding, REPORT_VERSION, Report, Rule, Verdict, WorkloadReport};
use crate::settings::{Disturbance, Settings, World};
use crate::shrink::{Failure, shrink};
use crate::stack::stack_of;
use crate::{Machine, REPLAY_VERSION, Replay, Tally, Workload, canary, faults};

/// Findings that are told of.
const MAX_FINDINGS: usize = 16;

/// What one workload under one profile came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// In numbers.
    pub workload: WorkloadReport,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Puts workloads to a plugin under every profile. `goes_on` is asked again and again; once it says
/// no, the run ends with what it has.
pub fn run(
    machine: &mut dyn Machine,
    settings: &Settings,
    workloads: &[Workload],
    goes_on: &mut dyn FnMut() -> bool,
) -> Report {
    if let Some(verdict) = inapplicable(machine, settings) {
        return Report::without_parts(settings, verdict);
    }
    let mut parts = Vec::new();
    for profile in &settings.profiles {
        for workload in workloads {
            let made = goes_on().then(|| part(machine, settings, *profile, workload, goes_on));
            parts.push(made);
        }
    }
    Report::of(settings, parts)
}

/// Puts one workload to a plugin under one profile; `goes_on` as in [`run`].
pub fn part(
    machine: &mut dyn Machine,
    settings: &Settings,
    profile: Profile,
    workload: &Workload,
    goes_on: &mut dyn FnMut() -> bool,
) -> Part {
    let world = World { profile, seed: settings.seed, begins: settings.begins };
    Run { machine, settings, world, workload, goes_on, findings: Vec::new() }.make()
}

impl Report {
    /// What the parts come to, in the order of a run: profile by profile, workload by workload;
    /// none for one that was not come to.
    pub fn of(settings: &Settings, parts: impl IntoIterator<Item = Option<Part>>) -> Self {
        let mut report = Self::without_parts(settings, Verdict::CrashTested);
        let mut planned = 0;
        for part in parts {
            planned += 1;
            let Some(Part { workload, findings }) = part else { continue };
            report.workloads.push(workload);
            let room = MAX_FINDINGS.saturating_sub(report.findings.len());
            report.findings.extend(findings.into_iter().take(room));
        }
        report.verdict = verdict(&report, planned);
        report
    }

    /// A report of a run that looked at nothing.
    pub fn without_parts(settings: &Settings, verdict: Verdict) -> Self {
        Self {
            version: REPORT_VERSION,
            verdict,
            seed: settings.seed,
            begins: settings.begins,
            budget: settings.budget,
            workloads: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Why there is nothing to look at, if so.
pub fn inapplicable(machine: &mut dyn Machine, settings: &Settings) -> Option<Verdict> {
    let disk = SharedDisk::new(Disk::new(Profile::Kill, settings.seed));
    machine.set_time(settings.begins);
    let offer: Answer<Offer> = ask(|| machine.open(&disk)).and_then(|mut it| Offer::of(&mut *it));
    match offer {
        Err(failure) => Some(Verdict::Inconclusive(format!("it does not start: {failure}"))),
        Ok(offer) if offer.durability == Durability::Inline => {
            Some(Verdict::NotApplicable("it declares that nothing survives an instance".into()))
        }
        Ok(offer) if !offer.interfaces.contains(Interface::Transfer) => {
            let why = "it exports no `transfer`, by which states are compared";
            Some(Verdict::NotApplicable(why.into()))
        }
        Ok(_) => None,
    }
}

struct Run<'a> {
    machine: &'a mut dyn Machine,
    settings: &'a Settings,
    world: World,
    workload: &'a Workload,
    goes_on: &'a mut dyn FnMut() -> bool,
    findings: Vec<Finding>,
}

impl Run<'_> {
    fn make(mut self) -> Part {
        let budget = self.settings.budget;
        let mut told = WorkloadReport {
            name: self.workload.name.clone(),
            profile: self.world.profile,
            ops: 0,
            calls: 0,
            syncs: 0,
            crashes: Tally::default(),
            whole: false,
            faults: FaultTally::default(),
            canary: None,
        };
        let reference = match Reference::of(self.machine, &self.world, &self.workload.ops) {
            Ok(reference) => reference,
            Err(unlike) => {
                let sighting = Sighting::without_crash(unlike.into());
                self.found(&self.workload.ops, vec![(Disturbance::None, sighting)]);
                return Part { workload: told, findings: self.findings };
            }
        };
        let recording = record(self.machine, &self.world, &reference, Disturbance::None);
        told.ops = reference.ops.len();
        (told.calls, told.syncs) = (recording.calls, recording.syncs);
        let mut found: Vec<(Disturbance, Sighting)> =
            faults::judged(&reference, &recording, Disturbance::None)
                .map(|wrong| (Disturbance::None, Sighting::without_crash(wrong)))
                .into_iter()
                .collect();

        if found.is_empty() {
            let bounds = self.bounds();
            let mut explorer =
                Explorer::new(self.machine, self.world, &reference, bounds, self.goes_on);
            told.whole = explorer.explore(&recording.moments);
            told.crashes = explorer.tally;
            found.extend(explorer.sightings.into_iter().map(|it| (Disturbance::None, it)));
            let (tally, under_faults) = faults::explore(
                self.machine,
                self.world,
                &reference,
                recording.calls,
                &budget,
                self.goes_on,
            );
            told.faults = tally;
            found.extend(under_faults);
        }
        if found.is_empty() {
            told.canary = Some(canary::explore(
                self.machine,
                self.world,
                &reference,
                recording.syncs,
                &budget,
                self.goes_on,
            ));
        }
        self.found(&reference.ops, found);
        Part { workload: told, findings: self.findings }
    }

    fn bounds(&self) -> Bounds {
        let budget = &self.settings.budget;
        Bounds {
            choices: budget.choices,
            states: budget.states,
            nested: budget.nested,
            nested_choices: budget.nested_choices,
            recovery_faults: budget.recovery_faults,
            first_only: false,
        }
    }

    /// The call that failed, as it is undisturbed; none where it was a read.
    fn struck(&mut self, failure: &Failure) -> Option<String> {
        let Disturbance::Fault(fault) = failure.disturbance else { return None };
        let reference = Reference::of(self.machine, &failure.world, &failure.ops).ok()?;
        let recording = record(self.machine, &failure.world, &reference, Disturbance::None);
        let mut calls = recording.moments.iter().filter_map(|moment| moment.call.as_ref());
        let call = calls.find(|call| call.number == fault.from)?;
        Some(format!("call {}: {}", call.number, call.text))
    }

    /// Makes findings of the first sighting of each kind.
    fn found(&mut self, ops: &[crate::Op], found: Vec<(Disturbance, Sighting)>) {
        let mut kinds: Vec<(Rule, std::mem::Discriminant<Disturbance>)> = Vec::new();
        let undisturbed = std::mem::discriminant(&Disturbance::None);
        for (disturbance, sighting) in found {
            let kind = (sighting.wrong.rule, std::mem::discriminant(&disturbance));
            // What is wrong without a fault is so under one as well.
            let known = kinds.contains(&kind) || kinds.contains(&(kind.0, undisturbed));
            if known || self.findings.len() >= MAX_FINDINGS {
                continue;
            }
            // To make one of them small takes time; of more than one there is none left.
            if !self.findings.is_empty() && !(self.goes_on)() {
                break;
            }
            kinds.push(kind);
            let failure = Failure { world: self.world, ops: ops.to_vec(), disturbance, sighting };
            let bounds = self.bounds();
            let smallest = shrink(self.machine, bounds, failure, self.goes_on);
            let struck = self.struck(&smallest);
            let stack = stack_of(self.machine, &smallest);
            self.findings.push(finding(&self.workload.name, smallest, struck, stack));
        }
    }
}

fn finding(
    workload: &str,
    failure: Failure,
    struck: Option<String>,
    stack: Vec<String>,
) -> Finding {
    let Failure { world, ops, disturbance, sighting } = failure;
    Finding {
        rule: sighting.wrong.rule,
        workload: workload.to_owned(),
        expected: sighting.wrong.expected,
        found: sighting.wrong.found,
        struck: struck.unwrap_or_default(),
        crashes: sighting.when,
        stack,
        left_old: sighting.old,
        replay: Replay {
            version: REPLAY_VERSION,
            rule: sighting.wrong.rule,
            world,
            disturbance,
            ops,
            trail: sighting.trail,
            recovery: sighting.recovery,
        },
    }
}

fn verdict(report: &Report, planned: usize) -> Verdict {
    if !report.findings.is_empty() {
        let unsure = |finding: &Finding| finding.rule == Rule::Repeatable;
        if report.findings.iter().all(unsure) {
            let why = "it does not do the same twice under the same seed, time and disk";
            return Verdict::Inconclusive(why.into());
        }
        return Verdict::Failed;
    }
    let inconclusive = |why: String| Verdict::Inconclusive(why);
    if report.workloads.is_empty() || report.workloads.len() < planned {
        let made = report.workloads.len();
        return inconclusive(format!("{made} of {planned} workloads were come to; give more time"));
    }
    for workload in &report.workloads {
        let name = format!("{} under {}", workload.name, workload.profile);
        if !workload.whole {
            return inconclusive(format!("{name} was not looked at to its end; raise the budget"));
        }
        if workload.canary.as_ref().is_none_or(|canary| canary.killed_by.is_none()) {
            return inconclusive(format!("{name} finds nothing wrong when no sync is made"));
        }
    }
    let struck = |class: fn(&FaultTally) -> u64| {
        report.workloads.iter().any(|workload| class(&workload.faults) > 0)
    };
    let classes = [
        ("an I/O error", struck(|faults| faults.io)),
        ("a full disk", struck(|faults| faults.no_space)),
        ("a short call", struck(|faults| faults.short)),
    ];
    if let Some((class, _)) = classes.iter().find(|(_, struck)| !struck) {
        return inconclusive(format!("{class} never struck"));
    }
    Verdict::CrashTested
}
