//! What can be wrong, and which case has to find it: one file an area.
//!
//! A defect is as small as its case allows: one call, wrong in one thing, and right wherever the
//! case does not look. [`Inner`](crate::Inner) says what its calls work with.
//!
//! ```
//! use wirt_contract::artifacts::Artifacts;
//! use wirt_faulty_ledger::{Bend, Defect, STRAIGHT};
//!
//! const DEFECTS: &[Defect] = &[Defect {
//!     name: "says that nothing was there to delete",
//!     cases: &["artifacts/delete-says-whether"],
//!     bend: Bend {
//!         artifact_delete: |it, store, module| {
//!             Artifacts::delete(&mut it.ledger, store, module)?;
//!             Ok(false)
//!         },
//!         ..STRAIGHT
//!     },
//! }];
//! # assert_eq!(DEFECTS.len(), 1);
//! ```

mod artifacts;
mod attachment_manifest;
mod sessions;
mod transfer;
mod work_queue;

use wirt_contract::{Error, Failure};

use crate::Bend;

/// A defect and the cases that have to fail for it.
#[derive(Clone, Copy)]
pub struct Defect {
    /// What is wrong, in a few words.
    pub name: &'static str,
    /// Ids of the cases that have to fail for it, one at least.
    pub cases: &'static [&'static str],
    /// The calls that are wrong.
    pub bend: Bend,
}

/// Every defect, area by area.
pub fn all() -> impl Iterator<Item = &'static Defect> {
    [
        work_queue::ENTRIES,
        work_queue::CLAIMS,
        work_queue::JOINS,
        work_queue::EXACT,
        work_queue::TIME,
        work_queue::GIVING,
        work_queue::HELD,
        work_queue::LISTS,
        work_queue::BOUNDS,
        attachment_manifest::ROWS,
        attachment_manifest::LISTS,
        artifacts::DEFECTS,
        transfer::EXPORTS,
        transfer::AFTERWARDS,
        transfer::IMPORTS,
        transfer::ROWS,
    ]
    .into_iter()
    .chain(sessions::DEFECTS.iter().copied())
    .flatten()
}

/// The first defect that this case has to fail for.
pub fn of(case: &str) -> Option<&'static Defect> {
    all().find(|defect| defect.cases.contains(&case))
}

/// What a defect answers where the ledger would answer something else.
#[allow(dead_code, reason = "which of them a defect needs changes with the defects")]
fn not_found<T>() -> Result<T, Failure> {
    Err(Error::NotFound("so it says".into()).into())
}

/// The same, of another kind.
#[allow(dead_code, reason = "which of them a defect needs changes with the defects")]
fn invalid<T>() -> Result<T, Failure> {
    Err(Error::Invalid("so it says".into()).into())
}
