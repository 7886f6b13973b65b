//! How large ids, addresses and lists may be. They hold whether or not intents are kept.

use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, ManifestRow, Retention};
use wirt_contract::store::Limits;
use wirt_contract::{AttachmentId, SessionId, StoreId};

use super::super::work_queue::bounds::id_bounds;
use super::case;
use super::stage::{EVER, attachment, intent, meant, session, uncommitted};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("attachment-manifest/store-id-bound", "store.id.bound", "wirt", store_id),
    case("attachment-manifest/session-id-bound", "store.id.bound", "wirt", session_id),
    case("attachment-manifest/attachment-id-bound", "store.id.bound", "wirt", attachment_id),
    case("attachment-manifest/uri-floor-fits", "manifest.intent", "wirt", uri_floor),
    case("attachment-manifest/uri-bound", "manifest.intent", "wirt", uri).extended(),
    case("attachment-manifest/commit-list-bound", "manifest.commit", "wirt", list),
];

/// Longest address, in bytes, this suite makes.
const MAX_URI: u32 = 16 << 20;
/// Longest list this suite makes.
const MAX_LIST: u32 = 5_000;

/// The intent is there where intents are kept.
fn is_kept(probe: &mut Probe<'_>, store: &StoreId, intent: Intent) -> Result<(), Stop> {
    let kept = probe.retention()? == Retention::Kept;
    let row = probe.get(store, &intent.session_id, &intent.attachment_id)?;
    let expected = kept.then_some(ManifestRow { intent, committed_at: None });
    same("the row", &row, &expected)
}

fn store_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let (root, id) = (session(probe), attachment(probe));
    let intent = intent(probe, &root, &id, 1);
    for store in outside.into_iter().map(StoreId::new) {
        let what = |call| format!("{call} under a store id of {} bytes", store.as_str().len());
        refused(&what("record-intent"), probe.record_intent(&store, &intent), Kind::Invalid)?;
        let answer = probe.commit_refs(&store, &root, std::slice::from_ref(&id));
        refused(&what("commit-refs"), answer, Kind::Invalid)?;
        refused(&what("get"), probe.get(&store, &root, &id), Kind::Invalid)?;
        let answer = probe.list_uncommitted(&store, EVER, None, 1);
        refused(&what("list-uncommitted"), answer, Kind::Invalid)?;
        refused(&what("is-referenced"), probe.is_referenced(&store, &id), Kind::Invalid)?;
        refused(&what("forget"), probe.forget(&store, &root, &id), Kind::Invalid)?;
    }
    let store = StoreId::new(longest);
    probe.record_intent(&store, &intent)?;
    is_kept(probe, &store, intent)
}

fn session_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let (store, id) = (probe.store_id(), attachment(probe));
    for session in outside.into_iter().map(SessionId::new) {
        let what = |call| format!("{call} of a session of {} bytes", session.as_str().len());
        let intent = intent(probe, &session, &id, 1);
        refused(&what("record-intent"), probe.record_intent(&store, &intent), Kind::Invalid)?;
        let answer = probe.commit_refs(&store, &session, std::slice::from_ref(&id));
        refused(&what("commit-refs"), answer, Kind::Invalid)?;
        refused(&what("get"), probe.get(&store, &session, &id), Kind::Invalid)?;
        refused(&what("forget"), probe.forget(&store, &session, &id), Kind::Invalid)?;
    }
    uncommitted(probe, &store, &[])?;
    let intent = intent(probe, &longest.into(), &id, 1);
    probe.record_intent(&store, &intent)?;
    is_kept(probe, &store, intent)
}

fn attachment_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let (store, root) = (probe.store_id(), session(probe));
    for id in outside.into_iter().map(AttachmentId::new) {
        let what = |call| format!("{call} of an attachment id of {} bytes", id.as_str().len());
        let intent = intent(probe, &root, &id, 1);
        refused(&what("record-intent"), probe.record_intent(&store, &intent), Kind::Invalid)?;
        let answer = probe.commit_refs(&store, &root, std::slice::from_ref(&id));
        refused(&what("commit-refs"), answer, Kind::Invalid)?;
    }
    uncommitted(probe, &store, &[])?;
    let intent = intent(probe, &root, &longest.into(), 1);
    probe.record_intent(&store, &intent)?;
    is_kept(probe, &store, intent)
}

/// An intent with an address of this many bytes.
fn with_uri(probe: &mut Probe<'_>, bytes: u32) -> Intent {
    let (root, id) = (session(probe), attachment(probe));
    let canonical_uri = probe.text(usize::try_from(bytes).unwrap_or(0));
    Intent { canonical_uri, ..intent(probe, &root, &id, 1) }
}

fn uri_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let longest = with_uri(probe, Limits::FLOOR.max_payload_bytes);
    probe.record_intent(&store, &longest)?;
    is_kept(probe, &store, longest)
}

fn uri(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_payload_bytes.min(MAX_URI);
    if most < MAX_URI {
        let longer = with_uri(probe, most + 1);
        let answer = probe.record_intent(&store, &longer);
        refused("record-intent with too long an address", answer, Kind::Invalid)?;
        uncommitted(probe, &store, &[])?;
    }
    let longest = with_uri(probe, most);
    probe.record_intent(&store, &longest)?;
    is_kept(probe, &store, longest)
}

fn list(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let root = session(probe);
    let row = meant(probe, &store, &root, 1)?;
    let most = probe.limits().max_list.min(MAX_LIST);
    let others = (1..most).map(|number| AttachmentId::new(format!("a{number}")));
    let mut ids: Vec<AttachmentId> = others.chain([row.intent.attachment_id.clone()]).collect();
    if most < MAX_LIST {
        ids.insert(0, "a".into());
        let answer = probe.commit_refs(&store, &root, &ids);
        refused(&format!("commit-refs of {} ids", ids.len()), answer, Kind::Invalid)?;
        is_kept(probe, &store, row.intent.clone())?;
        ids.remove(0);
    }
    probe.commit_refs(&store, &root, &ids)?;
    uncommitted(probe, &store, &[])
}
