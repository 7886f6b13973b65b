//! The scenarios, by what happens in them.

mod failures;
mod identity;
mod renames;
mod scans;
mod writes;

use wirt_conformance::Stop;

use crate::Scenario;

/// Every scenario.
pub fn all() -> impl Iterator<Item = Scenario> {
    [
        renames::SCENARIOS,
        writes::SCENARIOS,
        scans::SCENARIOS,
        failures::SCENARIOS,
        identity::SCENARIOS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// A scenario of the system this one learnt from, under its test's own name.
const fn seed(id: &'static str, run: fn(&mut crate::Subject<'_>) -> Result<(), Stop>) -> Scenario {
    Scenario { id, source: "cascade scenarios", run }
}

/// One of ours.
const fn ours(id: &'static str, run: fn(&mut crate::Subject<'_>) -> Result<(), Stop>) -> Scenario {
    Scenario { id, source: "wirt", run }
}
