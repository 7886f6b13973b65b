//! Calls on queues inside a batch.

use std::slice::from_ref;

use wirt_contract::Interface;
use wirt_contract::batching::Batching;
use wirt_contract::store::Durability;
use wirt_contract::work_queue::{NewEntry, WorkQueue};

use super::stage::{LONG, Queue, both, rises};
use crate::case::Run;
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/batched-calls-see-each-other", "batching.order", see_each_other),
    case("work-queue/error-in-a-batch-undoes-itself", "batching.error-undoes-itself", errors),
    case("work-queue/unflushed-claim-leaves-no-trace", "batching.unflushed-no-trace", no_trace)
        .extended()
        .durable(),
];

const fn case(id: &'static str, rule: &'static str, run: Run) -> Case {
    let needs = &[
        Interface::Store,
        Interface::Batching,
        Interface::Sessions,
        Interface::WorkQueue,
        Interface::AttachmentManifest,
    ];
    Case::core((id, rule, "wirt"), Interface::WorkQueue, needs, run).since(3)
}

/// Where data stays, looks at it in a fresh instance as well.
fn everywhere(
    probe: &mut Probe<'_>,
    look: impl Fn(&mut Probe<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    look(probe)?;
    if probe.durability() == Durability::Durable {
        probe.reopen(Reopen::Dropped)?;
        look(probe)?;
    }
    Ok(())
}

fn see_each_other(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let source_key = Some(probe.word());
    let keyed = NewEntry { source_key, ..queue.alone(probe) };
    probe.begin()?;
    let first = queue.add(probe, &keyed)?;
    same("enqueue again", &probe.enqueue(&queue.store, &keyed)?, &first)?;
    let mut group = queue.add_group(probe, 3)?;
    queue.holds(probe, &both(from_ref(&first), &group))?;
    let one = queue.takes_next(probe, from_ref(&first))?;
    queue.awaits(probe, &group)?;
    let two = queue.takes_next(probe, &group)?;
    rises(&one, &two)?;
    queue.gives_nothing(probe)?;
    let cancelled = probe.cancel(&queue.store, &queue.session, &first.entry_id)?;
    same("cancel of a claimed entry", &cancelled, &None)?;
    same("abandon", &probe.abandon(&queue.store, &two.claim)?, &true)?;
    same("abandon again", &probe.abandon(&queue.store, &two.claim)?, &false)?;
    let gone = group.remove(1);
    let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
    same("cancel", &cancelled, &Some(gone))?;
    let three = queue.takes_next(probe, &group)?;
    rises(&two, &three)?;
    queue.completed(probe, &one)?;
    queue.holds(probe, &group)?;
    probe.flush()?;
    everywhere(probe, |probe| {
        queue.holds(probe, &group)?;
        queue.awaits(probe, &[])
    })?;
    queue.lost(probe, &two.claim)?;
    queue.completed(probe, &three)
}

fn errors(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let old = queue.add_alone(probe, 1)?;
    let stale = queue.takes_next(probe, &old)?;
    same("abandon", &probe.abandon(&queue.store, &stale.claim)?, &true)?;
    let nothing = NewEntry { items: Vec::new(), ..queue.alone(probe) };
    probe.begin()?;
    let new = queue.add_alone(probe, 1)?;
    let answer = probe.enqueue(&queue.store, &nothing);
    refused("enqueue of no items", answer, Kind::Invalid)?;
    let answer = probe.renew(&queue.store, &stale.claim, LONG);
    refused("renew of a stale claim", answer, Kind::Expired)?;
    let claim = queue.takes_next(probe, &old)?;
    let answer = probe.renew(&queue.store, &stale.claim, LONG);
    refused("renew of a stale claim", answer, Kind::Expired)?;
    queue.lost(probe, &stale.claim)?;
    let later = queue.add_alone(probe, 1)?;
    probe.flush()?;
    let all = both(&old, &both(&new, &later));
    everywhere(probe, |probe| {
        queue.holds(probe, &all)?;
        queue.awaits(probe, &both(&new, &later))
    })?;
    queue.completed(probe, &claim)
}

fn no_trace(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let before = queue.takes_next(probe, &entries)?;
    same("abandon", &probe.abandon(&queue.store, &before.claim)?, &true)?;
    for how in [Reopen::Dropped, Reopen::Closed] {
        probe.begin()?;
        queue.add_alone(probe, 1)?;
        let unflushed = queue.takes_next(probe, &entries)?;
        probe.reopen(how)?;
        queue.holds(probe, &entries)?;
        queue.awaits(probe, &entries)?;
        // Its number was never given out, and may be given to another: the tokens differ.
        let claim = queue.takes_next(probe, &entries)?;
        rises(&before, &claim)?;
        queue.lost(probe, &unflushed.claim)?;
        same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    }
    Ok(())
}
