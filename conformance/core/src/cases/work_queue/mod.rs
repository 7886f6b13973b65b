//! `wirt:persistence/work-queue`: entries, claims, and who holds them. The cases `seed 35` to
//! `seed 42` are the document's own; time passes only where a case lets it.

mod batches;
pub(super) mod bounds;
mod claims;
mod entries;
mod exact;
mod giving;
mod holding;
mod joins;
mod lists;
mod model;
mod seed;
mod seed_claims;
pub(super) mod stage;
mod time;

use wirt_contract::Interface;

use crate::Case;
use crate::case::Run;

/// Every case about queues, room by room.
pub(super) const CASES: &[&[Case]] = &[
    seed::CASES,
    seed_claims::CASES,
    entries::CASES,
    claims::CASES,
    joins::CASES,
    exact::CASES,
    time::CASES,
    giving::CASES,
    holding::CASES,
    lists::CASES,
    bounds::CASES,
    batches::CASES,
    model::CASES,
];

/// What every case about queues needs: the three contracts come together, and a claim ends with a
/// commit.
const NEEDS: &[Interface] =
    &[Interface::Store, Interface::Sessions, Interface::WorkQueue, Interface::AttachmentManifest];

/// A core case about queues.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    Case::core((id, rule, source), Interface::WorkQueue, NEEDS, run).since(3)
}
