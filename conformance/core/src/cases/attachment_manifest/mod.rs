//! `wirt:persistence/attachment-manifest`: who means to use what. `seed 33` and `seed 34` are the
//! document's own; a plugin keeps intents or does not, so that one of the two never applies.

mod bounds;
mod commits;
mod list;
mod rows;
mod seed;
mod stage;

use wirt_contract::Interface;

use crate::Case;
use crate::case::Run;

/// Every case about the manifest, room by room.
pub(super) const CASES: &[&[Case]] =
    &[seed::CASES, rows::CASES, commits::CASES, list::CASES, bounds::CASES];

/// A core case about the manifest: the three contracts come together.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[
        Interface::Store,
        Interface::Sessions,
        Interface::WorkQueue,
        Interface::AttachmentManifest,
    ];
    Case::core((id, rule, source), Interface::AttachmentManifest, needs, run).since(3)
}
