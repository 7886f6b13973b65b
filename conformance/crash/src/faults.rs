//! Calls of the disk that fail, one run each.
//!
//! An answer that comes in spite of it is an acknowledgement like any other. A failed sync has not
//! synced, so a plugin that acknowledges afterwards what it should have kept is found by the crash
//! that loses it.

use wirt_contract::{Error, Failure};
use wirt_disk::{Effect, Fault, Span};

use crate::Machine;
use crate::explore::{Bounds, Explorer, Sighting, Wrong};
use crate::ops::told;
use crate::record::{Ended, Moment, Recording, Reference, record, shortened};
use crate::report::{FaultTally, Rule};
use crate::settings::{Budget, Disturbance, World};

const EFFECTS: [Effect; 3] = [Effect::Io, Effect::NoSpace, Effect::Short];
const SPANS: [Span; 2] = [Span::Once, Span::ForEver];
/// Answers after the first strike at which the power may go; the last moment of a run is one
/// anyhow. What was lost unnoticed may be written again later, and not be missed then.
const ANSWERS_AFTER: usize = 4;

/// Runs a workload with every fault, as far as the budget goes.
pub(crate) fn explore(
    machine: &mut dyn Machine,
    world: World,
    reference: &Reference,
    calls: u64,
    budget: &Budget,
    goes_on: &mut dyn FnMut() -> bool,
) -> (FaultTally, Vec<(Disturbance, Sighting)>) {
    let bounds = Bounds {
        choices: budget.fault_choices,
        states: budget.states,
        nested: 0,
        nested_choices: 0,
        recovery_faults: 0,
        first_only: false,
    };
    let mut tally = FaultTally::default();
    let mut found = Vec::new();
    let mut explorer = Explorer::new(machine, world, reference, bounds, goes_on);
    for disturbance in disturbances(calls, budget.faults, &mut tally) {
        if !(explorer.goes_on)() {
            explorer.tally.ended_early = true;
            break;
        }
        let recording = record(explorer.machine, &world, reference, disturbance);
        tally.runs += 1;
        if let Disturbance::Fault(fault) = disturbance {
            if recording.struck == 0 {
                continue;
            }
            tally.struck(fault.effect);
        }
        let answer = recording.ended.as_ref().map(|ended| &ended.answer);
        if matches!(answer, Some(Err(Failure::Fault(_)))) {
            tally.crashed += 1;
        }
        if let Some(wrong) = judged(reference, &recording, disturbance) {
            found.push((disturbance, Sighting::without_crash(wrong)));
            continue;
        }
        let points = after_strike(&recording);
        explorer.explore_some(&recording.moments, &points);
        let sightings = std::mem::take(&mut explorer.sightings);
        found.extend(sightings.into_iter().map(|sighting| (disturbance, sighting)));
    }
    tally.states = explorer.tally;
    (tally, found)
}

/// The faults that are tried: of each effect and span as many, spread evenly over the calls.
fn disturbances(calls: u64, runs: u64, tally: &mut FaultTally) -> Vec<Disturbance> {
    let classes = EFFECTS.len() * SPANS.len();
    if runs == 0 {
        return Vec::new();
    }
    let each = (runs / u64::try_from(classes).unwrap_or(1)).clamp(1, calls.max(1));
    let mut all = vec![Disturbance::Quirks];
    for effect in EFFECTS {
        for span in SPANS {
            tally.of = tally.of.saturating_add(calls);
            let from = |nth: u64| nth.saturating_mul(calls) / each + 1;
            let fault = |nth| Disturbance::Fault(Fault { from: from(nth), effect, span });
            all.extend((0..each).map(fault));
        }
    }
    tally.of = tally.of.saturating_add(1);
    all
}

/// Moments after the first strike at which the power goes.
fn after_strike(recording: &Recording) -> Vec<usize> {
    let from = recording.struck_at.unwrap_or(0);
    let answered = |point: &usize| {
        recording.moments.get(*point).is_some_and(|moment: &Moment| moment.answered)
    };
    let mut points: Vec<usize> =
        (from..recording.moments.len()).filter(answered).take(ANSWERS_AFTER).collect();
    let last = recording.moments.len().checked_sub(1);
    points.extend(last.filter(|last| !points.contains(last)));
    points
}

/// What is wrong with the answers of a disturbed run.
pub(crate) fn judged(
    reference: &Reference,
    recording: &Recording,
    disturbance: Disturbance,
) -> Option<Wrong> {
    let Ended { index, answer } = recording.ended.as_deref()?;
    let rule = match disturbance {
        Disturbance::None | Disturbance::DropEverySync | Disturbance::DropSync(_) => {
            Rule::Repeatable
        }
        Disturbance::Quirks | Disturbance::Fault(Fault { effect: Effect::Short, .. }) => {
            Rule::ShortChangesNothing
        }
        // A plugin that ends is no worse than one whose process is killed.
        Disturbance::Fault(_) => match answer {
            Err(Failure::Fault(_) | Failure::Error(Error::Backend { .. })) => return None,
            Ok(_) | Err(Failure::Error(_)) => Rule::AnswersRight,
        },
    };
    let op = reference.ops.get(*index).map(ToString::to_string).unwrap_or_default();
    let expected = reference.answers.get(*index).map(told).unwrap_or_default();
    Some(Wrong {
        rule,
        expected: shortened(&format!("{expected} to {op}")),
        found: shortened(&told(answer)),
    })
}
