//! The cases.

mod actor;
mod batches;
mod cancel;
mod reading;
mod repair;
mod storm;
mod tapes;

use wirt_contract::Interface;

use crate::DriverCase;

/// What a case of the actor needs.
const ACTOR: &[Interface] = &[Interface::Store, Interface::Batching, Interface::Tasks];

/// What a case of the task manager needs.
const TASKS: &[Interface] = &[Interface::Store, Interface::Tasks];

/// All of them, by area.
pub fn all() -> impl Iterator<Item = &'static DriverCase> {
    [
        batches::CASES,
        actor::CASES,
        cancel::CASES,
        tapes::CASES,
        reading::CASES,
        repair::CASES,
        storm::CASES,
    ]
    .into_iter()
    .flatten()
}
