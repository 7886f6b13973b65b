//! Keepers that are wrong on purpose, and which scenario says so in which words.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use wirt_contract::EpochMs;
use wirt_memory::{Cascade, Entry, IndexError, Memory, Scanned, Step, SyncError};

use crate::Keeper;

type Bend = Box<dyn Fn(&Path) -> Box<dyn Keeper>>;

/// A scenario, a keeper, and what the scenario says of it.
pub(super) fn all() -> Vec<(&'static str, Bend, &'static str)> {
    let deaf = || -> Bend { Box::new(|_| Box::new(TellsOnce::default())) };
    let blind = || -> Bend { Box::new(|_| Box::new(ScansNothing)) };
    let read = |how: fn(&mut Vec<Entry>)| -> Bend { Box::new(move |_| Box::new(Misreads(how))) };
    let anew = || -> Bend { Box::new(|scratch| Box::new(Anew::in_scratch(scratch))) };
    vec![
        ("memory/rename-same-owner-kind-in-bucket", deaf(), "found entries indexed of"),
        (
            "memory/rename-same-owner-kind-in-bucket",
            Box::new(|_| Box::new(TellsLast)),
            "atomic_fact-2026-05-18.md: 5",
        ),
        ("memory/rename-out-of-kind-glob-degrades-to-delete", deaf(), "found entries indexed of"),
        (
            "memory/rename-cross-owner-keeps-frontmatter-owner",
            read(|entries| {
                for entry in entries {
                    entry.owner_id = entry.path.split('/').nth(3).map(str::to_owned);
                }
            }),
            "expected every entry is u_a's",
        ),
        ("memory/rename-cross-owner-keeps-frontmatter-owner", deaf(), "found entries indexed of"),
        (
            "memory/modify-existing-entry-content-reindexes",
            Box::new(|_| Box::new(Stale::default())),
            "expected another digest",
        ),
        ("memory/modify-existing-entry-content-reindexes", deaf(), "expected another digest"),
        (
            "memory/concurrent-writes-different-owners-no-bleed",
            read(|entries| {
                let other = entries.first().map(|entry| entry.owner_id.clone());
                for (entry, owner) in entries.last_mut().into_iter().zip(other) {
                    entry.owner_id = owner;
                }
            }),
            "expected the owner",
        ),
        (
            "memory/concurrent-writes-different-owners-no-bleed",
            read(|entries| {
                let other = entries.first().map(|entry| entry.text.clone());
                for (entry, text) in entries.last_mut().into_iter().zip(other) {
                    entry.text = text;
                }
            }),
            "expected the owner's own words",
        ),
        ("memory/concurrent-writes-different-owners-no-bleed", deaf(), "entries indexed of"),
        ("memory/lap-append-during-handler-no-loss", deaf(), "expected a pass"),
        (
            "memory/lap-append-during-handler-no-loss",
            read(|entries| drop(entries.pop())),
            "found entries indexed of",
        ),
        ("memory/lap-of-a-long-file", deaf(), "Some(New)"),
        ("memory/scanner-recovers-missed-delete", blind(), "atomic_fact-2026-05-18.md: 3"),
        ("memory/scanner-indexes-preexisting-md", blind(), "atomic_fact-2026-05-18.md: 0"),
        ("memory/scanner-recovers-missed-modify", blind(), "atomic_fact-2026-05-18.md: 0"),
        ("memory/append-to-md-propagates", deaf(), "expected what became of"),
        ("memory/delete-md-wipes", deaf(), "expected what became of"),
        (
            "memory/modified-entry-re-embeds-only-itself",
            anew(),
            "found texts embedded: [\"likes tea 0\"",
        ),
        ("memory/modified-entry-re-embeds-only-itself", deaf(), "found texts embedded: []"),
        ("memory/unchanged-is-not-embedded-again", anew(), "Unchanged"),
        (
            "memory/embedder-that-fails-is-asked-again",
            Box::new(|_| Box::new(TellsLast)),
            "a failure that is tried again",
        ),
        (
            "memory/broken-input-stays-failed-until-it-changes",
            Box::new(|_| Box::new(Stale::default())),
            "entries indexed of",
        ),
        (
            "memory/broken-input-stays-failed-until-it-changes",
            read(|entries| entries.retain(|entry| !entry.text.contains("cello 1"))),
            "entries indexed of",
        ),
        (
            "memory/same-owner-same-day-in-two-projects-keeps-two-rows",
            read(|entries| {
                let mut ids = BTreeSet::new();
                entries
                    .retain(|entry| ids.insert((entry.owner_id.clone(), entry.entry_id.clone())));
            }),
            "entries indexed of",
        ),
        ("memory/changed-skill-reference-is-seen", deaf(), "expected what became of"),
        (
            "memory/another-embedder-means-a-rebuild",
            Box::new(|_| Box::new(ScansOnce::default())),
            "expected what became of",
        ),
    ]
}

/// Tells of the first thing only.
#[derive(Default)]
struct TellsOnce {
    has_told: bool,
}

impl Keeper for TellsOnce {
    fn tell(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        paths: &[String],
        now: EpochMs,
    ) -> Result<(), SyncError> {
        if std::mem::replace(&mut self.has_told, true) {
            return Ok(());
        }
        cascade.suggest(paths.iter().map(String::as_str), now)
    }
}

/// Of paths touched together, tells of the last only.
struct TellsLast;

impl Keeper for TellsLast {
    fn tell(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        paths: &[String],
        now: EpochMs,
    ) -> Result<(), SyncError> {
        cascade.suggest(paths.last().map(String::as_str), now)
    }
}

struct ScansNothing;

impl Keeper for ScansNothing {
    fn scan(&mut self, _: &mut Cascade<'_, '_, '_>, _: EpochMs) -> Result<Scanned, SyncError> {
        Ok(Scanned::default())
    }
}

#[derive(Default)]
struct ScansOnce {
    has_scanned: bool,
}

impl Keeper for ScansOnce {
    fn scan(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        now: EpochMs,
    ) -> Result<Scanned, SyncError> {
        if std::mem::replace(&mut self.has_scanned, true) {
            return Ok(Scanned::default());
        }
        cascade.scan(now)
    }
}

/// Reads the index wrongly.
struct Misreads(fn(&mut Vec<Entry>));

impl Keeper for Misreads {
    fn entries(&mut self, memory: &Memory) -> Result<Vec<Entry>, IndexError> {
        let mut entries = memory.entries()?.collect::<Result<_, _>>()?;
        (self.0)(&mut entries);
        Ok(entries)
    }
}

/// Reads what the index first held, if that was something.
#[derive(Default)]
struct Stale {
    held: Vec<Entry>,
}

impl Keeper for Stale {
    fn entries(&mut self, memory: &Memory) -> Result<Vec<Entry>, IndexError> {
        if self.held.is_empty() {
            self.held = memory.entries()?.collect::<Result<_, _>>()?;
        }
        Ok(self.held.clone())
    }
}

/// Has every file that is told of forgotten first.
struct Anew {
    scratch: PathBuf,
}

impl Anew {
    fn in_scratch(scratch: &Path) -> Self {
        Self { scratch: scratch.to_owned() }
    }
}

impl Keeper for Anew {
    fn tell(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        paths: &[String],
        now: EpochMs,
    ) -> Result<(), SyncError> {
        let place = self.scratch.read_dir().unwrap().next().unwrap().unwrap().path();
        for path in paths {
            let (at, aside) = (place.join("root").join(path), place.join("aside"));
            fs::rename(&at, &aside).unwrap();
            cascade.suggest([path.as_str()], now)?;
            while matches!(cascade.step(now)?, Step::Worked(_)) {}
            fs::rename(&aside, &at).unwrap();
        }
        cascade.suggest(paths.iter().map(String::as_str), now)
    }
}
