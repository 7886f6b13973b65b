//! Defects of bounds: what is outside is taken for something inside.

use wirt_contract::StoreId;
use wirt_contract::work_queue::{Claimant, MergeKey, NewEntry, Work, WorkKind, WorkQueue};
use wirt_ledger::LIMITS;

use super::super::invalid;
use super::entries::secretly;
use super::{Defect, defect, is_invalid, pending};
use crate::{Bend, STRAIGHT};

/// Bytes that are plenty for whoever made this.
const PLENTY: usize = 32_768;
/// Calls that are plenty.
const MANY: u32 = 500;

/// A text's beginning; the cases use one byte a letter.
fn cut(text: &str, most: u32) -> String {
    text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect()
}

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "has a store id without a name",
        &["work-queue/store-id-bound"],
        Bend {
            enqueue: |it, store, entry| match store.as_str() {
                "" => it.ledger.enqueue(&StoreId::new("-"), entry),
                _ => it.ledger.enqueue(store, entry),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has a session without a name",
        &["work-queue/session-id-bound"],
        Bend {
            enqueue: |it, store, entry| match entry.session_id.as_str() {
                "" => {
                    it.ledger.enqueue(store, &NewEntry { session_id: "-".into(), ..entry.clone() })
                }
                _ => it.ledger.enqueue(store, entry),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "gives claims to nobody",
        &["work-queue/owner-bound"],
        Bend {
            claim: |it, store, claimant, max| match claimant.owner.as_str() {
                "" => {
                    let nobody = Claimant { owner: "-".into(), ..claimant.clone() };
                    it.ledger.claim(store, &nobody, max)
                }
                _ => it.ledger.claim(store, claimant, max),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "finds nothing under an id that is none",
        &["work-queue/entry-id-bound"],
        Bend {
            cancel: |it, store, session, entry| {
                let answer = it.ledger.cancel(store, session, entry);
                if is_invalid(&answer) { Ok(None) } else { answer }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes an empty source key for none",
        &["work-queue/source-key-bound"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    entry.source_key.take_if(|key| key.is_empty());
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cuts a group's long name",
        &["work-queue/group-bound"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    if let MergeKey::Group(name) = &mut entry.merge_key {
                        *name = cut(name, LIMITS.max_id_bytes);
                    }
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has shorter bodies than any store",
        &["work-queue/payload-floor-fits"],
        Bend {
            enqueue: |it, store, entry| {
                if entry.items.iter().any(|work| work.body.len() > PLENTY) {
                    return invalid();
                }
                it.ledger.enqueue(store, entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cuts long bodies",
        &["work-queue/payload-bound"],
        Bend {
            enqueue: |it, store, entry| {
                let mut entry = entry.clone();
                for work in &mut entry.items {
                    work.body = cut(&work.body, LIMITS.max_payload_bytes);
                }
                it.ledger.enqueue(store, &entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes an entry of no items",
        &["work-queue/no-items-are-invalid"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    if entry.items.is_empty() {
                        let body = "null".into();
                        entry.items.push(Work { kind: WorkKind::TurnInput, body });
                    }
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "leaves out the items that are too many",
        &["work-queue/items-bound"],
        Bend {
            enqueue: |it, store, entry| {
                let mut entry = entry.clone();
                let most = usize::try_from(LIMITS.max_list).unwrap_or(usize::MAX);
                entry.items.truncate(most);
                it.ledger.enqueue(store, &entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has shorter queues than any store",
        &["work-queue/queue-floor-fits"],
        Bend {
            enqueue: |it, store, entry| {
                it.notes.borrow_mut().calls += 1;
                if it.notes.borrow().calls > MANY {
                    return invalid();
                }
                it.ledger.enqueue(store, entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "makes room in a full queue",
        &["work-queue/queue-bound"],
        Bend {
            enqueue: |it, store, entry| {
                let answer = it.ledger.enqueue(store, entry);
                if !is_invalid(&answer) {
                    return answer;
                }
                if let Some(oldest) = pending(it, store, &entry.session_id)?.first() {
                    it.ledger.cancel(store, &entry.session_id, &oldest.entry_id)?;
                }
                it.ledger.enqueue(store, entry)
            },
            ..STRAIGHT
        },
    ),
];
