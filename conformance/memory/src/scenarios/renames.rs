//! Files that move.

use wirt_conformance::Stop;
use wirt_memory::Outcome;

use super::seed;
use crate::{
    Scenario, Subject,
    expect::{holds, same},
    facts::{DAY, log_of},
    place::Place,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    seed("memory/rename-same-owner-kind-in-bucket", same_owner),
    seed("memory/rename-out-of-kind-glob-degrades-to-delete", out_of_glob),
    seed("memory/rename-cross-owner-keeps-frontmatter-owner", cross_owner),
];

/// A log is renamed to another day's name: its entries stand under the new path, and none under
/// the old one.
///
/// The seed reads `status == done` of both rows of its queue. Here that is an outcome of each path
/// (`Deleted`, `New`) and a queue in which nothing waits.
fn same_owner(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let (from, to) = (log_of("u_rename_a", DAY), log_of("u_rename_a", "2026-05-20"));
    place.live(subject, |run| {
        same("the log", &place.append_facts("u_rename_a", 5, "seed fact")?, &from)?;
        run.touched(&[&from])?;
        let before = run.has_rows(&from, 5)?;
        run.has_rows(&to, 0)?;
        place.rename(&from, &to)?;
        run.touched(&[&from, &to])?;
        run.has_rows(&from, 0)?;
        let after = run.has_rows(&to, 5)?;
        for (before, after) in before.iter().zip(&after) {
            same("the entry's id", &after.entry_id, &before.entry_id)?;
            same("the entry's digest", &after.content_sha256, &before.content_sha256)?;
        }
        run.ended(&from, &Outcome::Deleted)?;
        run.ended(&to, &Outcome::New)?;
        run.is_at_rest()
    })?;
    same("files with the words", &place.found(subject, "seed fact")?, &[to].into())
}

/// A log is moved to where no kind of file is: its entries are gone, and the new path is nothing to
/// the memory.
///
/// The seed's row `done` is the outcome `Deleted`; that no row was made for the target is that
/// nothing became of it, though it was told of, and that nothing waits.
fn out_of_glob(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let (from, to) = (log_of("u_rename_oob", DAY), "out_of_scope/random.md");
    place.live(subject, |run| {
        place.append_facts("u_rename_oob", 4, "seed fact")?;
        run.touched(&[&from])?;
        run.has_rows(&from, 4)?;
        place.rename(&from, to)?;
        run.touched(&[&from, to])?;
        run.has_rows(&from, 0)?;
        run.has_rows(to, 0)?;
        run.ended(&from, &Outcome::Deleted)?;
        same("what became of the target", &run.outcome(to), &None)?;
        run.is_at_rest()
    })
}

/// A log is moved to another owner's folder: whose its entries are says the frontmatter, which did
/// not change.
fn cross_owner(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let (from, to) = (log_of("u_a", DAY), log_of("u_b", DAY));
    place.live(subject, |run| {
        place.append_facts("u_a", 3, "seed fact")?;
        run.touched(&[&from])?;
        run.has_rows(&from, 3)?;
        place.rename(&from, &to)?;
        run.touched(&[&from, &to])?;
        run.has_rows(&from, 0)?;
        let rows = run.has_rows(&to, 3)?;
        let owners: Vec<_> = rows.iter().map(|row| row.owner_id.as_deref()).collect();
        holds(owners.iter().all(|owner| *owner == Some("u_a")), "every entry is u_a's", || {
            format!("owners {owners:?}")
        })?;
        run.ended(&from, &Outcome::Deleted)?;
        run.ended(&to, &Outcome::New)?;
        run.is_at_rest()
    })
}
