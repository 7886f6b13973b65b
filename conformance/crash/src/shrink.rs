//! A failure made small: fewer operations, then less that is old.

use wirt_disk::{Choice, Fault};

use crate::Machine;
use crate::explore::{Bounds, Explorer, Sighting, left_old, visit, visit_failing};
use crate::faults::judged;
use crate::record::{Moment, Reference, record};
use crate::report::Rule;
use crate::settings::{Disturbance, World};
use crate::{Crash, Op};

/// Workloads that are tried at most to make one smaller.
const MAX_TRIES: usize = 200;
/// Of these, those that are made even where the time is up: a failure that was found is worth them.
const TRIES_AFTER_THE_END: usize = 40;
/// Recoveries in each of them.
const STATES: u64 = 400;
/// A fault comes so many calls earlier at most, once there are fewer operations.
const CALLS_EARLIER: u64 = 16;

/// What is made smaller.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) world: World,
    pub(crate) ops: Vec<Op>,
    pub(crate) disturbance: Disturbance,
    pub(crate) sighting: Sighting,
}

/// Makes a failure as small as it gets within the bounds.
pub(crate) fn shrink(
    machine: &mut dyn Machine,
    bounds: Bounds,
    mut failure: Failure,
    goes_on: &mut dyn FnMut() -> bool,
) -> Failure {
    let mut tries = 0;
    let mut again = |failure: &Failure, ops: Vec<Op>, goes_on: &mut dyn FnMut() -> bool| {
        for disturbance in nearby(failure.disturbance) {
            tries += 1;
            if tries > MAX_TRIES || (tries > TRIES_AFTER_THE_END && !goes_on()) {
                return None;
            }
            let rule = failure.sighting.wrong.rule;
            let failing = failure.sighting.recovery.is_some();
            let nested = failing || failure.sighting.trail.len() > 1;
            let within = Bounds {
                nested: if nested { bounds.nested } else { 0 },
                recovery_faults: if failing { bounds.recovery_faults } else { 0 },
                ..bounds
            };
            let found = find(machine, failure.world, &ops, disturbance, within, rule);
            if let Some(sighting) = found {
                let world = failure.world;
                return Some(Failure { world, ops, disturbance, sighting });
            }
        }
        None
    };
    // The end first, by halves: most operations come after the crash.
    let mut keep = failure.ops.len() / 2;
    while keep < failure.ops.len() {
        let ops = failure.ops.iter().take(keep).cloned().collect();
        match again(&failure, ops, goes_on) {
            Some(smaller) => {
                failure = smaller;
                keep = failure.ops.len() / 2;
            }
            None => keep += (failure.ops.len() - keep).div_ceil(2),
        }
    }
    // One by one, until none can go: what goes may have kept another one.
    loop {
        let before = failure.ops.len();
        for index in (0..before).rev() {
            let mut ops = failure.ops.clone();
            ops.remove(index);
            if let Some(smaller) = again(&failure, ops, goes_on) {
                failure = smaller;
            }
        }
        if failure.ops.len() == before {
            break;
        }
    }
    newer(machine, &mut failure);
    failure
}

/// The same disturbance, or one a little earlier.
fn nearby(disturbance: Disturbance) -> Vec<Disturbance> {
    match disturbance {
        Disturbance::Fault(fault) => (0..=CALLS_EARLIER)
            .filter_map(|earlier| fault.from.checked_sub(earlier).filter(|from| *from > 0))
            .map(|from| Disturbance::Fault(Fault { from, ..fault }))
            .collect(),
        other => vec![other],
    }
}

/// The first state of a workload that is wrong in this way.
fn find(
    machine: &mut dyn Machine,
    world: World,
    ops: &[Op],
    disturbance: Disturbance,
    bounds: Bounds,
    rule: Rule,
) -> Option<Sighting> {
    let reference = match Reference::of(machine, &world, ops) {
        Ok(reference) => reference,
        Err(unlike) => {
            let wrong = crate::explore::Wrong::from(unlike);
            return (wrong.rule == rule).then(|| Sighting::without_crash(wrong));
        }
    };
    let recording = record(machine, &world, &reference, disturbance);
    let judged = judged(&reference, &recording, disturbance);
    if let Some(wrong) = judged.filter(|wrong| wrong.rule == rule) {
        return Some(Sighting::without_crash(wrong));
    }
    let bounds = Bounds { states: bounds.states.min(STATES), ..bounds };
    // What it may cost is bounded by its states.
    let mut goes_on = || true;
    let mut explorer = Explorer::new(machine, world, &reference, bounds, &mut goes_on);
    explorer.explore(&recording.moments);
    explorer.sightings.into_iter().find(|sighting| sighting.wrong.rule == rule)
}

/// Leaves as little old as still shows it.
fn newer(machine: &mut dyn Machine, failure: &mut Failure) {
    let Failure { world, ops, disturbance, sighting } = failure;
    // Of two crashes the first decides what the second can be, so only a single one is changed.
    let [Crash { point, choice }] = sighting.trail.as_mut_slice() else { return };
    let Ok(reference) = Reference::of(machine, world, ops) else { return };
    let recording = record(machine, world, &reference, *disturbance);
    let Some(moment) = recording.moments.get(*point) else { return };
    let recovery = sighting.recovery;
    let mut shows = |choice: &Choice| {
        let image = moment.snapshot.image(choice);
        let place = moment.place;
        match recovery {
            Some(fault) => visit_failing(machine, world, &reference, &image, place, fault).err(),
            None => visit(machine, world, &reference, &image, place, false).shown.err(),
        }
    };
    let rule = sighting.wrong.rule;
    for smaller in simpler(moment, choice) {
        // Each step builds on those that held.
        let step = merged(choice, &smaller);
        if let Some(wrong) = shows(&step).filter(|wrong| wrong.rule == rule) {
            *choice = step;
            sighting.wrong = wrong;
        }
    }
    sighting.old = left_old(moment, choice);
}

/// One thing less that is old.
enum Step {
    Whole,
    Latest(usize, usize),
}

fn simpler(moment: &Moment, choice: &Choice) -> Vec<Step> {
    let open = moment.snapshot.objects().map(|(_, open)| open).enumerate();
    let old = open.zip(&choice.versions).filter(|((_, open), version)| *version < open);
    let latest = old.map(|((index, open), _)| Step::Latest(index, open));
    choice.torn.map(|_| Step::Whole).into_iter().chain(latest).collect()
}

fn merged(choice: &Choice, step: &Step) -> Choice {
    let mut choice = choice.clone();
    match step {
        Step::Whole => choice.torn = None,
        Step::Latest(index, open) => {
            if let Some(version) = choice.versions.get_mut(*index) {
                *version = *open;
            }
        }
    }
    choice
}
