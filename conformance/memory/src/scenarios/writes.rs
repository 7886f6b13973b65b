//! Entries that are written, changed and removed.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::mpsc,
    thread,
};

use wirt_conformance::Stop;
use wirt_contract::{Answer, Error};
use wirt_memory::{Entry, Outcome, Step};

use super::{ours, seed};
use crate::{
    Scenario, Subject,
    expect::{failed, given, holds, same},
    facts::{DAY, fact, log_of},
    place::{Place, remember},
};

pub(super) const SCENARIOS: &[Scenario] = &[
    seed("memory/modify-existing-entry-content-reindexes", modify),
    seed("memory/concurrent-writes-different-owners-no-bleed", concurrent_writes),
    seed("memory/lap-append-during-handler-no-loss", lap),
    ours("memory/lap-of-a-long-file", lap_of_a_long_file),
    ours("memory/append-to-md-propagates", append),
    ours("memory/delete-md-wipes", delete),
    ours("memory/modified-entry-re-embeds-only-itself", one_of_three),
    ours("memory/unchanged-is-not-embedded-again", unchanged),
];

/// What one entry says is written anew: the same ids, another digest and another text for each.
///
/// The seed's column `fact` is the entry's text, and its empty queue one in which nothing waits.
fn modify(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_modify", DAY);
    place.live(subject, |run| {
        place.append_facts("u_modify", 3, "ORIGINAL")?;
        run.touched(&[&path])?;
        let before = by_id(run.has_rows(&path, 3)?);
        let text = place.read(&path)?;
        let edited = text.replace("ORIGINAL", "EDITED");
        holds(edited != text, "the file says ORIGINAL", || text.clone())?;
        place.write(&path, &edited)?;
        run.touched(&[&path])?;
        let after = by_id(run.has_rows(&path, 3)?);
        same("ids", &after.keys().collect::<Vec<_>>(), &before.keys().collect::<Vec<_>>())?;
        for (before, after) in before.values().zip(after.values()) {
            let id = &after.entry_id;
            holds(after.content_sha256 != before.content_sha256, "another digest", || {
                format!("{id} has the digest it had, {}", after.content_sha256)
            })?;
            let is_edited = after.text.contains("EDITED") && !after.text.contains("ORIGINAL");
            holds(is_edited, "a text that says EDITED", || format!("{id} says {:?}", after.text))?;
            holds(before.text.contains("ORIGINAL"), "a text that said ORIGINAL", || {
                format!("{id} said {:?}", before.text)
            })?;
        }
        run.ended(&path, &Outcome::Changed)?;
        run.is_at_rest()
    })
}

fn by_id(rows: Vec<Entry>) -> BTreeMap<String, Entry> {
    rows.into_iter().map(|row| (row.entry_id.clone(), row)).collect()
}

/// Five owners write at once, each in a thread, while the cascade works: each log's entries are
/// its owner's, all of them and no others.
///
/// The seed's tasks are threads here, and its wait for each path is work until all is told of.
fn concurrent_writes(subject: &mut Subject<'_>) -> Result<(), Stop> {
    const EACH: usize = 4;
    let place = Place::new(subject)?;
    let owners: Vec<String> = (0..5).map(|number| format!("u_concur_{number}")).collect();
    place.live(subject, |run| {
        let root = place.root();
        thread::scope(|scope| {
            let (told, hears) = mpsc::channel();
            for owner in &owners {
                let (told, root) = (told.clone(), &root);
                scope.spawn(move || {
                    for number in 0..EACH {
                        let fact = fact(owner, number, format!("by-{owner} {number}"));
                        let written = remember(root, &fact).map(|written| written.path);
                        // Where nobody hears any more the scenario has failed already.
                        drop(told.send(written));
                    }
                });
            }
            drop(told);
            for written in hears {
                run.touched(&[given("an entry is appended", written)?])?;
            }
            Ok::<(), Stop>(())
        })?;
        for owner in &owners {
            let rows = run.has_rows(&log_of(owner, DAY), EACH)?;
            for row in rows {
                same("the owner", &row.owner_id.as_deref(), &Some(owner.as_str()))?;
                holds(row.text.contains(&format!("by-{owner}")), "the owner's own words", || {
                    format!("{owner}'s log says {:?}", row.text)
                })?;
            }
        }
        run.is_at_rest()
    })
}

/// Entries are appended while the embedder is at work on those before them, thirty in all: every
/// one is indexed in the end.
///
/// The seed slows its embedder down and appends all the while. Here the appends come between the
/// embedder's question and its answer, so that each pass is overtaken for certain.
fn lap(subject: &mut Subject<'_>) -> Result<(), Stop> {
    const TOTAL: usize = 30;
    const AT_A_TIME: usize = 3;
    let place = Place::new(subject)?;
    let (path, root) = (log_of("u_lap", DAY), place.root());
    let (written, heard) = (Cell::new(0), RefCell::new(Vec::new()));
    let append = || -> Answer<()> {
        let number = written.get();
        let told = remember(&root, &fact("u_lap", number, format!("fact body {number}")));
        let told = told.map_err(|error| Error::Invalid(error.to_string()))?;
        written.set(number + 1);
        heard.borrow_mut().push(told.path);
        Ok(())
    };
    let between = |_: &[String]| {
        let left = TOTAL.saturating_sub(written.get());
        (0..left.min(AT_A_TIME)).try_for_each(|_| append())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            given("an entry is appended", append())?;
            let mut passes = 0;
            loop {
                let paths = heard.take();
                if paths.is_empty() {
                    break;
                }
                passes += 1;
                run.touched(&paths)?;
                let outcome = run.outcome(&path);
                holds(matches!(outcome, Some(Outcome::New | Outcome::Changed)), "a pass", || {
                    format!("what became of {path}: {outcome:?}")
                })?;
            }
            same("entries in the file", &place.entries_in_file(&path)?, &TOTAL)?;
            run.has_rows(&path, TOTAL)?;
            holds(passes > 2, "several passes that were overtaken", || format!("{passes} passes"))?;
            run.is_at_rest()
        })
    })
}

/// A file so long that it is analysed in slices grows meanwhile, and is told of again while it is
/// under way: what was appended is indexed too.
fn lap_of_a_long_file(subject: &mut Subject<'_>) -> Result<(), Stop> {
    const SECTIONS: usize = 600;
    const PATH: &str = "notes/long.md";
    let place = Place::new(subject)?;
    let text: String = (0..SECTIONS).map(|n| format!("## Section {n}\n\nwords {n}\n\n")).collect();
    place.live(subject, |run| {
        place.write(PATH, &text)?;
        run.tell(&[PATH])?;
        let Step::Worked(settled) = run.step()? else {
            return failed("work on the long file", "an idle cascade");
        };
        same("what is settled after a slice", &settled, &Vec::new())?;
        place.write(PATH, &format!("{text}## Last\n\nlatecomer\n"))?;
        run.touched(&[PATH])?;
        run.ended(PATH, &Outcome::Changed)?;
        run.has_rows(PATH, SECTIONS + 1)?;
        run.is_at_rest()
    })?;
    same("files with the words", &place.found(subject, "latecomer")?, &[PATH.to_owned()].into())
}

/// What is appended is found, and so is what was there.
fn append(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_append", DAY);
    place.live(subject, |run| {
        for (number, words) in ["plays the cello", "sails a ketch"].into_iter().enumerate() {
            place.append(&fact("u_append", number, words))?;
            run.touched(&[&path])?;
            let outcome = if number == 0 { Outcome::New } else { Outcome::Changed };
            run.ended(&path, &outcome)?;
            let rows = run.has_rows(&path, number + 1)?;
            same("the last text", &rows.last().map(|row| row.text.as_str()), &Some(words))?;
        }
        run.is_at_rest()
    })?;
    let hits = given("a search", place.search(subject, "ketch", None))?;
    let ids: Vec<&str> = hits.iter().map(|hit| hit.entry_id.as_str()).collect();
    same("entries with the new words", &ids, &["af_20260518_00000002"])?;
    same("files with the old words", &place.found(subject, "cello")?, &[path].into())
}

/// What is removed is no longer found, and takes nothing else with it.
fn delete(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let (gone, stays) = (log_of("u_gone", DAY), log_of("u_stays", DAY));
    place.live(subject, |run| {
        for owner in ["u_gone", "u_stays"] {
            place.append_facts(owner, 2, "plays the cello")?;
        }
        run.touched(&[&gone, &stays])?;
        run.has_rows(&gone, 2)?;
        place.remove(&gone)?;
        run.touched(&[&gone])?;
        run.ended(&gone, &Outcome::Deleted)?;
        run.has_rows(&gone, 0)?;
        run.has_rows(&stays, 2)?;
        run.is_at_rest()
    })?;
    same("files with the words", &place.found(subject, "cello")?, &[stays].into())
}

/// One entry of three is changed: the embedder is given that one's text and no other.
fn one_of_three(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_one", DAY);
    let asked = RefCell::new(Vec::new());
    let between = |texts: &[String]| -> Answer<()> {
        asked.borrow_mut().extend(texts.iter().cloned());
        Ok(())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            place.append_facts("u_one", 3, "likes tea")?;
            run.touched(&[&path])?;
            same("texts embedded at first", &asked.take().len(), &3)?;
            let before = run.has_rows(&path, 3)?;
            place.write(&path, &place.read(&path)?.replace("likes tea 1", "likes coffee"))?;
            run.touched(&[&path])?;
            same("texts embedded", &asked.take(), &["likes coffee"])?;
            run.ended(&path, &Outcome::Changed)?;
            let after = run.has_rows(&path, 3)?;
            let changed: Vec<&str> = before
                .iter()
                .zip(&after)
                .filter(|(before, after)| before.content_sha256 != after.content_sha256)
                .map(|(_, after)| after.text.as_str())
                .collect();
            same("entries with another digest", &changed, &["likes coffee"])
        })
    })
}

/// A file that is saved as it was, or moved within itself only, gives the embedder nothing to do.
fn unchanged(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_same", DAY);
    let asked = Cell::new(0);
    let between = |texts: &[String]| -> Answer<()> {
        asked.set(asked.get() + texts.len());
        Ok(())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            place.append_facts("u_same", 3, "likes tea")?;
            run.touched(&[&path])?;
            same("texts embedded at first", &asked.take(), &3)?;
            let text = place.read(&path)?;
            place.write(&path, &text)?;
            run.touched(&[&path])?;
            run.ended(&path, &Outcome::Unchanged)?;
            let lines: Vec<u32> = run.has_rows(&path, 3)?.iter().map(|row| row.line).collect();
            place.write(&path, &text.replacen("---\n<!--", "---\n\n\n<!--", 1))?;
            run.touched(&[&path])?;
            run.ended(&path, &Outcome::Changed)?;
            let moved: Vec<u32> = run.has_rows(&path, 3)?.iter().map(|row| row.line).collect();
            let expected: Vec<u32> = lines.iter().map(|line| line + 2).collect();
            same("lines", &moved, &expected)?;
            same("texts embedded", &asked.get(), &0)?;
            run.is_at_rest()
        })
    })
}
