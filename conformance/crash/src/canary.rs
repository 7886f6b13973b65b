//! Whether a run can find anything at all: the same with syncs that do nothing.

use wirt_disk::Profile;

use crate::Machine;
use crate::explore::{Bounds, Explorer, Sighting};
use crate::record::{Reference, record};
use crate::report::Canary;
use crate::settings::{Budget, Disturbance, World};

/// Drops every sync, and then one at a time.
pub(crate) fn explore(
    machine: &mut dyn Machine,
    world: World,
    reference: &Reference,
    syncs: u64,
    budget: &Budget,
    goes_on: &mut dyn FnMut() -> bool,
) -> Canary {
    // Where only the process goes, nobody needs a sync.
    let profile = match world.profile {
        Profile::Kill => Profile::Ordered,
        other => other,
    };
    let world = World { profile, ..world };
    let bounds = Bounds {
        choices: budget.choices,
        states: budget.states,
        nested: 0,
        nested_choices: 0,
        recovery_faults: 0,
        first_only: true,
    };
    let mut missed = |disturbance, goes_on: &mut dyn FnMut() -> bool| {
        let recording = record(machine, &world, reference, disturbance);
        let mut explorer = Explorer::new(machine, world, reference, bounds, goes_on);
        explorer.explore(&recording.moments);
        let rule = explorer.sightings.first().map(|Sighting { wrong, .. }| wrong.rule);
        (rule, explorer.tally.recoveries)
    };
    let (killed_by, recoveries) = missed(Disturbance::DropEverySync, goes_on);
    let mut canary = Canary { profile, killed_by, recoveries, swept: 0, unmissed: Vec::new() };
    let swept = budget.sweep.min(syncs);
    for nth in 0..swept {
        if !goes_on() {
            break;
        }
        let number = nth.saturating_mul(syncs) / swept + 1;
        canary.swept += 1;
        if missed(Disturbance::DropSync(number), goes_on).0.is_none() {
            canary.unmissed.push(number);
        }
    }
    canary
}
