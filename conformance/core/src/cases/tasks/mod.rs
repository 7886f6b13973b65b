//! `wirt:persistence/tasks`: rows, lists, tapes, and the two steps that bind row and tape.
//!
//! Cases `event tape T…` are those of the task manager the contract comes from, as far as a store
//! alone shows them; a manager's own cases are drivers' business.

mod list;
mod rows;
pub(super) mod stage;
mod steps;
mod tape;

use wirt_contract::Interface;

use crate::Case;
use crate::case::Run;

pub(super) use list::CASES as LISTS;
pub(super) use rows::CASES as ROWS;
pub(super) use steps::CASES as STEPS;
pub(super) use tape::CASES as TAPES;

/// A core case about tasks. Every store plugin offers `store` beside what else it offers.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    Case::core((id, rule, source), Interface::Tasks, &[Interface::Store, Interface::Tasks], run)
}
