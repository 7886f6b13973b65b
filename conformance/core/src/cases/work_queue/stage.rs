//! What the cases about queues and manifests set up and look at.

use wirt_contract::sessions::{
    CommitAnswer, Frame, GraphChange, NewCommit, Part, Parts, Refusal, Sessions,
};
use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, MergeKey, NewEntry, Slot, Work, WorkKind,
    WorkQueue,
};
use wirt_contract::{Answer, EntryId, EpochMs, SessionId, StoreId};

use super::super::tasks::stage::{MAX_PAGES, PAGE, json, time};
use crate::expect::{Kind, failed, holds, present, refused, same};
use crate::{Probe, Show, Stop};

/// A ttl that no case waits out.
pub(in crate::cases) const LONG: u64 = 600_000;
/// A ttl that cases wait out.
pub(in crate::cases) const SHORT: u64 = 1_000;
/// A time no clock of a suite has reached: the first of the year 2100.
pub(in crate::cases) const FAR: EpochMs = EpochMs(4_102_444_800_000);
/// More entries than any case makes, where a claim is to take what there is.
pub(in crate::cases) const MANY: u32 = 100;

/// A session's queue.
#[derive(Debug, Clone)]
pub(in crate::cases) struct Queue {
    pub(in crate::cases) store: StoreId,
    pub(in crate::cases) session: SessionId,
    /// Whose commits the store id takes.
    bound: SessionId,
}

impl Queue {
    /// A queue nobody has used, under a store id of its own.
    pub(in crate::cases) fn new(probe: &mut Probe<'_>) -> Self {
        let session = SessionId::new(probe.word());
        Self { store: probe.store_id(), bound: session.clone(), session }
    }

    /// Another session's queue under the same store id.
    pub(in crate::cases) fn beside(&self, probe: &mut Probe<'_>) -> Self {
        self.of(SessionId::new(probe.word()))
    }

    /// This session's queue under the same store id.
    pub(in crate::cases) fn of(&self, session: SessionId) -> Self {
        Self { session, ..self.clone() }
    }

    /// This session's queue under another store id.
    pub(in crate::cases) fn under(&self, store: StoreId) -> Self {
        Self { store, ..self.clone() }
    }

    /// An entry to be claimed alone, at once, anywhere.
    pub(in crate::cases) fn alone(&self, probe: &mut Probe<'_>) -> NewEntry {
        NewEntry {
            session_id: self.session.clone(),
            source_key: None,
            delivery: Delivery::EarliestSafeBoundary,
            slot: Slot::Exclusive,
            merge_key: MergeKey::Never,
            available_at: EpochMs(0),
            items: vec![Work { kind: WorkKind::TurnInput, body: json(probe) }],
        }
    }

    /// The same, to be claimed with others of this key.
    pub(in crate::cases) fn joining(&self, probe: &mut Probe<'_>, key: &MergeKey) -> NewEntry {
        NewEntry { slot: Slot::Join, merge_key: key.clone(), ..self.alone(probe) }
    }

    /// Adds an entry, and compares what was added with it.
    pub(in crate::cases) fn add(
        &self,
        probe: &mut Probe<'_>,
        new: &NewEntry,
    ) -> Result<Entry, Stop> {
        let entry = probe.enqueue(&self.store, new)?;
        same("the entry as enqueued", &contents(&entry), new)?;
        Ok(entry)
    }

    /// Adds this many entries to be claimed alone.
    pub(in crate::cases) fn add_alone(
        &self,
        probe: &mut Probe<'_>,
        many: usize,
    ) -> Result<Vec<Entry>, Stop> {
        let add = |_| {
            let new = self.alone(probe);
            self.add(probe, &new)
        };
        (0..many).map(add).collect()
    }

    /// Adds this many entries to be claimed together.
    pub(in crate::cases) fn add_group(
        &self,
        probe: &mut Probe<'_>,
        many: usize,
    ) -> Result<Vec<Entry>, Stop> {
        let key = MergeKey::Group(probe.word());
        let add = |_| {
            let new = self.joining(probe, &key);
            self.add(probe, &new)
        };
        (0..many).map(add).collect()
    }

    /// Somebody between turns who holds what it claims for this long.
    pub(in crate::cases) fn idle(&self, probe: &mut Probe<'_>, ttl: u64) -> Claimant {
        let owner = probe.word();
        Claimant { session_id: self.session.clone(), owner, boundary: Boundary::Idle, ttl }
    }

    /// The same, at a checkpoint within a turn.
    pub(in crate::cases) fn at_checkpoint(&self, probe: &mut Probe<'_>) -> Claimant {
        Claimant { boundary: Boundary::ActiveTurnCheckpoint, ..self.idle(probe, LONG) }
    }

    /// A claim that takes exactly these entries, and looks as it should.
    pub(in crate::cases) fn takes(
        &self,
        probe: &mut Probe<'_>,
        claimant: &Claimant,
        max: u32,
        expected: &[Entry],
    ) -> Result<Claim, Stop> {
        let claim = present("a claim", probe.claim(&self.store, claimant, max)?)?;
        looks_right(&claim, claimant, expected)?;
        Ok(claim)
    }

    /// A claim by somebody between turns that holds these for long.
    pub(in crate::cases) fn takes_next(
        &self,
        probe: &mut Probe<'_>,
        expected: &[Entry],
    ) -> Result<Claim, Stop> {
        let claimant = self.idle(probe, LONG);
        self.takes(probe, &claimant, MANY, expected)
    }

    /// A claim between turns that runs out soon.
    pub(in crate::cases) fn takes_shortly(
        &self,
        probe: &mut Probe<'_>,
        expected: &[Entry],
    ) -> Result<Claim, Stop> {
        let claimant = self.idle(probe, SHORT);
        self.takes(probe, &claimant, MANY, expected)
    }

    /// There is nothing to claim between turns.
    pub(in crate::cases) fn gives_nothing(&self, probe: &mut Probe<'_>) -> Result<(), Stop> {
        let claimant = self.idle(probe, LONG);
        same("a claim", &probe.claim(&self.store, &claimant, MANY)?, &None)
    }

    /// The whole queue holds exactly these.
    pub(in crate::cases) fn holds(
        &self,
        probe: &mut Probe<'_>,
        expected: &[Entry],
    ) -> Result<(), Stop> {
        let found = whole(probe, |probe, after| {
            probe.list_entries(&self.store, &self.session, after, PAGE)
        })?;
        same("the queue", found.as_slice(), expected)
    }

    /// What is in no live claim is exactly this.
    pub(in crate::cases) fn awaits(
        &self,
        probe: &mut Probe<'_>,
        expected: &[Entry],
    ) -> Result<(), Stop> {
        let found = whole(probe, |probe, after| {
            probe.list_pending(&self.store, &self.session, after, PAGE)
        })?;
        same("entries in no live claim", found.as_slice(), expected)
    }

    /// A commit that completes these claims.
    pub(in crate::cases) fn completes(
        &self,
        probe: &mut Probe<'_>,
        claims: &[&ClaimRef],
    ) -> Result<CommitAnswer, Stop> {
        let mut commit = commit(probe, &self.bound);
        commit.completed = claims.iter().map(|claim| (*claim).clone()).collect();
        Ok(probe.commit(&self.store, &commit)?)
    }

    /// The claim is held: a commit can complete it.
    pub(in crate::cases) fn completed(
        &self,
        probe: &mut Probe<'_>,
        claim: &Claim,
    ) -> Result<(), Stop> {
        match self.completes(probe, &[&claim.claim])? {
            CommitAnswer::Committed(_) => Ok(()),
            refused => failed("a commit that completes the claim", refused.show()),
        }
    }

    /// The claim is not held any more: it can neither be renewed nor abandoned nor completed, and
    /// trying changes nothing.
    pub(in crate::cases) fn lost(
        &self,
        probe: &mut Probe<'_>,
        claim: &ClaimRef,
    ) -> Result<(), Stop> {
        let renewed = probe.renew(&self.store, claim, LONG);
        refused("renew of a claim that is not held", renewed, Kind::Expired)?;
        same("abandon of a claim that is not held", &probe.abandon(&self.store, claim)?, &false)?;
        let refusal = CommitAnswer::Refused(Refusal::ClaimLost(claim.claim_id.clone()));
        let answer = self.completes(probe, &[claim])?;
        same("a commit that completes a claim that is not held", &answer, &refusal)
    }
}

/// What an entry was made from.
pub(in crate::cases) fn contents(entry: &Entry) -> NewEntry {
    NewEntry {
        session_id: entry.session_id.clone(),
        source_key: entry.source_key.clone(),
        delivery: entry.delivery,
        slot: entry.slot,
        merge_key: entry.merge_key.clone(),
        available_at: entry.available_at,
        items: entry.items.iter().map(|item| item.work.clone()).collect(),
    }
}

/// Ids of entries, in order.
pub(in crate::cases) fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.entry_id.clone()).collect()
}

/// Two lists of entries as one.
pub(in crate::cases) fn both(first: &[Entry], second: &[Entry]) -> Vec<Entry> {
    first.iter().chain(second).cloned().collect()
}

/// The claim holds these entries, for this claimant, for as long as it asked.
pub(in crate::cases) fn looks_right(
    claim: &Claim,
    claimant: &Claimant,
    expected: &[Entry],
) -> Result<(), Stop> {
    same("the entries claimed", claim.entries.as_slice(), expected)?;
    same("the claim's owner", &claim.owner, &claimant.owner)?;
    same("the claim's session", &claim.claim.session_id, &claimant.session_id)?;
    let Some(until) = claim.claimed_at.0.checked_add(claimant.ttl) else {
        let later = claim.expires_at > claim.claimed_at;
        return holds(later, "a claim that lives", || claim.show());
    };
    same("when the claim runs out", &claim.expires_at, &EpochMs(until))
}

/// Every entry, page by page, until a page is empty.
fn whole(
    probe: &mut Probe<'_>,
    mut page: impl FnMut(&mut Probe<'_>, Option<u64>) -> Answer<Vec<Entry>>,
) -> Result<Vec<Entry>, Stop> {
    let mut found: Vec<Entry> = Vec::new();
    for _ in 0..MAX_PAGES {
        let more = page(probe, found.last().map(|last| last.enqueue_seq))?;
        if more.is_empty() {
            return Ok(found);
        }
        found.extend(more);
    }
    failed("a list with an end", format!("more than {} entries", found.len()))
}

/// The second fencing token is higher.
pub(in crate::cases) fn rises(before: &Claim, after: &Claim) -> Result<(), Stop> {
    let (old, new) = (before.claim.fencing_token, after.claim.fencing_token);
    holds(new > old, format!("a fencing token above {old}"), || new.show())
}

/// A commit that says little: one frame, a few bytes to resume from, no graph.
pub(in crate::cases) fn commit(probe: &mut Probe<'_>, session: &SessionId) -> NewCommit {
    NewCommit {
        session_id: session.clone(),
        expected_revision: None,
        config: json(probe),
        frames: vec![Frame {
            frame_id: "main".into(),
            previous_frame_id: None,
            superseded: false,
            reason: "begun".into(),
            created_at: time(probe),
            body: json(probe),
            execution_state: None,
        }],
        current_frame_id: "main".into(),
        checkpoint: Parts {
            turn_state: Part::Bytes(probe.bytes(8)),
            tool_state: None,
            plugins: None,
            plugin_revision: None,
            execution_state: None,
        },
        usage: Vec::new(),
        graph: GraphChange::Unchanged(None),
        completed: Vec::new(),
        attachments: Vec::new(),
        stamp: None,
    }
}
