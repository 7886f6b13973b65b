//! What the cases about the manifest set up and look at.

use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::sessions::{CommitAnswer, Sessions};
use wirt_contract::{AttachmentId, EpochMs, SessionId, StoreId};

use super::super::tasks::stage::{MAX_PAGES, PAGE};
use super::super::work_queue::stage::commit;
use crate::expect::{failed, present, same};
use crate::{Probe, Show, Stop};

/// The end of time: every intent is at or before it.
pub(super) const EVER: EpochMs = EpochMs(u64::MAX);

/// Ends the case where the plugin keeps no intents.
pub(super) fn kept(probe: &mut Probe<'_>) -> Result<(), Stop> {
    match probe.retention()? {
        Retention::Kept => Ok(()),
        Retention::None => Err(Stop::Skip("the plugin keeps no intents".into())),
    }
}

/// A session nobody has used.
pub(super) fn session(probe: &mut Probe<'_>) -> SessionId {
    SessionId::new(probe.word())
}

/// A session's intent to use this, at this time.
pub(super) fn intent(
    probe: &mut Probe<'_>,
    session: &SessionId,
    attachment: &AttachmentId,
    at: u64,
) -> Intent {
    Intent {
        attachment_id: attachment.clone(),
        session_id: session.clone(),
        canonical_uri: format!("sha256:{}", probe.word()),
        intent_at: EpochMs(at),
    }
}

/// An attachment nobody has named.
pub(super) fn attachment(probe: &mut Probe<'_>) -> AttachmentId {
    let bytes = probe.bytes(12);
    AttachmentId::of(&bytes)
}

/// Records a session's intent to use something, and gives the row it has to be.
pub(super) fn meant(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    at: u64,
) -> Result<ManifestRow, Stop> {
    let attachment = attachment(probe);
    let intent = intent(probe, session, &attachment, at);
    probe.record_intent(store, &intent)?;
    Ok(ManifestRow { intent, committed_at: None })
}

/// The row of the same session and attachment.
pub(super) fn row(
    probe: &mut Probe<'_>,
    store: &StoreId,
    of: &ManifestRow,
) -> Result<Option<ManifestRow>, Stop> {
    Ok(probe.get(store, &of.intent.session_id, &of.intent.attachment_id)?)
}

/// The row is there, as it was.
pub(super) fn stays(
    probe: &mut Probe<'_>,
    store: &StoreId,
    expected: &ManifestRow,
) -> Result<(), Stop> {
    same("the row", &row(probe, store, expected)?, &Some(expected.clone()))
}

/// Commits a session's intents for these rows' attachments.
pub(super) fn commit_refs(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    rows: &[&ManifestRow],
) -> Result<(), Stop> {
    let ids: Vec<AttachmentId> = rows.iter().map(|row| row.intent.attachment_id.clone()).collect();
    Ok(probe.commit_refs(store, session, &ids)?)
}

/// A commit of a turn that refers to this.
pub(super) fn commit_turn(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    attachments: &[AttachmentId],
) -> Result<(), Stop> {
    let mut turn = commit(probe, session);
    turn.attachments = attachments.to_vec();
    match probe.commit(store, &turn)? {
        CommitAnswer::Committed(_) => Ok(()),
        refused => failed("a commit of a turn", refused.show()),
    }
}

/// Every uncommitted row up to a time, in pages of at most this many.
pub(super) fn in_pages(
    probe: &mut Probe<'_>,
    store: &StoreId,
    until: EpochMs,
    limit: u32,
) -> Result<Vec<ManifestRow>, Stop> {
    let mut found: Vec<ManifestRow> = Vec::new();
    let mut after: Option<IntentCursor> = None;
    for _ in 0..MAX_PAGES {
        let page = probe.list_uncommitted(store, until, after.as_ref(), limit)?;
        if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return failed(format!("at most {limit} rows"), page.show());
        }
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.intent.cursor());
        found.extend(page);
    }
    failed("a list with an end", format!("more than {} rows", found.len()))
}

/// What is not committed is exactly this.
pub(super) fn uncommitted(
    probe: &mut Probe<'_>,
    store: &StoreId,
    expected: &[&ManifestRow],
) -> Result<(), Stop> {
    let found = in_pages(probe, store, EVER, PAGE)?;
    let expected: Vec<ManifestRow> = expected.iter().map(|row| (*row).clone()).collect();
    same("rows that are not committed", &found, &expected)
}

/// The row as committed at this time.
pub(super) fn committed(row: &ManifestRow, at: EpochMs) -> ManifestRow {
    ManifestRow { committed_at: Some(at), ..row.clone() }
}

/// The row, and that it is committed.
pub(super) fn as_committed(
    probe: &mut Probe<'_>,
    store: &StoreId,
    of: &ManifestRow,
) -> Result<ManifestRow, Stop> {
    let found = present("the row", row(probe, store, of)?)?;
    let at = present("when it was committed", found.committed_at)?;
    same("the row", &found, &committed(of, at))?;
    Ok(found)
}
