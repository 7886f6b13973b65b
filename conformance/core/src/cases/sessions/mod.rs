//! `wirt:persistence/sessions`, together with what shares its transaction: the queue's claims and
//! the manifest's rows, as far as a commit settles them.
//!
//! Cases `seed 28` to `seed 47` are the document's own; `head` are later demands of the runtime the
//! document comes from. What the queue and the manifest do alone has rooms of its own.

mod blobs;
mod bounds;
mod claims;
mod commit;
mod gc;
mod graph;
mod growth;
mod limits;
mod meta;
mod order;
mod paths;
mod prune;
mod seed;
mod stage;
mod stamps;
mod usage;

use wirt_contract::Interface;

use crate::Case;
use crate::case::Run;

/// Every case about sessions, room by room.
pub(super) const CASES: &[&[Case]] = &[
    seed::CASES,
    commit::CASES,
    stamps::CASES,
    claims::CASES,
    order::CASES,
    growth::CASES,
    graph::CASES,
    paths::CASES,
    prune::CASES,
    blobs::CASES,
    gc::CASES,
    usage::CASES,
    meta::CASES,
    bounds::CASES,
    limits::CASES,
];

/// A core case about sessions. The three interfaces come together or not at all.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[
        Interface::Store,
        Interface::Sessions,
        Interface::WorkQueue,
        Interface::AttachmentManifest,
    ];
    Case::core((id, rule, source), Interface::Sessions, needs, run).since(3)
}

/// The same, for plugins that offer batches.
const fn batched(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[
        Interface::Store,
        Interface::Batching,
        Interface::Sessions,
        Interface::WorkQueue,
        Interface::AttachmentManifest,
    ];
    Case::core((id, rule, source), Interface::Sessions, needs, run).since(3)
}
