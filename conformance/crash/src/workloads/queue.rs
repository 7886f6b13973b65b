//! A queue: entries come, are claimed, given back, cancelled, and claimed again once a claim ran
//! out.

use wirt_contract::EpochMs;
use wirt_contract::work_queue::{
    Boundary, Claimant, Delivery, MergeKey, NewEntry, Slot, Work, WorkKind,
};

use super::call;
use crate::{Call, Op, Tag};

pub(super) const TTL: u64 = 1_000;
const SESSION: &str = "agent";

pub(super) fn enqueue(tag: Tag, session: &str, source: Option<&str>, slot: Slot) -> Call {
    let work = |body: &str| Work { kind: WorkKind::TurnInput, body: body.into() };
    let entry = NewEntry {
        session_id: session.into(),
        source_key: source.map(str::to_owned),
        delivery: Delivery::AfterCurrentTurnCommit,
        slot,
        merge_key: MergeKey::PayloadDefault,
        available_at: EpochMs(0),
        items: vec![work(r#"{"say":"hello"}"#), work("{}")],
    };
    Call::Enqueue { entry, tag }
}

pub(super) fn claimant(session: &str, owner: &str) -> Claimant {
    Claimant { session_id: session.into(), owner: owner.into(), boundary: Boundary::Idle, ttl: TTL }
}

pub(super) fn claim(tag: Tag, owner: &str, max: u32) -> Call {
    Call::Claim { claimant: claimant(SESSION, owner), max, tag }
}

pub(super) fn ops(store: &str) -> Vec<Op> {
    let put = |it| call(store, it);
    let exact =
        Call::ClaimExact { claimant: claimant(SESSION, "carl"), entries: vec![1, 2], tag: 12 };
    let cancel = |entry| Call::Cancel { session: SESSION.into(), entry };
    vec![
        put(enqueue(1, SESSION, Some("mail-1"), Slot::Join)),
        put(enqueue(2, SESSION, None, Slot::Join)),
        put(claim(10, "anna", 2)),
        put(enqueue(3, SESSION, Some("mail-3"), Slot::Exclusive)),
        put(Call::Renew { claim: 10, ttl: 2 * TTL }),
        // There already.
        put(enqueue(4, SESSION, Some("mail-3"), Slot::Exclusive)),
        put(Call::Abandon(10)),
        put(claim(11, "bert", 1)),
        Op::Advance(TTL),
        // Ran out, and is taken by another.
        put(exact),
        put(Call::Renew { claim: 11, ttl: TTL }),
        put(cancel(2)),
        put(cancel(3)),
        put(Call::Abandon(12)),
        put(cancel(1)),
        put(enqueue(5, SESSION, Some("mail-1"), Slot::Join)),
        put(claim(13, "anna", 9)),
    ]
}
