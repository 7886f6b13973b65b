//! Who in the plugin made the call of the disk at which a failure begins: the same run once more,
//! stopped there.

use wirt_contract::{Answer, Failure as Refused};
use wirt_disk::{Disk, SharedDisk};

use crate::machine::{ask, export};
use crate::record::{Moment, Reference, disturbed, drive, record, record_on};
use crate::settings::Disturbance;
use crate::shrink::Failure;
use crate::{Crash, Machine};

/// Functions that are told of; the outermost are the component model's glue.
const MAX_FUNCTIONS: usize = 16;

/// The functions, the innermost first; none where the plugin does not tell.
pub(crate) fn stack_of(machine: &mut dyn Machine, failure: &Failure) -> Vec<String> {
    functions(machine, failure).unwrap_or_default()
}

fn functions(machine: &mut dyn Machine, failure: &Failure) -> Option<Vec<String>> {
    let Failure { world, ops, disturbance, sighting } = failure;
    let reference = Reference::of(machine, world, ops).ok()?;
    let recording = record(machine, world, &reference, *disturbance);
    let moment = |crash: &Crash| recording.moments.get(crash.point);
    match (&sighting.trail[..], *disturbance, sighting.recovery) {
        ([outer], _, Some(fault)) => {
            in_recovery(machine, failure, &reference, moment(outer)?, &outer.choice, fault.from)
        }
        ([outer, inner], ..) => {
            let (place, image) = {
                let moment = moment(outer)?;
                (moment.place, moment.snapshot.image(&outer.choice))
            };
            let visited = crate::explore::visit(machine, world, &reference, &image, place, true);
            let call = visited.moments.get(inner.point)?.calls;
            in_recovery(machine, failure, &reference, moment(outer)?, &outer.choice, call)
        }
        (trail, Disturbance::Fault(fault), None) if trail.len() < 2 => {
            in_workload(machine, failure, &reference, fault.from)
        }
        ([crash], _, None) => in_workload(machine, failure, &reference, moment(crash)?.calls),
        _ => None,
    }
}

fn in_workload(
    machine: &mut dyn Machine,
    failure: &Failure,
    reference: &Reference,
    call: u64,
) -> Option<Vec<String>> {
    let disk = disturbed(&failure.world, failure.disturbance).stopping_at(call);
    let recording = record_on(machine, disk, &failure.world, reference);
    told(&recording.ended?.answer)
}

fn in_recovery(
    machine: &mut dyn Machine,
    failure: &Failure,
    reference: &Reference,
    moment: &Moment,
    choice: &wirt_disk::Choice,
    call: u64,
) -> Option<Vec<String>> {
    let image = moment.snapshot.image(choice);
    let disk = Disk::from_image(&image, failure.world.profile, failure.world.seed);
    let disk = SharedDisk::new(disk.stopping_at(call));
    machine.set_time(reference.time(moment.place.sure));
    let mut plugin = match ask(|| machine.open(&disk)) {
        Ok(plugin) => plugin,
        opened => return told(&opened),
    };
    let shown = export(&mut *plugin);
    if let Some(functions) = told(&shown) {
        return Some(functions);
    }
    let rows = shown.ok()?;
    let is_shown = |done: &usize| reference.rows(*done) == rows;
    let done =
        [Some(moment.place.sure), moment.place.maybe].into_iter().flatten().find(is_shown)?;
    let next = reference.next_acknowledged(done)?;
    let driven = drive(machine, &mut *plugin, &disk, reference, done..next, &mut Vec::new());
    told(&driven.err()?.answer)
}

/// What a stop tells: the lines of its fault after the first.
fn told<T>(answer: &Answer<T>) -> Option<Vec<String>> {
    let Err(Refused::Fault(fault)) = answer else { return None };
    let functions = fault.detail.lines().skip(1).take(MAX_FUNCTIONS);
    let functions: Vec<String> = functions.map(str::to_owned).collect();
    (!functions.is_empty()).then_some(functions)
}
