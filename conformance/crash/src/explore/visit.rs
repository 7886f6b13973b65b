//! One state: opened, looked at, written to, looked at, opened again.

use wirt_contract::transfer::Row;
use wirt_contract::{Answer, Error, Failure, Plugin};
use wirt_disk::{Disk, Fault, Faults, Image, SharedDisk};

use crate::Machine;
use crate::machine::{ask, check, export};
use crate::ops::told;
use crate::record::{Ended, Moment, Place, Reference, collect, difference, drive, shortened};
use crate::report::Rule;
use crate::settings::World;

/// What is wrong with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) rule: Rule,
    /// In a line.
    pub(crate) expected: String,
    /// In a line.
    pub(crate) found: String,
}

/// What a visit came to.
pub(crate) struct Visited {
    /// How many operations it showed.
    pub(crate) shown: Result<usize, Wrong>,
    /// Where it was to record, the moments at which it may be crashed once more.
    pub(crate) moments: Vec<Moment>,
    /// Calls of the disk until everything had been shown.
    pub(crate) recovery_calls: u64,
}

/// Opens a fresh instance over an image and puts it to the test.
pub(crate) fn visit(
    machine: &mut dyn Machine,
    world: &World,
    reference: &Reference,
    image: &Image,
    place: Place,
    record: bool,
) -> Visited {
    let disk = Disk::from_image(image, world.profile, world.seed);
    let disk = SharedDisk::new(if record { disk.recording() } else { disk });
    let mut visit = Visit { machine, reference, disk, moments: Vec::new(), recovery_calls: 0 };
    let shown = visit.look(place);
    Visited { shown, moments: visit.moments, recovery_calls: visit.recovery_calls }
}

/// Opens a fresh instance over an image whose disk fails meanwhile. It may answer by an error or
/// rightly; and on a disk that works again, also one whose power went, the next instance finds what
/// was there. Says whether the fault struck.
pub(crate) fn visit_failing(
    machine: &mut dyn Machine,
    world: &World,
    reference: &Reference,
    image: &Image,
    place: Place,
    fault: Fault,
) -> Result<bool, Wrong> {
    let disk = Disk::from_image(image, world.profile, world.seed);
    let disk = SharedDisk::new(disk.with_faults(Faults::planned([fault])));
    machine.set_time(reference.time(place.sure));
    let rows = ask(|| machine.open(&disk)).and_then(|mut plugin| {
        let rows = export(&mut *plugin);
        // Whatever it says: what it writes as it goes may fail as well.
        let _: Answer<()> = ask(|| plugin.store()?.close());
        gone(plugin);
        rows
    });
    if disk.lock().faults().struck() == 0 {
        return Ok(false);
    }
    let snapshot = disk.lock().snapshot();
    disk.lock().work_again();
    let moments = Vec::new();
    let mut next = Visit { machine: &mut *machine, reference, disk, moments, recovery_calls: 0 };
    match rows {
        Ok(rows) => drop(next.shown(&rows, place)?),
        Err(Failure::Fault(_) | Failure::Error(Error::Backend { .. })) => {}
        Err(failure) => {
            let expected = "the rows, or a `backend` error".into();
            let found = shortened(&failure.to_string());
            return Err(Wrong { rule: Rule::AnswersRight, expected, found });
        }
    }
    let done = next.look(place)?;
    let (disk, after) = (next.disk.clone(), reference.next_acknowledged(done).unwrap_or(done));
    // What the next instance built on may not be there at all.
    let left = disk.lock().snapshot().oldest();
    visit(machine, world, reference, &left, Place::sure(after), false).shown?;
    visit(machine, world, reference, &snapshot.oldest(), place, false).shown?;
    Ok(true)
}

struct Visit<'a> {
    machine: &'a mut dyn Machine,
    reference: &'a Reference,
    disk: SharedDisk,
    moments: Vec<Moment>,
    recovery_calls: u64,
}

impl Visit<'_> {
    fn look(&mut self, place: Place) -> Result<usize, Wrong> {
        self.machine.set_time(self.reference.time(place.sure));
        let mut plugin = self.open()?;
        let rows = export(&mut *plugin);
        collect(&mut self.moments, &self.disk, place);
        self.recovery_calls = self.disk.lock().calls();
        let done = self.shown(&rows.map_err(unrecovered)?, place)?;
        self.sound(&mut *plugin)?;
        // What recovery showed may not vanish later.
        collect(&mut self.moments, &self.disk, Place::sure(done));

        let after = self.use_it(&mut *plugin, done)?;
        gone(plugin);
        collect(&mut self.moments, &self.disk, Place::sure(after));
        self.open_again(after)?;
        Ok(done)
    }

    fn open(&mut self) -> Result<Box<dyn Plugin>, Wrong> {
        let Self { machine, disk, .. } = self;
        ask(|| machine.open(disk)).map_err(unrecovered)
    }

    /// Which of the states it may show it shows.
    fn shown(&self, rows: &[Row], place: Place) -> Result<usize, Wrong> {
        let shows = |done: &usize| self.reference.rows(*done) == rows;
        let may = [Some(place.sure), place.maybe];
        may.into_iter().flatten().find(shows).ok_or_else(|| self.neither(rows, place))
    }

    /// What is wrong with rows that are none of those that may be shown.
    fn neither(&self, rows: &[Row], place: Place) -> Wrong {
        let sure = self.reference.rows(place.sure);
        let whole = place.maybe.map(|done| self.reference.rows(done));
        let kept = |row: &&Row| whole.is_none_or(|whole| whole.contains(row));
        let lost = sure.iter().filter(kept).any(|row| !rows.contains(row));
        let older = (0..place.sure).any(|done| self.reference.rows(done) == rows);
        let batch = place.maybe.map_or(place.sure + 1, |done| done.saturating_sub(1));
        let part = |done: &usize| {
            let open = self.reference.batch(*done).is_some();
            open && self.reference.rows(*done) == rows
        };
        let parts = place.sure + 1..=place.maybe.unwrap_or(self.reference.ops.len());
        let rule =
            if parts.take_while(|done| self.reference.batch(*done).is_some()).any(|it| part(&it)) {
                Rule::BatchWhole
            } else if lost || older {
                Rule::AcknowledgedSurvives
            } else if self.reference.batch(batch).is_some() {
                Rule::BatchWhole
            } else {
                Rule::NothingInvented
            };
        let (expected, found) = difference(sure, rows);
        let or = if place.maybe.is_some() { ", or the call in flight too" } else { "" };
        let expected = format!("what {} operations left{or}: {expected}", place.sure);
        Wrong { rule, expected, found }
    }

    /// The plugin's own check finds nothing.
    fn sound(&self, plugin: &mut dyn Plugin) -> Result<(), Wrong> {
        let problems = check(plugin).map_err(unrecovered)?;
        let Some(problem) = problems.first() else { return Ok(()) };
        let expected = "a check that finds nothing".into();
        let found = format!("{} problems: {}", problems.len(), shortened(problem));
        Err(Wrong { rule: Rule::CheckClean, expected, found })
    }

    /// The workload goes on to the next acknowledgement, with the answers and the state that it
    /// has undisturbed. Gives how many operations are done then.
    fn use_it(&mut self, plugin: &mut dyn Plugin, done: usize) -> Result<usize, Wrong> {
        let Some(next) = self.reference.next_acknowledged(done) else { return Ok(done) };
        let Self { machine, disk, reference, moments, .. } = self;
        machine.set_time(reference.time(done));
        let unusable = |expected: String, found: String| {
            let (expected, found) = (shortened(&expected), shortened(&found));
            Wrong { rule: Rule::UsableAfter, expected, found }
        };
        let driven = drive(&mut **machine, plugin, disk, reference, done..next, moments);
        if let Err(ended) = driven {
            let Ended { index, answer } = *ended;
            let op = reference.ops.get(index).map(ToString::to_string).unwrap_or_default();
            let expected = reference.answers.get(index).map(told).unwrap_or_default();
            return Err(unusable(format!("{op} answered {expected}"), told(&answer)));
        }
        let rows = export(plugin).map_err(|failure| {
            unusable("an export after the next operation".into(), failure.to_string())
        })?;
        if rows != reference.rows(next) {
            let (expected, found) = difference(reference.rows(next), &rows);
            return Err(unusable(format!("what {next} operations left: {expected}"), found));
        }
        self.sound(plugin)?;
        Ok(next)
    }

    /// A fresh instance shows the same.
    fn open_again(&mut self, done: usize) -> Result<(), Wrong> {
        let mut plugin = self.open()?;
        let rows = export(&mut *plugin).map_err(unrecovered)?;
        let expected = self.reference.rows(done);
        gone(plugin);
        collect(&mut self.moments, &self.disk, Place::sure(done));
        if rows == expected {
            return Ok(());
        }
        let (expected, found) = difference(expected, &rows);
        Err(Wrong { rule: Rule::ReopenSame, expected, found })
    }
}

/// An instance's end may do what its calls may.
fn gone(plugin: Box<dyn Plugin>) {
    let _: Answer<()> = ask(|| {
        drop(plugin);
        Ok(())
    });
}

fn unrecovered(failure: Failure) -> Wrong {
    let expected = "a plugin that opens what the crash left".into();
    Wrong { rule: Rule::Recovers, expected, found: shortened(&failure.to_string()) }
}
