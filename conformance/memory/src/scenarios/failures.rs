//! What cannot be indexed as it stands.

use std::cell::Cell;

use wirt_conformance::Stop;
use wirt_contract::{Answer, Error};
use wirt_memory::Outcome;

use super::ours;
use crate::{
    Scenario, Subject,
    expect::{failed, holds, same},
    facts::{DAY, log_of},
    place::{Place, Run},
};

pub(super) const SCENARIOS: &[Scenario] = &[
    ours("memory/embedder-that-fails-is-asked-again", asked_again),
    ours("memory/broken-input-stays-failed-until-it-changes", broken),
];

/// An embedder that is away for one file holds up no other, and once it is back that file is
/// indexed by itself, when its wait is over and not before.
fn asked_again(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let (hard, easy) = (log_of("u_hard", DAY), log_of("u_easy", DAY));
    let is_away = Cell::new(true);
    let between = |texts: &[String]| -> Answer<()> {
        if is_away.get() && texts.iter().any(|text| text.contains("cello")) {
            return Err(Error::Backend { message: "away".to_owned(), retryable: true }.into());
        }
        Ok(())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            place.append_facts("u_hard", 2, "plays the cello")?;
            place.append_facts("u_easy", 2, "plays the piano")?;
            run.touched(&[&hard, &easy])?;
            run.ended(&easy, &Outcome::New)?;
            run.has_rows(&easy, 2)?;
            let due = match run.outcome(&hard) {
                Some(Outcome::Failed { error, retry_at: Some(due) }) if error.contains("away") => {
                    *due
                }
                other => return failed("a failure that is tried again", format!("{other:?}")),
            };
            run.has_rows(&hard, 0)?;
            let status = run.status()?;
            same("paths that wait", &status.queue.waiting, &1)?;
            same("paths that failed", &failed_paths(&status), &[hard.as_str()])?;
            is_away.set(false);
            same("when it is due", &run.settle()?, &Some(due))?;
            run.has_rows(&hard, 0)?;
            run.at_time(due);
            same("when something is due after that", &run.settle()?, &None)?;
            run.ended(&hard, &Outcome::New)?;
            run.has_rows(&hard, 2)?;
            run.is_at_rest()
        })
    })
}

fn failed_paths(status: &wirt_memory::Status) -> Vec<&str> {
    status.failed.iter().map(|failed| failed.path.as_str()).collect()
}

/// A log whose last entry is never closed is an error with that path. What was indexed of it
/// stays, other files go on, neither time nor a scan changes anything, and when it is closed it is
/// indexed.
fn broken(subject: &mut Subject<'_>) -> Result<(), Stop> {
    const DAY_MS: u64 = 86_400_000;
    let place = Place::new(subject)?;
    let (path, other) = (log_of("u_torn", DAY), log_of("u_whole", DAY));
    let asked = Cell::new(0);
    let between = |texts: &[String]| -> Answer<()> {
        asked.set(asked.get() + texts.len());
        Ok(())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            place.append_facts("u_torn", 2, "plays the cello")?;
            run.touched(&[&path])?;
            run.has_rows(&path, 2)?;
            let good = place.read(&path)?.replace("cello", "viola");
            let torn = good.rsplit_once("<!-- /entry").map_or("", |(torn, _)| torn);
            place.write(&path, torn)?;
            place.append_facts("u_whole", 1, "plays the piano")?;
            asked.set(0);
            run.touched(&[&path, &other])?;
            match run.outcome(&path) {
                Some(Outcome::Failed { error, retry_at: None })
                    if error.contains("is never closed") => {}
                other => return failed("a failure until the file changes", format!("{other:?}")),
            }
            is_kept(run, &path)?;
            run.ended(&other, &Outcome::New)?;
            run.has_rows(&other, 1)?;
            run.at_time(run.later(DAY_MS));
            same("when something is due", &run.settle()?, &None)?;
            same("what time alone did", &run.outcome(&path), &None)?;
            run.scan()?;
            is_kept(run, &path)?;
            same("texts embedded, all of the other file", &asked.get(), &1)?;
            place.write(&path, &good)?;
            run.touched(&[&path])?;
            run.ended(&path, &Outcome::Changed)?;
            for row in run.has_rows(&path, 2)? {
                holds(row.text.contains("viola"), "what the file says now", || row.text.clone())?;
            }
            run.is_at_rest()
        })
    })
}

/// The path has failed, waits for nothing but its file, and keeps what it had.
fn is_kept(run: &mut Run<'_, '_, '_, '_>, path: &str) -> Result<(), Stop> {
    let status = run.status()?;
    same("paths that failed", &failed_paths(&status), &[path])?;
    let waits = status.queue.pending + status.queue.processing + status.queue.waiting;
    same("paths that wait", &waits, &0)?;
    for row in run.has_rows(path, 2)? {
        holds(row.text.contains("cello"), "what the file said", || row.text.clone())?;
    }
    Ok(())
}
