//! The suite on plugins that keep the contracts, on plugins that each break one rule, and against
//! the normative text itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is tests; clippy's own exception covers only functions marked so"
)]

mod defects;
mod reference;
mod report;
mod subjects;
mod wit;
