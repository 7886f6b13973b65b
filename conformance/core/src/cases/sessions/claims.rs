//! What a commit settles beside the session: claims in the queue, rows of the manifest.

use wirt_contract::attachment_manifest::{AttachmentManifest, ManifestRow};
use wirt_contract::sessions::{NewCommit, Refusal};
use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, MergeKey, NewEntry, Slot, Work, WorkKind,
    WorkQueue,
};
use wirt_contract::{AttachmentId, EpochMs, SessionId, StoreId};

use super::case;
use super::stage::{
    MINUTE, PAGE, claimed, commit, entries, held, intent, json, needs_intents, plain, planted,
    queued, refuses, row, seen, session_id, unchanged,
};
use crate::expect::{holds, present, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/completes-a-claim", "sessions.commit.completes-claims", "seed 41", completes),
    case("sessions/completes-many-claims", "sessions.commit.completes-claims", "wirt", many),
    case("sessions/completes-a-joined-claim", "sessions.commit.completes-claims", "wirt", joined),
    case("sessions/completes-an-expired-claim", "sessions.commit.completes-claims", "wirt", late),
    case("sessions/altered-claim-is-lost", "sessions.commit.completes-claims", "wirt", altered),
    case("sessions/taken-claim-is-lost", "sessions.commit.completes-claims", "wirt", taken),
    case("sessions/given-back-claim-is-lost", "sessions.commit.completes-claims", "wirt", given),
    case("sessions/completed-claim-is-lost", "sessions.commit.completes-claims", "wirt", spent),
    case("sessions/one-lost-claim-keeps-all", "sessions.commit.all-or-nothing", "wirt", one_lost),
    case("sessions/stamps-the-manifest", "sessions.commit.stamps-manifest", "seed 33", stamps),
    case("sessions/stamps-own-intents-alone", "sessions.commit.stamps-manifest", "wirt", own),
    case("sessions/stamps-add-no-row", "sessions.commit.stamps-manifest", "wirt", no_row),
    case("sessions/first-stamp-stays", "sessions.commit.stamps-manifest", "wirt", first_stays),
];

/// A commit that completes these.
fn completing(probe: &mut Probe<'_>, session: &SessionId, claims: &[&ClaimRef]) -> NewCommit {
    let completed = claims.iter().map(|claim| (*claim).clone()).collect();
    NewCommit { completed, ..plain(probe, session) }
}

/// The commit has to be refused for this claim and to leave everything as it is.
fn loses(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    claim: &ClaimRef,
) -> Result<(), Stop> {
    let before = seen(probe, store, session)?;
    let turn = completing(probe, session, &[claim]);
    refuses(probe, store, &turn, Refusal::ClaimLost(claim.claim_id.clone()))?;
    unchanged(probe, store, session, &before)
}

fn completes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let claim = held(probe, &store, &session)?;
    let stays = queued(probe, &store, &session)?;
    let turn = completing(probe, &session, &[&claim.claim]);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &vec![stays.clone()])?;
    let pending = probe.list_pending(&store, &session, None, PAGE)?;
    same("what is pending", &pending, &vec![stays.clone()])?;
    let next = claimed(probe, &store, &session, MINUTE)?;
    same("the next claim's entries", &next.entries, &vec![stays])
}

fn many(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let mut claims: Vec<Claim> = Vec::new();
    for _ in 0..4 {
        claims.push(held(probe, &store, &session)?);
    }
    let Some((kept, done)) = claims.split_first() else { return Ok(()) };
    let done: Vec<_> = done.iter().rev().map(|claim| &claim.claim).collect();
    let turn = completing(probe, &session, &done);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &kept.entries)?;
    let turn = completing(probe, &session, &[&kept.claim]);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &Vec::new())
}

fn joined(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    for _ in 0..4 {
        let entry = NewEntry {
            session_id: session.clone(),
            source_key: Some(probe.word()),
            delivery: Delivery::EarliestSafeBoundary,
            slot: Slot::Join,
            merge_key: MergeKey::Group("g".into()),
            available_at: EpochMs(0),
            items: vec![Work { kind: WorkKind::TurnInput, body: json(probe) }],
        };
        probe.enqueue(&store, &entry)?;
    }
    let claimant = Claimant {
        session_id: session.clone(),
        owner: "owner".into(),
        boundary: Boundary::Idle,
        ttl: MINUTE,
    };
    let claim = present("a claim", probe.claim(&store, &claimant, 3)?)?;
    same("entries claimed", &claim.entries.len(), &3)?;
    let left = entries(probe, &store, &session)?.split_off(3);
    let turn = completing(probe, &session, &[&claim.claim]);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &left)
}

fn late(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    // Never live, and a live one whose time runs out.
    queued(probe, &store, &session)?;
    let claim = claimed(probe, &store, &session, 0)?;
    let turn = completing(probe, &session, &[&claim.claim]);
    commit(probe, &store, &turn)?;
    let claim = held(probe, &store, &session)?;
    probe.advance(MINUTE + 1)?;
    let turn = completing(probe, &session, &[&claim.claim]);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &Vec::new())
}

fn altered(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, super::stage::append(&[("a", None)], Some("a")))?;
    let claim = held(probe, &store, &session)?.claim;
    let token = &claim.lease_token;
    for other in [
        ClaimRef { lease_token: format!("{token}:stale"), ..claim.clone() },
        ClaimRef { lease_token: format!("0{token}"), ..claim.clone() },
        ClaimRef { fencing_token: claim.fencing_token.wrapping_add(1), ..claim.clone() },
        ClaimRef { fencing_token: claim.fencing_token.wrapping_sub(1), ..claim.clone() },
        ClaimRef { claim_id: format!("{}0", claim.claim_id).into(), ..claim.clone() },
        ClaimRef { session_id: session_id(probe), ..claim.clone() },
    ] {
        loses(probe, &store, &session, &other)?;
    }
    let turn = completing(probe, &session, &[&claim]);
    commit(probe, &store, &turn)?;
    same("the queue", &entries(probe, &store, &session)?, &Vec::new())
}

fn taken(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    queued(probe, &store, &session)?;
    let first = claimed(probe, &store, &session, 0)?;
    let second = claimed(probe, &store, &session, MINUTE)?;
    loses(probe, &store, &session, &first.claim)?;
    let turn = completing(probe, &session, &[&second.claim]);
    commit(probe, &store, &turn).map(drop)
}

fn given(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let claim = held(probe, &store, &session)?;
    same("abandon", &probe.abandon(&store, &claim.claim)?, &true)?;
    loses(probe, &store, &session, &claim.claim)
}

fn spent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let claim = held(probe, &store, &session)?;
    let turn = completing(probe, &session, &[&claim.claim]);
    commit(probe, &store, &turn)?;
    loses(probe, &store, &session, &claim.claim)
}

fn one_lost(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let (one, other) = (held(probe, &store, &session)?, held(probe, &store, &session)?);
    let stale = ClaimRef { lease_token: "stale".into(), ..other.claim.clone() };
    let before = seen(probe, &store, &session)?;
    for claims in [[&one.claim, &stale], [&stale, &one.claim]] {
        let turn = completing(probe, &session, &claims);
        refuses(probe, &store, &turn, Refusal::ClaimLost(stale.claim_id.clone()))?;
        unchanged(probe, &store, &session, &before)?;
    }
    let turn = completing(probe, &session, &[&one.claim, &other.claim]);
    commit(probe, &store, &turn).map(drop)
}

/// Intents of this session for these attachments.
fn meant(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    attachments: &[&AttachmentId],
) -> Result<(), Stop> {
    for (at, attachment) in (1..).zip(attachments) {
        probe.record_intent(store, &intent(session, attachment, at))?;
    }
    Ok(())
}

/// Whether a row is there and committed; the row has to be there.
fn is_committed(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    attachment: &AttachmentId,
) -> Result<bool, Stop> {
    let found = row(probe, store, session, attachment)?;
    let found = present(&format!("the row of {}", attachment.show()), found)?;
    Ok(found.committed_at.is_some())
}

fn stamps(probe: &mut Probe<'_>) -> Result<(), Stop> {
    needs_intents(probe)?;
    let store = probe.store_id();
    let session = session_id(probe);
    let (used, also, orphan): (AttachmentId, AttachmentId, AttachmentId) =
        (probe.word().into(), probe.word().into(), probe.word().into());
    meant(probe, &store, &session, &[&used, &also, &orphan])?;
    let turn =
        NewCommit { attachments: vec![used.clone(), also.clone()], ..plain(probe, &session) };
    commit(probe, &store, &turn)?;
    for (attachment, expected) in [(&used, true), (&also, true), (&orphan, false)] {
        let found = is_committed(probe, &store, &session, attachment)?;
        same(&format!("whether {} is committed", attachment.show()), &found, &expected)?;
    }
    let left = probe.list_uncommitted(&store, EpochMs(u64::MAX), None, PAGE)?;
    let left: Vec<_> = left.into_iter().map(|row| row.intent.attachment_id).collect();
    same("what is not committed", &left, &vec![orphan])
}

fn own(probe: &mut Probe<'_>) -> Result<(), Stop> {
    needs_intents(probe)?;
    let store = probe.store_id();
    let (mine, theirs) = (session_id(probe), session_id(probe));
    let (shared, foreign): (AttachmentId, AttachmentId) =
        (probe.word().into(), probe.word().into());
    meant(probe, &store, &mine, &[&shared])?;
    meant(probe, &store, &theirs, &[&shared, &foreign])?;
    let turn =
        NewCommit { attachments: vec![shared.clone(), foreign.clone()], ..plain(probe, &mine) };
    commit(probe, &store, &turn)?;
    same("whether ours is committed", &is_committed(probe, &store, &mine, &shared)?, &true)?;
    for attachment in [&shared, &foreign] {
        let found = is_committed(probe, &store, &theirs, attachment)?;
        same("whether the other session's is committed", &found, &false)?;
    }
    same("a row of ours for theirs", &row(probe, &store, &mine, &foreign)?, &None)
}

fn no_row(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let nobodys: AttachmentId = probe.word().into();
    let turn =
        NewCommit { attachments: vec![nobodys.clone(), nobodys.clone()], ..plain(probe, &session) };
    commit(probe, &store, &turn)?;
    same("its row", &row(probe, &store, &session, &nobodys)?, &None)?;
    same("whether it is referenced", &probe.is_referenced(&store, &nobodys)?, &false)
}

fn first_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    needs_intents(probe)?;
    let store = probe.store_id();
    let session = session_id(probe);
    let (one, other): (AttachmentId, AttachmentId) = (probe.word().into(), probe.word().into());
    meant(probe, &store, &session, &[&one, &other])?;
    let turn = |probe: &mut Probe<'_>| NewCommit {
        attachments: vec![one.clone()],
        ..plain(probe, &session)
    };
    let first = turn(probe);
    commit(probe, &store, &first)?;
    let before = row(probe, &store, &session, &one)?;
    probe.advance(MINUTE)?;
    let again = NewCommit { attachments: vec![one.clone(), other.clone()], ..turn(probe) };
    commit(probe, &store, &again)?;
    same("the row", &row(probe, &store, &session, &one)?, &before)?;
    let later = row(probe, &store, &session, &other)?;
    let at = |row: &Option<ManifestRow>| row.as_ref().and_then(|row| row.committed_at);
    let a_minute_later =
        at(&before).zip(at(&later)).is_some_and(|(one, other)| other.0 >= one.0 + MINUTE);
    holds(a_minute_later, "a row committed a minute later", || {
        format!("{} after {}", later.show(), before.show())
    })
}
