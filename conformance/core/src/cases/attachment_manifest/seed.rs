//! The seed's own cases, and what else a plugin shows that keeps no intents.

use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, Retention};
use wirt_contract::{AttachmentId, EpochMs, SessionId};

use super::case;
use super::stage::{EVER, commit_turn, kept, meant, session};
use crate::expect::same;
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "attachment-manifest/attachment-manifest-records-intent-and-commit-stamps",
        "manifest.commit",
        "seed 33",
        intent_and_commit,
    ),
    case(
        "attachment-manifest/noop-attachment-manifest-is-explicit-and-empty",
        "manifest.retention.none",
        "seed 34",
        keeps_nothing,
    ),
    case(
        "attachment-manifest/retention-is-told-the-same-way",
        "manifest.retention.none",
        "wirt",
        told_the_same,
    ),
];

/// Up to when the seed lists.
const UNTIL: EpochMs = EpochMs(200);

/// What the seed records.
fn seeds_intent(session: &SessionId, id: &AttachmentId) -> Intent {
    Intent {
        attachment_id: id.clone(),
        session_id: session.clone(),
        canonical_uri: format!("sha256:{id}"),
        intent_at: EpochMs(100),
    }
}

fn intent_and_commit(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let (store, root) = (probe.store_id(), SessionId::new("root"));
    let by_turn = AttachmentId::new("runtime-commit");
    let by_itself = AttachmentId::new("manual-commit");
    let orphan = AttachmentId::new("orphan");
    for id in [&by_turn, &by_itself, &orphan] {
        probe.record_intent(&store, &seeds_intent(&root, id))?;
    }
    let listed = probe.list_uncommitted(&store, UNTIL, None, 100)?;
    let mut ids: Vec<_> = listed.into_iter().map(|row| row.intent.attachment_id).collect();
    ids.sort();
    same(
        "rows that are not committed",
        &ids,
        &vec![by_itself.clone(), orphan.clone(), by_turn.clone()],
    )?;
    probe.commit_refs(&store, &root, std::slice::from_ref(&by_itself))?;
    commit_turn(probe, &store, &root, std::slice::from_ref(&by_turn))?;
    let left = probe.list_uncommitted(&store, UNTIL, None, 100)?;
    let ids: Vec<_> = left.iter().map(|row| row.intent.attachment_id.clone()).collect();
    same("rows that are still not committed", &ids, &vec![orphan.clone()])?;
    let times: Vec<_> = left.iter().map(|row| row.committed_at).collect();
    same("when they were committed", &times, &vec![None])?;
    probe.forget(&store, &root, &orphan)?;
    let left = probe.list_uncommitted(&store, UNTIL, None, 100)?;
    same("rows after the last was forgotten", &left, &Vec::new())
}

fn keeps_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    if probe.retention()? == Retention::Kept {
        return Err(Stop::Skip("for plugins that say that they keep no intents".into()));
    }
    let (store, root) = (probe.store_id(), SessionId::new("root"));
    let noop = AttachmentId::new("noop");
    let listed = |probe: &mut Probe<'_>, until| {
        let listed = probe.list_uncommitted(&store, until, None, 100)?;
        same("rows of a manifest that keeps nothing", &listed, &Vec::new())
    };
    probe.record_intent(&store, &seeds_intent(&root, &noop))?;
    listed(probe, UNTIL)?;
    same("the row", &probe.get(&store, &root, &noop)?, &None)?;
    same("whether it is referenced", &probe.is_referenced(&store, &noop)?, &false)?;
    probe.commit_refs(&store, &root, std::slice::from_ref(&noop))?;
    listed(probe, UNTIL)?;
    commit_turn(probe, &store, &root, std::slice::from_ref(&noop))?;
    listed(probe, EVER)?;
    probe.forget(&store, &root, &noop)?;
    listed(probe, EVER)
}

/// Also after something was recorded, and in a fresh instance.
fn told_the_same(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let root = session(probe);
    let told = probe.retention()?;
    meant(probe, &store, &root, 1)?;
    same("the retention", &probe.retention()?, &told)?;
    for how in [Reopen::Dropped, Reopen::Closed] {
        probe.reopen(how)?;
        same("the retention in a fresh instance", &probe.retention()?, &told)?;
    }
    Ok(())
}
