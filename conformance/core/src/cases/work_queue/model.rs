//! A history of calls drawn from the seed, each compared with what a few lines of a model say.

use wirt_contract::work_queue::{
    Boundary, Claim, Claimant, Delivery, Entry, MergeKey, NewEntry, Slot, WorkQueue,
};
use wirt_contract::{EntryId, EpochMs};

use super::case;
use super::stage::{Queue, ids, looks_right, rises};
use crate::expect::{failed, present, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/history-agrees-with-a-model", "work-queue.claim.once", "wirt", history)
        .extended(),
    case("work-queue/long-history-agrees-with-a-model", "work-queue.claim.once", "wirt", long)
        .extended(),
];

/// Calls of a history.
const CALLS: u32 = 120;
/// Histories of the long case.
const HISTORIES: u32 = 12;

/// Ttls and pauses: some meet on the millisecond.
const SPANS: [u64; 5] = [0, 1, 30, 60, 500];

/// An entry, and the claim that took it last, unless that was abandoned.
struct Row {
    entry: Entry,
    taken: Option<usize>,
}

/// What a store has to say, by the rules.
struct Model {
    queues: [Queue; 2],
    now: u64,
    rows: Vec<Row>,
    claims: Vec<Claim>,
    keys: [String; 2],
}

impl Model {
    fn new(probe: &mut Probe<'_>) -> Result<Self, Stop> {
        let queue = Queue::new(probe);
        let queues = [queue.beside(probe), queue];
        let keys = [probe.word(), probe.word()];
        let mut model = Self { queues, now: 0, rows: Vec::new(), claims: Vec::new(), keys };
        for queue in model.queues.clone() {
            let new = queue.alone(probe);
            let entry = queue.add(probe, &new)?;
            model.now = entry.enqueued_at.0;
            model.rows.push(Row { entry, taken: None });
        }
        Ok(model)
    }

    fn queue(&self, probe: &mut Probe<'_>) -> Queue {
        let [one, other] = &self.queues;
        if probe.number(4) == 0 { one.clone() } else { other.clone() }
    }

    /// Whether the row is in a live claim.
    fn live(&self, row: &Row) -> bool {
        let claim = row.taken.and_then(|place| self.claims.get(place));
        claim.is_some_and(|claim| claim.expires_at.0 > self.now)
    }

    /// Whether a claim is held: every entry of it is there and was not taken or given back since.
    fn held(&self, place: usize) -> bool {
        let Some(claim) = self.claims.get(place) else { return false };
        claim.entries.iter().all(|entry| {
            self.rows
                .iter()
                .any(|row| row.entry.entry_id == entry.entry_id && row.taken == Some(place))
        })
    }

    fn of<'m>(&'m self, queue: &'m Queue) -> impl Iterator<Item = &'m Row> {
        self.rows.iter().filter(|row| row.entry.session_id == queue.session)
    }

    fn entries(&self, queue: &Queue) -> Vec<Entry> {
        self.of(queue).map(|row| row.entry.clone()).collect()
    }

    fn pending(&self, queue: &Queue) -> Vec<Entry> {
        self.of(queue).filter(|row| !self.live(row)).map(|row| row.entry.clone()).collect()
    }

    /// What a claim takes.
    fn next(&self, queue: &Queue, boundary: Boundary, max: u32) -> Vec<Entry> {
        let mut ready = self.pending(queue);
        ready.retain(|entry| entry.available_at.0 <= self.now);
        let Some(head) = ready.first().cloned() else { return ready };
        let waits = boundary == Boundary::ActiveTurnCheckpoint
            && head.delivery == Delivery::AfterCurrentTurnCommit;
        let most = match (waits, head.slot) {
            (true, _) => 0,
            (false, Slot::Exclusive) => max.min(1),
            (false, Slot::Join) => max,
        };
        let joins = |entry: &Entry| {
            let same_kind = (entry.slot, entry.delivery) == (head.slot, head.delivery);
            same_kind && entry.merge_key == head.merge_key
        };
        let count = ready.iter().take_while(|entry| joins(entry)).count();
        ready.truncate(count.min(usize::try_from(most).unwrap_or(usize::MAX)));
        ready
    }

    /// Keeps a claim that was given.
    fn take(&mut self, claim: Claim) -> Result<(), Stop> {
        if let Some(before) = self.claims.last() {
            rises(before, &claim)?;
        }
        let taken = Some(self.claims.len());
        let named = ids(&claim.entries);
        for row in self.rows.iter_mut().filter(|row| named.contains(&row.entry.entry_id)) {
            row.taken = taken;
        }
        self.claims.push(claim);
        Ok(())
    }

    /// The claim given is what had to be claimed.
    fn compare(
        &mut self,
        found: Option<Claim>,
        claimant: &Claimant,
        expected: &[Entry],
    ) -> Result<(), Stop> {
        if expected.is_empty() {
            return same("a claim", &found, &None);
        }
        let claim = present("a claim", found)?;
        looks_right(&claim, claimant, expected)?;
        same("when it was claimed", &claim.claimed_at, &EpochMs(self.now))?;
        self.take(claim)
    }

    fn enqueue(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let queue = self.queue(probe);
        let source_key = match probe.number(4) {
            0 => probe.pick(&self.keys).cloned(),
            _ => None,
        };
        let later = probe.pick(&SPANS).copied().unwrap_or(0);
        let available_at = if probe.number(3) == 0 { self.now.saturating_add(later) } else { 0 };
        let new = NewEntry {
            source_key,
            delivery: [Delivery::AfterCurrentTurnCommit, Delivery::EarliestSafeBoundary]
                .into_iter()
                .nth(usize::from(probe.number(4) != 0))
                .unwrap_or(Delivery::EarliestSafeBoundary),
            slot: if probe.number(4) == 0 { Slot::Exclusive } else { Slot::Join },
            merge_key: if probe.number(3) == 0 {
                MergeKey::Never
            } else {
                MergeKey::PayloadDefault
            },
            available_at: EpochMs(available_at),
            ..queue.alone(probe)
        };
        let there = self
            .of(&queue)
            .find(|row| new.source_key.is_some() && row.entry.source_key == new.source_key)
            .map(|row| row.entry.clone());
        if let Some(there) = there {
            return same("enqueue again", &probe.enqueue(&queue.store, &new)?, &there);
        }
        let entry = queue.add(probe, &new)?;
        same("when it was enqueued", &entry.enqueued_at, &EpochMs(self.now))?;
        self.rows.push(Row { entry, taken: None });
        Ok(())
    }

    fn claimant(&self, probe: &mut Probe<'_>, queue: &Queue) -> Claimant {
        let ttl = probe.pick(&SPANS).copied().unwrap_or(0);
        let idle = queue.idle(probe, ttl);
        match probe.number(3) {
            0 => Claimant { boundary: Boundary::ActiveTurnCheckpoint, ..idle },
            _ => idle,
        }
    }

    fn claim(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let queue = self.queue(probe);
        let claimant = self.claimant(probe, &queue);
        let max = u32::try_from(probe.number(5)).unwrap_or(0);
        let expected = self.next(&queue, claimant.boundary, max);
        let found = probe.claim(&queue.store, &claimant, max)?;
        self.compare(found, &claimant, &expected)
    }

    fn claim_exact(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let queue = self.queue(probe);
        let claimant = self.claimant(probe, &queue);
        // The beginning of the queue, or of what is free in it: right about half the time.
        let from = if probe.number(4) == 0 { self.entries(&queue) } else { self.pending(&queue) };
        let many = usize::try_from(probe.number(4)).unwrap_or(0);
        let named = ids(from.get(..many.min(from.len())).unwrap_or_default());
        let max = u32::try_from(named.len()).unwrap_or(u32::MAX);
        let mut expected = self.next(&queue, claimant.boundary, max);
        if ids(&expected) != named {
            expected.clear();
        }
        let found = probe.claim_exact(&queue.store, &claimant, &named)?;
        self.compare(found, &claimant, &expected)
    }

    /// Picks a claim, the younger the likelier.
    fn pick(&self, probe: &mut Probe<'_>) -> Option<(usize, Claim)> {
        let back = usize::try_from(probe.number(4)).unwrap_or(0) + 1;
        let place = self.claims.len().checked_sub(back)?;
        self.claims.get(place).map(|claim| (place, claim.clone()))
    }

    fn renew(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let Some((place, claim)) = self.pick(probe) else { return Ok(()) };
        let queue = self.queue(probe);
        if !self.held(place) {
            return queue.lost(probe, &claim.claim);
        }
        let ttl = probe.pick(&SPANS).copied().unwrap_or(0);
        let renewed = probe.renew(&queue.store, &claim.claim, ttl)?;
        same("the renewed claim", &renewed.claim, &claim.claim)?;
        same("its entries", &renewed.entries, &claim.entries)?;
        let until = EpochMs(self.now.saturating_add(ttl));
        same("when it runs out", &renewed.expires_at, &until)?;
        if let Some(kept) = self.claims.get_mut(place) {
            kept.expires_at = until;
        }
        Ok(())
    }

    fn abandon(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let Some((place, claim)) = self.pick(probe) else { return Ok(()) };
        let held = self.held(place);
        let queue = self.queue(probe);
        same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &held)?;
        for row in self.rows.iter_mut().filter(|row| held && row.taken == Some(place)) {
            row.taken = None;
        }
        Ok(())
    }

    fn complete(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let Some((place, claim)) = self.pick(probe) else { return Ok(()) };
        let queue = self.queue(probe);
        if !self.held(place) {
            return queue.lost(probe, &claim.claim);
        }
        queue.completed(probe, &claim)?;
        self.rows.retain(|row| row.taken != Some(place));
        Ok(())
    }

    fn cancel(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let queue = self.queue(probe);
        let all: Vec<EntryId> = self.rows.iter().map(|row| row.entry.entry_id.clone()).collect();
        let Some(id) = probe.pick(&all).cloned() else { return Ok(()) };
        let gone = self.pending(&queue).into_iter().find(|entry| entry.entry_id == id);
        let found = probe.cancel(&queue.store, &queue.session, &id)?;
        same("cancel", &found, &gone)?;
        self.rows.retain(|row| gone.as_ref() != Some(&row.entry));
        Ok(())
    }

    fn look(&self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        for queue in &self.queues {
            queue.holds(probe, &self.entries(queue))?;
            queue.awaits(probe, &self.pending(queue))?;
        }
        Ok(())
    }

    fn step(&mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        match probe.number(20) {
            0..=6 => self.enqueue(probe),
            7..=10 => self.claim(probe),
            11 | 12 => self.claim_exact(probe),
            13 => self.renew(probe),
            14 => self.abandon(probe),
            15 => self.complete(probe),
            16 => self.cancel(probe),
            17 => self.look(probe),
            _ => {
                let pause = probe.pick(&SPANS).copied().unwrap_or(0);
                self.now = self.now.saturating_add(pause);
                probe.advance(pause)
            }
        }
    }

    /// At the end: what is there, and who holds what.
    fn end(mut self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        self.look(probe)?;
        let [queue, _] = self.queues.clone();
        for place in 0..self.claims.len() {
            let claim = self.claims.get(place).cloned();
            for claim in claim.into_iter().filter(|_| !self.held(place)) {
                queue.lost(probe, &claim.claim)?;
            }
        }
        while let Some(row) = self.rows.iter().find(|row| row.taken.is_some_and(|at| self.held(at)))
        {
            let place = row.taken.unwrap_or(usize::MAX);
            let Some(claim) = self.claims.get(place) else {
                return failed("a claim of the model's", "none");
            };
            queue.completed(probe, claim)?;
            self.rows.retain(|row| row.taken != Some(place));
        }
        self.look(probe)
    }
}

fn history(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let mut model = Model::new(probe)?;
    for _ in 0..CALLS {
        model.step(probe)?;
    }
    model.end(probe)
}

fn long(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for _ in 0..HISTORIES {
        history(probe)?;
    }
    Ok(())
}
