//! Defects of a session's row for an attachment.

use wirt_contract::EpochMs;
use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, ManifestRow, Retention};
use wirt_contract::batching::Batching;
use wirt_contract::sessions::{NewCommit, Sessions};

use super::super::invalid;
use super::{Defect, commit, defect, renew, taken, uncommitted};
use crate::{Bend, STRAIGHT};

/// Bytes that are plenty for whoever made this.
const PLENTY: usize = 32_768;

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "commits a turn without its attachments",
        &[
            "attachment-manifest/attachment-manifest-records-intent-and-commit-stamps",
            "attachment-manifest/turn-stamps-its-attachments",
        ],
        Bend {
            commit: |it, store, commit| {
                it.ledger.commit(store, &NewCommit { attachments: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "says that it keeps nothing, and does",
        &["attachment-manifest/noop-attachment-manifest-is-explicit-and-empty"],
        Bend { retention: |_| Ok(Retention::None), ..STRAIGHT },
    ),
    defect(
        "keeps intents once it has one",
        &["attachment-manifest/retention-is-told-the-same-way"],
        Bend {
            record_intent: |it, store, intent| {
                it.notes.borrow_mut().open = true;
                it.ledger.record_intent(store, intent)
            },
            retention: |it| {
                let one = it.notes.borrow().open;
                Ok(if one { Retention::Kept } else { Retention::None })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "keeps times in 63 bits",
        &["attachment-manifest/intent-round-trip"],
        Bend {
            record_intent: |it, store, intent| {
                let intent_at = EpochMs(intent.intent_at.0 & (u64::MAX >> 1));
                it.ledger.record_intent(store, &Intent { intent_at, ..intent.clone() })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes over a later intent before a commit",
        &["attachment-manifest/first-intent-stays"],
        Bend {
            record_intent: |it, store, intent| {
                let (session, attachment) = (&intent.session_id, &intent.attachment_id);
                match it.ledger.get(store, session, attachment)? {
                    Some(row) if row.committed_at.is_none() => {
                        renew(it, store, &ManifestRow { intent: intent.clone(), ..row })
                    }
                    _ => it.ledger.record_intent(store, intent),
                }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes an intent after the commit for a new one",
        &["attachment-manifest/first-intent-stays-once-committed"],
        Bend {
            record_intent: |it, store, intent| {
                let (session, attachment) = (&intent.session_id, &intent.attachment_id);
                match it.ledger.get(store, session, attachment)? {
                    Some(row) if row.committed_at.is_some() => {
                        renew(it, store, &ManifestRow { intent: intent.clone(), ..row })
                    }
                    _ => it.ledger.record_intent(store, intent),
                }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "leaves an attachment to whoever meant it first",
        &["attachment-manifest/attachment-manifest-keeps-same-content-ownership-per-session"],
        Bend {
            record_intent: |it, store, intent| {
                if it.ledger.is_referenced(store, &intent.attachment_id)? {
                    return Ok(());
                }
                it.ledger.record_intent(store, intent)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "looks for small letters alone",
        &["attachment-manifest/ids-apart"],
        Bend {
            manifest_row: |it, store, session, attachment| {
                it.ledger.get(store, &session.as_str().to_lowercase().into(), attachment)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "gives another session's row where there is none",
        &["attachment-manifest/get-of-nothing-is-none"],
        Bend {
            manifest_row: |it, store, session, attachment| {
                if let Some(row) = it.ledger.get(store, session, attachment)? {
                    return Ok(Some(row));
                }
                let rows = uncommitted(it, store)?;
                Ok(rows.into_iter().find(|row| row.intent.attachment_id == *attachment))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "commits at the time of the intent",
        &["attachment-manifest/commit-takes-the-stores-time"],
        Bend {
            manifest_row: |it, store, session, attachment| {
                let row = it.ledger.get(store, session, attachment)?;
                Ok(row.map(|row| {
                    let committed_at = row.committed_at.map(|_| row.intent.intent_at);
                    ManifestRow { committed_at, ..row }
                }))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "keeps the time of the last commit",
        &["attachment-manifest/first-commit-time-stays"],
        Bend {
            commit_refs: |it, store, session, attachments| {
                for attachment in attachments {
                    if let Some(row) = it.ledger.get(store, session, attachment)? {
                        renew(it, store, &row)?;
                    }
                }
                it.ledger.commit_refs(store, session, attachments)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "commits one of a list",
        &["attachment-manifest/commit-of-many-is-whole"],
        Bend {
            commit_refs: |it, store, session, attachments| {
                it.ledger.commit_refs(store, session, attachments.get(..1).unwrap_or_default())
            },
            ..STRAIGHT
        },
    ),
    defect(
        "commits every session's intents",
        &["attachment-manifest/commit-is-of-its-own-session"],
        Bend {
            commit_refs: |it, store, session, attachments| {
                for row in uncommitted(it, store)? {
                    if attachments.contains(&row.intent.attachment_id) {
                        commit(it, store, &row.intent.session_id, &row.intent.attachment_id)?;
                    }
                }
                it.ledger.commit_refs(store, session, attachments)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "adds a row for what nobody meant",
        &["attachment-manifest/commit-adds-no-row"],
        Bend {
            commit_refs: |it, store, session, attachments| {
                for attachment in attachments {
                    let intent = Intent {
                        attachment_id: attachment.clone(),
                        session_id: session.clone(),
                        canonical_uri: String::new(),
                        intent_at: it.now(),
                    };
                    it.ledger.record_intent(store, &intent)?;
                }
                it.ledger.commit_refs(store, session, attachments)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "commits a turn's attachments before it looks at the turn",
        &["attachment-manifest/refused-turn-stamps-nothing"],
        Bend {
            commit: |it, store, commit| {
                it.ledger.commit_refs(store, &commit.session_id, &commit.attachments)?;
                it.ledger.commit(store, commit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "counts no committed row as a reference",
        &["attachment-manifest/attachment-manifest-reference-tracking-and-gc-root-set"],
        Bend {
            is_referenced: |it, store, attachment| {
                let rows = uncommitted(it, store)?;
                Ok(rows.iter().any(|row| row.intent.attachment_id == *attachment))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "forgets every session's row",
        &["attachment-manifest/forget-removes-its-row-alone"],
        Bend {
            forget: |it, store, session, attachment| {
                for row in uncommitted(it, store)? {
                    if row.intent.attachment_id == *attachment {
                        it.ledger.forget(store, &row.intent.session_id, attachment)?;
                    }
                }
                it.ledger.forget(store, session, attachment)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes no intent for what was forgotten",
        &["attachment-manifest/forgotten-is-free-again"],
        Bend {
            forget: |it, store, session, attachment| {
                it.notes.borrow_mut().gone.push(attachment.clone());
                it.ledger.forget(store, session, attachment)
            },
            record_intent: |it, store, intent| {
                if it.notes.borrow().gone.contains(&intent.attachment_id) {
                    return Ok(());
                }
                it.ledger.record_intent(store, intent)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has one manifest for all store ids",
        &["attachment-manifest/store-ids-apart"],
        Bend {
            record_intent: |it, _, intent| it.ledger.record_intent(&"one".into(), intent),
            manifest_row: |it, _, session, attachment| {
                it.ledger.get(&"one".into(), session, attachment)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists what was meant in its own instance",
        &["attachment-manifest/rows-survive-reopen"],
        Bend {
            record_intent: |it, store, intent| {
                it.in_batch = true;
                it.ledger.record_intent(store, intent)
            },
            list_uncommitted: |it, store, until, after, limit| {
                if !it.in_batch {
                    return Ok(Vec::new());
                }
                it.ledger.list_uncommitted(store, until, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists what was meant before the batch",
        &["attachment-manifest/batched-calls-see-each-other"],
        Bend {
            begin: |it| {
                it.ledger.begin()?;
                it.in_batch = true;
                Ok(())
            },
            flush: |it| {
                it.in_batch = false;
                it.ledger.flush()
            },
            list_uncommitted: |it, store, until, after, limit| {
                if it.in_batch {
                    it.fresh().list_uncommitted(store, until, after, limit)
                } else {
                    it.ledger.list_uncommitted(store, until, after, limit)
                }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "makes every call of a batch durable by itself",
        &["attachment-manifest/unflushed-intent-leaves-no-trace"],
        Bend { begin: |_| Ok(()), flush: |_| Ok(()), ..STRAIGHT },
    ),
    defect(
        "takes an intent outside its bounds and does nothing with it",
        &[
            "attachment-manifest/store-id-bound",
            "attachment-manifest/session-id-bound",
            "attachment-manifest/attachment-id-bound",
            "attachment-manifest/uri-bound",
        ],
        Bend {
            record_intent: |it, store, intent| taken(it.ledger.record_intent(store, intent)),
            ..STRAIGHT
        },
    ),
    defect(
        "has shorter addresses than any store",
        &["attachment-manifest/uri-floor-fits"],
        Bend {
            record_intent: |it, store, intent| {
                if intent.canonical_uri.len() > PLENTY {
                    return invalid();
                }
                it.ledger.record_intent(store, intent)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes a list that is too long and does nothing with it",
        &["attachment-manifest/commit-list-bound"],
        Bend {
            commit_refs: |it, store, session, attachments| {
                taken(it.ledger.commit_refs(store, session, attachments))
            },
            ..STRAIGHT
        },
    ),
];
