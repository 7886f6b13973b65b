//! What the plugin answers and shows, beside what the native ledger does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_conformance::Names;
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::transfer::Row;
use wirt_contract::{Answer, EpochMs, Failure, Interface, Interfaces, Plugin};
use wirt_disk::{Disk, SharedDisk};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

use super::Place;
use crate::Machine;
use crate::machine::{ask, check, export};
use crate::ops::{Given, Known, Op, kind, named, told};
use crate::settings::World;

/// A workload with what it comes to.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) ops: Vec<Op>,
    /// Of each operation.
    pub(crate) answers: Vec<Answer<Given>>,
    /// What can be seen; each once.
    states: Vec<Vec<Row>>,
    /// Which of them is seen after so many operations.
    seen_after: Vec<usize>,
    /// What is durable after so many operations: itself, or where the open batch began.
    base: Vec<usize>,
    times: Vec<EpochMs>,
    known: Vec<Known>,
}

/// Why a plugin cannot be measured by what it does undisturbed.
#[derive(Debug)]
pub(crate) enum Unlike {
    /// It differs from the ledger with no crash at all: after so many operations, what was
    /// expected, and what was found.
    Ledger(usize, String, String),
    /// After so many operations its own check finds this.
    Unsound(usize, String),
    /// It could not be asked.
    Failed(usize, Failure),
}

/// What the plugin offers and keeps.
pub(crate) struct Offer {
    pub(crate) interfaces: Interfaces,
    pub(crate) durability: Durability,
    pub(crate) retention: Retention,
}

impl Offer {
    pub(crate) fn of(plugin: &mut dyn Plugin) -> Answer<Self> {
        let interfaces = plugin.interfaces();
        let described = ask(|| plugin.store()?.describe())?;
        let retention = if interfaces.contains(Interface::AttachmentManifest) {
            ask(|| plugin.attachment_manifest()?.retention())?
        } else {
            Retention::Kept
        };
        Ok(Self { interfaces, durability: described.durability, retention })
    }
}

impl Reference {
    /// Puts a workload to the plugin and to the ledger.
    pub(crate) fn of(machine: &mut dyn Machine, world: &World, ops: &[Op]) -> Result<Self, Unlike> {
        let disk = SharedDisk::new(Disk::new(world.profile, world.seed));
        machine.set_time(world.begins);
        let failed = |done| move |failure| Unlike::Failed(done, failure);
        let mut plugin = machine.open(&disk).map_err(failed(0))?;
        let offer = Offer::of(&mut *plugin).map_err(failed(0))?;
        let now = Arc::new(AtomicU64::new(world.begins.0));
        let mut model = ledger(offer.retention, &now);
        let interfaces = &offer.interfaces;
        let offered = |op: &&Op| op.interface().is_none_or(|it| interfaces.contains(it));
        let ops: Vec<Op> = ops.iter().filter(offered).cloned().collect();

        let mut reference = Self {
            ops: Vec::new(),
            answers: Vec::new(),
            states: Vec::new(),
            seen_after: Vec::new(),
            base: vec![0],
            times: vec![world.begins],
            known: vec![Known::default()],
        };
        let (mut names, mut model_names) = (Names::default(), Names::default());
        let (mut known, mut model_known) = (Known::default(), Known::default());
        let mut batch = None;
        reference.see(&mut *plugin, &mut model, &names, &model_names)?;
        for (done, op) in (1..).zip(ops) {
            if let Op::Advance(ms) = op {
                now.fetch_add(ms, Ordering::Relaxed);
                machine.set_time(EpochMs(now.load(Ordering::Relaxed)));
            }
            let answer = op.put(&mut *plugin, &known);
            let expected = op.put(&mut model, &model_known);
            known.learn(&op, &answer);
            model_known.learn(&op, &expected);
            let shown = named(&mut names, &op, &answer);
            let model_shown = named(&mut model_names, &op, &expected);
            if kind(&shown) != kind(&model_shown) {
                return Err(Unlike::Ledger(done, told(&expected), told(&answer)));
            }
            match op {
                Op::Begin if answer.is_ok() => batch = Some(done - 1),
                Op::Flush if answer.is_ok() => batch = None,
                _ => {}
            }
            reference.ops.push(op);
            reference.answers.push(answer);
            reference.base.push(batch.unwrap_or(done));
            reference.times.push(EpochMs(now.load(Ordering::Relaxed)));
            reference.known.push(known.clone());
            reference.see(&mut *plugin, &mut model, &names, &model_names)?;
        }
        Ok(reference)
    }

    /// Asks both for everything, and keeps what the plugin shows.
    fn see(
        &mut self,
        plugin: &mut dyn Plugin,
        model: &mut dyn Plugin,
        names: &Names,
        model_names: &Names,
    ) -> Result<(), Unlike> {
        let done = self.answers.len();
        let rows = export(plugin).map_err(|failure| Unlike::Failed(done, failure))?;
        let expected = export(model).map_err(|failure| Unlike::Failed(done, failure))?;
        let (mut names, mut model_names) = (names.clone(), model_names.clone());
        let all = |names: &mut Names, rows: &[Row]| -> Vec<Row> {
            rows.iter().cloned().map(|row| names.row(row)).collect()
        };
        let (named, model_named) = (all(&mut names, &rows), all(&mut model_names, &expected));
        if named != model_named {
            let (expected, found) = difference(&model_named, &named);
            return Err(Unlike::Ledger(done, expected, found));
        }
        let problems = check(plugin).map_err(|failure| Unlike::Failed(done, failure))?;
        if let Some(problem) = problems.into_iter().next() {
            return Err(Unlike::Unsound(done, problem));
        }
        let state = self.states.iter().position(|state| *state == rows).unwrap_or_else(|| {
            self.states.push(rows);
            self.states.len() - 1
        });
        self.seen_after.push(state);
        Ok(())
    }

    /// What can be seen after so many operations.
    pub(crate) fn rows(&self, done: usize) -> &[Row] {
        let state = self.seen_after.get(done).and_then(|state| self.states.get(*state));
        state.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the same is seen after these many operations.
    pub(crate) fn same(&self, left: usize, right: usize) -> bool {
        self.seen_after.get(left) == self.seen_after.get(right)
    }

    /// What time it is after so many operations.
    pub(crate) fn time(&self, done: usize) -> EpochMs {
        self.times.get(done).copied().unwrap_or_default()
    }

    /// What was told by the answers to so many operations.
    pub(crate) fn known(&self, done: usize) -> Known {
        self.known.get(done).cloned().unwrap_or_default()
    }

    /// Where the open batch began; none outside one.
    pub(crate) fn batch(&self, done: usize) -> Option<usize> {
        self.base.get(done).copied().filter(|base| *base != done)
    }

    /// What a crash may leave while the operation after so many is being answered.
    pub(crate) fn during(&self, done: usize) -> Place {
        let writes = match self.ops.get(done) {
            Some(Op::Call { .. }) => self.batch(done).is_none(),
            Some(Op::Flush) => self.batch(done).is_some(),
            Some(Op::Begin | Op::Advance(_)) | None => false,
        };
        let sure = self.batch(done).unwrap_or(done);
        Place { sure, maybe: writes.then_some(done + 1) }
    }

    /// What a crash may leave after the answers to so many.
    pub(crate) fn after(&self, done: usize) -> Place {
        Place::sure(self.batch(done).unwrap_or(done))
    }

    /// How many operations are done once the next one that makes something durable is
    /// acknowledged; none where there is none.
    pub(crate) fn next_acknowledged(&self, done: usize) -> Option<usize> {
        (done..self.ops.len()).find_map(|index| {
            let writes = matches!(self.ops.get(index), Some(Op::Call { .. } | Op::Flush));
            (writes && self.batch(index + 1).is_none()).then_some(index + 1)
        })
    }
}

/// What the ledger is, over memory.
fn ledger(retention: Retention, now: &Arc<AtomicU64>) -> Ledger<Memory> {
    let now = Arc::clone(now);
    let identity = Identity {
        name: "model".into(),
        version: "0".into(),
        durability: Durability::Durable,
        retention,
    };
    let clock = Clock::new(move || EpochMs(now.load(Ordering::Relaxed)));
    Ledger::new(identity, clock, || Ok(Memory::default()))
}

/// The first row in which two exports differ, in a line each.
pub(crate) fn difference(expected: &[Row], found: &[Row]) -> (String, String) {
    let at = (0..).find(|at| expected.get(*at) != found.get(*at)).unwrap_or(0);
    let line = |rows: &[Row]| {
        let text = |row| serde_json::to_string(row).unwrap_or_else(|_| "(no text)".into());
        let row = rows.get(at).map_or_else(|| "none".into(), |row| shortened(&text(row)));
        format!("of {} rows row {at} is {row}", rows.len())
    };
    (line(expected), line(found))
}

/// Longest line of what was expected or found, in characters.
const LINE_CHARS: usize = 240;

/// Text cut to a line.
pub(crate) fn shortened(text: &str) -> String {
    let line: String = text.chars().take(LINE_CHARS).collect();
    if line.len() < text.len() { format!("{line}...") } else { line }
}
