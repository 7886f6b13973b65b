//! Defects of the list of what is not committed.

use wirt_contract::EpochMs;
use wirt_contract::attachment_manifest::AttachmentManifest;

use super::{Defect, PAGE, defect, uncommitted};
use crate::{Bend, STRAIGHT};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "orders times as text",
        &["attachment-manifest/oldest-first"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let mut page = it.ledger.list_uncommitted(store, until, after, limit)?;
                page.sort_by_key(|row| row.intent.intent_at.0.to_string());
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "breaks ties by attachment",
        &["attachment-manifest/ties-by-session-then-attachment"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let mut page = it.ledger.list_uncommitted(store, until, after, limit)?;
                page.sort_by_key(|row| (row.intent.intent_at, row.intent.attachment_id.clone()));
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists what is before a time, and not at it",
        &["attachment-manifest/up-to-a-time-inclusive"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let before = EpochMs(until.0.saturating_sub(1));
                it.ledger.list_uncommitted(store, before, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "says that it commits",
        &["attachment-manifest/committed-rows-are-left-out"],
        Bend { commit_refs: |_, _, _, _| Ok(()), ..STRAIGHT },
    ),
    defect(
        "begins a page with the row the one before ended with",
        &["attachment-manifest/list-in-pages"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let page = it.ledger.list_uncommitted(store, until, after, limit)?;
                let Some(after) = after.filter(|_| !page.is_empty()) else { return Ok(page) };
                let before = it.ledger.get(store, &after.session_id, &after.attachment_id)?;
                let most = usize::try_from(limit).unwrap_or(usize::MAX);
                Ok(before.into_iter().chain(page).take(most).collect())
            },
            ..STRAIGHT
        },
    ),
    defect(
        "goes on after all rows of the cursor's time",
        &["attachment-manifest/list-goes-on-after-any-place"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let mut page = it.ledger.list_uncommitted(store, until, after, limit)?;
                page.retain(|row| after.is_none_or(|after| row.intent.intent_at > after.intent_at));
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "goes on only after a row that is there",
        &["attachment-manifest/list-goes-on-while-rows-go"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let there = uncommitted(it, store)?;
                if after.is_some_and(|after| !there.iter().any(|it| it.intent.cursor() == *after)) {
                    return Ok(Vec::new());
                }
                it.ledger.list_uncommitted(store, until, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists nothing at a limit of 0",
        &["attachment-manifest/list-limit-zero-is-invalid"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| match limit {
                0 => Ok(Vec::new()),
                _ => it.ledger.list_uncommitted(store, until, after, limit),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists as many as it is asked for",
        &["attachment-manifest/list-limit-is-cut"],
        Bend {
            list_uncommitted: |it, store, until, after, limit| {
                let mut page = it.ledger.list_uncommitted(store, until, after, limit)?;
                if limit > PAGE
                    && let Some(last) = page.last().map(|row| row.intent.cursor())
                {
                    let more = it.ledger.list_uncommitted(store, until, Some(&last), PAGE)?;
                    page.extend(more);
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
];
