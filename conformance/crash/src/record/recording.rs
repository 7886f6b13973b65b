//! What the disk may keep at each call of a workload.

use wirt_contract::{Answer, Failure, Plugin};
use wirt_disk::{Call, Disk, Quirks, SharedDisk, Snapshot};

use super::{Place, Reference};
use crate::Machine;
use crate::machine::ask;
use crate::ops::{Given, Known, Op, kind};
use crate::settings::{Disturbance, World};

/// A moment at which the power may go.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// The last call that changed the disk; none before the first, and where calls were not kept.
    pub(crate) call: Option<Call>,
    /// Calls until then.
    pub(crate) calls: u64,
    pub(crate) snapshot: Snapshot,
    pub(crate) place: Place,
    /// Whether an answer came after that call.
    pub(crate) answered: bool,
}

/// Where a run ended before its time.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The operation that was not answered as it is undisturbed.
    pub(crate) index: usize,
    pub(crate) answer: Answer<Given>,
}

/// A workload run on a disk that keeps its snapshots.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) moments: Vec<Moment>,
    /// Calls of the disk.
    pub(crate) calls: u64,
    /// Syncs among them.
    pub(crate) syncs: u64,
    /// How often a fault struck.
    pub(crate) struck: u64,
    /// The moment from which on a fault may have struck.
    pub(crate) struck_at: Option<usize>,
    /// None where everything was answered as it is undisturbed.
    pub(crate) ended: Option<Box<Ended>>,
}

/// Takes what the disk kept since the last time.
pub(crate) fn collect(moments: &mut Vec<Moment>, disk: &SharedDisk, during: Place) {
    let points = disk.lock().take_points();
    moments.extend(points.into_iter().map(|(call, snapshot)| Moment {
        calls: call.number,
        call: Some(call),
        snapshot,
        place: during,
        answered: false,
    }));
}

/// The moment after an answer, where less may be left than in the moment before.
fn answered(moments: &mut Vec<Moment>, disk: &SharedDisk, place: Place) {
    let moment = Moment::answered(disk, place, moments);
    let same = |last: &Moment| last.place == place && last.calls == moment.calls;
    if !moments.last().is_some_and(same) {
        moments.push(moment);
    }
}

/// When it is, by the calls of the disk.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let answered = if self.answered { ", after the answer that followed" } else { "" };
        match &self.call {
            Some(call) => write!(f, "after call {}: {}{answered}", call.number, call.text),
            None => write!(f, "after call {}{answered}", self.calls),
        }
    }
}

impl Moment {
    /// The moment after an answer, and after these.
    fn answered(disk: &SharedDisk, place: Place, before: &[Self]) -> Self {
        let call = before.last().and_then(|moment| moment.call.clone());
        let disk = disk.lock();
        let (snapshot, calls) = (disk.snapshot(), disk.calls());
        Self { call, calls, snapshot, place, answered: true }
    }
}

/// Puts the operations from one to before another to the plugin, and collects what the disk keeps
/// meanwhile. Ends at the first that is not answered as in the reference: by an error the
/// reference does not have, or by another value.
///
/// # Errors
/// With that operation.
pub(crate) fn drive(
    machine: &mut dyn Machine,
    plugin: &mut dyn Plugin,
    disk: &SharedDisk,
    reference: &Reference,
    range: std::ops::Range<usize>,
    moments: &mut Vec<Moment>,
) -> Result<(), Box<Ended>> {
    let mut known: Known = reference.known(range.start);
    for index in range {
        let Some(op) = reference.ops.get(index) else { break };
        if let Op::Advance(_) = op {
            machine.set_time(reference.time(index + 1));
        }
        let answer = op.put(plugin, &known);
        known.learn(op, &answer);
        collect(moments, disk, reference.during(index));
        let expected = reference.answers.get(index);
        let alike = expected.is_some_and(|expected| match op.tells_of_the_unseen() {
            true => expected.is_ok() == answer.is_ok(),
            false => kind(expected) == kind(&answer),
        });
        if !alike {
            return Err(Box::new(Ended { index, answer }));
        }
        answered(moments, disk, reference.after(index + 1));
    }
    Ok(())
}

/// Runs a workload under a disturbance, and keeps its moments: every one, or, where calls fail,
/// those after answers, for a disk that writes byte by byte has too many.
pub(crate) fn record(
    machine: &mut dyn Machine,
    world: &World,
    reference: &Reference,
    disturbance: Disturbance,
) -> Recording {
    let disk = disturbed(world, disturbance);
    let whole = match disturbance {
        Disturbance::None | Disturbance::DropEverySync | Disturbance::DropSync(_) => true,
        Disturbance::Quirks | Disturbance::Fault(_) => false,
    };
    record_on(machine, if whole { disk.recording() } else { disk }, world, reference)
}

/// An empty disk with what comes in the way.
pub(crate) fn disturbed(world: &World, disturbance: Disturbance) -> Disk {
    let disk = Disk::new(world.profile, world.seed).with_faults(disturbance.faults());
    match disturbance {
        Disturbance::Quirks => disk.with_quirks(Quirks { seed: world.seed }),
        Disturbance::None
        | Disturbance::Fault(_)
        | Disturbance::DropEverySync
        | Disturbance::DropSync(_) => disk,
    }
}

/// Runs a workload on this disk.
pub(crate) fn record_on(
    machine: &mut dyn Machine,
    disk: Disk,
    world: &World,
    reference: &Reference,
) -> Recording {
    let disk = SharedDisk::new(disk);
    let mut recording = Recording::default();
    let Recording { moments, .. } = &mut recording;
    machine.set_time(world.begins);
    answered(moments, &disk, Place::sure(0));
    let mut plugin = match machine.open(&disk) {
        Ok(plugin) => plugin,
        Err(failure) => {
            collect(moments, &disk, reference.during(0));
            recording.ended = Some(Box::new(Ended { index: 0, answer: Err(failure) }));
            recording.struck_at = Some(0);
            return recording.counted(&disk);
        }
    };
    // One operation after the other, to see when the first fault struck.
    for index in 0..reference.ops.len() {
        let before = recording.moments.len();
        let moments = &mut recording.moments;
        let driven = drive(machine, &mut *plugin, &disk, reference, index..index + 1, moments);
        if recording.struck_at.is_none() && disk.lock().faults().struck() > 0 {
            recording.struck_at = Some(before);
        }
        if let Err(ended) = driven {
            let place = reference.during(ended.index);
            let moment = Moment::answered(&disk, place, &recording.moments);
            recording.moments.push(moment);
            recording.ended = Some(ended);
            break;
        }
    }
    // What an instance writes while it goes is in flight as well. Its answers matter no more.
    let place = match &recording.ended {
        Some(ended) => reference.during(ended.index),
        None => reference.after(reference.ops.len()),
    };
    answered(&mut recording.moments, &disk, place);
    let _: Result<(), Failure> = ask(|| plugin.store()?.close());
    let _: Result<(), Failure> = ask(|| {
        drop(plugin);
        Ok(())
    });
    collect(&mut recording.moments, &disk, place);
    answered(&mut recording.moments, &disk, place);
    recording.counted(&disk)
}

impl Recording {
    fn counted(mut self, disk: &SharedDisk) -> Self {
        let disk = disk.lock();
        self.calls = disk.calls();
        self.syncs = disk.faults().syncs();
        self.struck = disk.faults().struck();
        self
    }
}
