//! `wirt:persistence/transfer`: everything out of one plugin and into another.
//!
//! An export shows a whole plugin and an import needs an empty one, so these cases have the plugin
//! to themselves: each begins with [`Probe::fresh`](crate::Probe::fresh). What is moved is a bit of
//! everything the plugin offers beside `transfer`.

mod afterwards;
mod export;
mod import;
mod reads;
mod rows;
mod stage;
mod unsound;

use wirt_contract::Interface;

use crate::Case;
use crate::case::Run;

/// Every case about transfers, room by room.
pub(super) const CASES: &[&[Case]] =
    &[export::CASES, afterwards::CASES, import::CASES, rows::CASES, unsound::CASES];

/// A core case about transfers, whatever else the plugin offers.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[Interface::Store, Interface::Transfer];
    Case::core((id, rule, source), Interface::Transfer, needs, run).since(3)
}

/// The same, where it moves what these offer.
const fn with(case: Case, interfaces: &'static [Interface]) -> Case {
    Case { interfaces, ..case }
}

/// What a session needs: its contracts come together.
const SESSION: &[Interface] = &[
    Interface::Store,
    Interface::Transfer,
    Interface::Sessions,
    Interface::WorkQueue,
    Interface::AttachmentManifest,
];
