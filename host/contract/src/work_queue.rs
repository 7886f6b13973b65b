//! `wirt:persistence/work-queue`: work that waits for a session.

use serde::{Deserialize, Serialize};

use crate::{Answer, ClaimId, EntryId, EpochMs, SessionId, StoreId};

/// A claim by what fences it (`work-queue.claim-ref`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRef {
    /// Whose queue.
    pub session_id: SessionId,
    /// Its name.
    pub claim_id: ClaimId,
    /// Higher for every claim of the store id.
    pub fencing_token: u64,
    /// Tells apart claims of one number in two histories.
    pub lease_token: String,
}

/// When a session may take an entry up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Also at a checkpoint within a turn.
    EarliestSafeBoundary,
    /// Between turns only.
    AfterCurrentTurnCommit,
}

/// Whether an entry is claimed with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// Together.
    Join,
    /// Alone.
    Exclusive,
}

/// What joins what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeKey {
    /// No key; equal to itself.
    Never,
    /// The payload's own.
    PayloadDefault,
    /// A group's.
    Group(String),
}

/// What kind of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkKind {
    /// Input for a turn.
    TurnInput,
    /// A process wakes its session.
    ProcessWake,
    /// A command to the session.
    SessionCommand,
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What kind.
    pub kind: WorkKind,
    /// Opaque JSON.
    pub body: String,
}

/// What an entry is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// Whose queue.
    pub session_id: SessionId,
    /// What makes a repeated enqueue one.
    pub source_key: Option<String>,
    /// When it may be taken up.
    pub delivery: Delivery,
    /// Alone or with others.
    pub slot: Slot,
    /// With which others.
    pub merge_key: MergeKey,
    /// Not before this time.
    pub available_at: EpochMs,
    /// At least one.
    pub items: Vec<Work>,
}

/// A piece of work in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The entry's id, `:item:`, and its place from 0.
    pub item_id: String,
    /// The work.
    pub work: Work,
}

/// An entry of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub entry_id: EntryId,
    /// Whose queue.
    pub session_id: SessionId,
    /// What makes a repeated enqueue one.
    pub source_key: Option<String>,
    /// When it may be taken up.
    pub delivery: Delivery,
    /// Alone or with others.
    pub slot: Slot,
    /// With which others.
    pub merge_key: MergeKey,
    /// Not before this time.
    pub available_at: EpochMs,
    /// Its place among all entries of the store id.
    pub enqueue_seq: u64,
    /// By the store's clock.
    pub enqueued_at: EpochMs,
    /// Its work.
    pub items: Vec<Item>,
}

/// Where a claimant is in its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Between turns.
    Idle,
    /// At a checkpoint within one.
    ActiveTurnCheckpoint,
}

/// Who asks for a claim, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimant {
    /// Whose queue.
    pub session_id: SessionId,
    /// Who.
    pub owner: String,
    /// Where in its work.
    pub boundary: Boundary,
    /// In milliseconds.
    pub ttl: u64,
}

/// Entries in one hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What fences it.
    pub claim: ClaimRef,
    /// In whose.
    pub owner: String,
    /// By the store's clock.
    pub claimed_at: EpochMs,
    /// Live while this is later than the store's clock.
    pub expires_at: EpochMs,
    /// By `enqueue_seq`.
    pub entries: Vec<Entry>,
}

/// Rules: `work-queue.*` in `wit/persistence/work-queue.wit`.
pub trait WorkQueue {
    /// Adds an entry, or gives back the one of its source key.
    fn enqueue(&mut self, store: &StoreId, entry: &NewEntry) -> Answer<Entry>;

    /// Claims what is next, at most `max` entries.
    fn claim(&mut self, store: &StoreId, claimant: &Claimant, max: u32) -> Answer<Option<Claim>>;

    /// Claims what is next if it is exactly these entries.
    fn claim_exact(
        &mut self,
        store: &StoreId,
        claimant: &Claimant,
        entries: &[EntryId],
    ) -> Answer<Option<Claim>>;

    /// Lets a claim live for `ttl` milliseconds from now.
    fn renew(&mut self, store: &StoreId, claim: &ClaimRef, ttl: u64) -> Answer<Claim>;

    /// Gives a claim's entries back; says whether it was held.
    fn abandon(&mut self, store: &StoreId, claim: &ClaimRef) -> Answer<bool>;

    /// Removes an entry that is in no live claim.
    fn cancel(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        entry: &EntryId,
    ) -> Answer<Option<Entry>>;

    /// Entries by `enqueue_seq`, claimed or not, in pages.
    fn list_entries(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>>;

    /// Entries in no live claim, in pages.
    fn list_pending(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>>;
}
