//! Claims and rows of the manifest that a commit settles.

use std::collections::BTreeMap;

use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::sessions::{CommitAnswer, NewCommit, Refusal};
use wirt_contract::work_queue::{ClaimRef, WorkQueue};
use wirt_contract::{Answer, ClaimId, EpochMs, StoreId};

use super::super::Defect;
use super::{refusal, right, stands};
use crate::{Bend, Inner, STRAIGHT};

/// Rows asked for at once.
const PAGE: u32 = 1_000;

/// When each claim runs out.
#[derive(Default)]
struct RunsOut(BTreeMap<(StoreId, ClaimId), EpochMs>);

/// Takes the entries of a claim that is held out of its queue.
pub(super) fn takes_out(it: &mut Inner, store: &StoreId, claim: &ClaimRef) -> Answer<()> {
    let session = &claim.session_id;
    let hidden = |it: &mut Inner| -> Answer<Vec<_>> {
        let pending = it.ledger.list_pending(store, session, None, PAGE)?;
        let all = it.ledger.list_entries(store, session, None, PAGE)?;
        Ok(all.into_iter().filter(|entry| !pending.contains(entry)).collect())
    };
    let claimed = hidden(it)?;
    it.ledger.abandon(store, claim)?;
    let still = hidden(it)?;
    for entry in claimed.iter().filter(|entry| !still.contains(entry)) {
        it.ledger.cancel(store, session, &entry.entry_id)?;
    }
    Ok(())
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "passes over claims that are not held",
        cases: &[
            "sessions/queue-completion-and-turn-commit-stamp-are-atomic",
            "sessions/altered-claim-is-lost",
            "sessions/taken-claim-is-lost",
            "sessions/given-back-claim-is-lost",
            "sessions/completed-claim-is-lost",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if !matches!(refusal(&answer), Some(Refusal::ClaimLost(_))) {
                    return answer;
                }
                right(it, store, &NewCommit { completed: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "leaves completed entries in the queue",
        cases: &["sessions/completes-a-claim", "sessions/completes-a-joined-claim"],
        bend: Bend {
            commit: |it, store, commit| {
                right(it, store, &NewCommit { completed: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "completes the first claim alone",
        cases: &["sessions/completes-many-claims"],
        bend: Bend {
            commit: |it, store, commit| {
                let completed = commit.completed.first().cloned().into_iter().collect();
                right(it, store, &NewCommit { completed, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an expired claim cannot be completed",
        cases: &["sessions/completes-an-expired-claim"],
        bend: Bend {
            claim: |it, store, claimant, max| {
                let claim = it.ledger.claim(store, claimant, max)?;
                if let Some(claim) = &claim {
                    let id = (store.clone(), claim.claim.claim_id.clone());
                    it.notes.borrow_mut().of::<RunsOut>().0.insert(id, claim.expires_at);
                }
                Ok(claim)
            },
            commit: |it, store, commit| {
                for claim in &commit.completed {
                    let id = (store.clone(), claim.claim_id.clone());
                    let at = it.notes.borrow_mut().of::<RunsOut>().0.get(&id).copied();
                    if at.is_some_and(|at| at <= it.now()) {
                        let lost = Refusal::ClaimLost(claim.claim_id.clone());
                        return Ok(CommitAnswer::Refused(lost));
                    }
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "completes claims one by one until one is lost",
        cases: &["sessions/one-lost-claim-keeps-all", "sessions/claims-alone-leave-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if matches!(refusal(&answer), Some(Refusal::ClaimLost(_)))
                    && let Some(first) = commit.completed.first()
                {
                    takes_out(it, store, first)?;
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "stamps no row of the manifest",
        cases: &["sessions/stamps-the-manifest"],
        bend: Bend {
            commit: |it, store, commit| {
                right(it, store, &NewCommit { attachments: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "stamps every session's row",
        cases: &["sessions/stamps-own-intents-alone"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                let all = it.ledger.list_uncommitted(store, EpochMs(u64::MAX), None, PAGE)?;
                let named = all.into_iter().map(|row| row.intent).filter(|intent| {
                    stands(&answer) && commit.attachments.contains(&intent.attachment_id)
                });
                for intent in named {
                    it.ledger.commit_refs(store, &intent.session_id, &[intent.attachment_id])?;
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "adds a row for what has none",
        cases: &["sessions/stamps-add-no-row"],
        bend: Bend {
            commit: |it, store, commit| {
                for attachment in &commit.attachments {
                    let intent = wirt_contract::attachment_manifest::Intent {
                        attachment_id: attachment.clone(),
                        session_id: commit.session_id.clone(),
                        canonical_uri: String::new(),
                        intent_at: EpochMs(0),
                    };
                    it.ledger.record_intent(store, &intent)?;
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a second commit stamps a row anew",
        cases: &["sessions/first-stamp-stays"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                let session = &commit.session_id;
                for attachment in commit.attachments.iter().filter(|_| stands(&answer)) {
                    let row = AttachmentManifest::get(&mut it.ledger, store, session, attachment)?;
                    let Some(row) = row else { continue };
                    it.ledger.forget(store, session, attachment)?;
                    it.ledger.record_intent(store, &row.intent)?;
                    it.ledger.commit_refs(store, session, std::slice::from_ref(attachment))?;
                }
                answer
            },
            ..STRAIGHT
        },
    },
];
