//! Changes nobody tells of.

use wirt_conformance::Stop;
use wirt_memory::Outcome;

use super::seed;
use crate::{
    Scenario, Subject,
    expect::holds,
    facts::{DAY, log_of},
    place::Place,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    seed("memory/scanner-recovers-missed-delete", missed_delete),
    seed("memory/scanner-indexes-preexisting-md", preexisting),
    seed("memory/scanner-recovers-missed-modify", missed_modify),
];

/// A log is removed and nobody tells of it: the next scan does.
///
/// The seed's row `done` with `change_type == deleted` is the outcome `Deleted` and a queue in
/// which nothing waits.
fn missed_delete(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_scan_del", DAY);
    place.live(subject, |run| {
        place.append_facts("u_scan_del", 3, "seed fact")?;
        run.touched(&[&path])?;
        run.has_rows(&path, 3)?;
        place.remove(&path)?;
        run.settle()?;
        run.has_rows(&path, 3)?;
        run.scan()?;
        run.has_rows(&path, 0)?;
        run.ended(&path, &Outcome::Deleted)?;
        run.is_at_rest()
    })
}

/// A log that was written before the cascade began is indexed by its first scan.
fn preexisting(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_scan_pre", DAY);
    place.append_facts("u_scan_pre", 2, "seed fact")?;
    holds(place.root().join(&path).is_file(), "the log is written", || format!("no {path}"))?;
    place.live(subject, |run| {
        run.has_rows(&path, 2)?;
        run.ended(&path, &Outcome::New)?;
        run.is_at_rest()
    })
}

/// A log is made, and later grows, and nobody tells of either: the next scan does.
///
/// The seed makes the log only. Its row `done` is the outcome, `New` and then `Changed`, and a queue
/// in which nothing waits.
fn missed_modify(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_scan_mod", DAY);
    place.live(subject, |run| {
        for (count, outcome) in [(3, Outcome::New), (6, Outcome::Changed)] {
            place.append_facts("u_scan_mod", 3, "seed fact")?;
            run.settle()?;
            run.has_rows(&path, count - 3)?;
            run.scan()?;
            run.has_rows(&path, count)?;
            run.ended(&path, &outcome)?;
            run.is_at_rest()?;
        }
        Ok(())
    })
}
