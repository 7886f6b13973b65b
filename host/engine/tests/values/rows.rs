//! A row of every kind through `transfer`: in by an import, out by an export.

use wirt_contract::attachment_manifest::ManifestRow;
use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::sessions::{Committed, Relation, Session};
use wirt_contract::tasks::{Ending, Event, EventKind, Status, Task};
use wirt_contract::transfer::{Data, Holder, Row};
use wirt_contract::work_queue::{ClaimRef, Delivery, Entry, MergeKey, Slot};
use wirt_contract::{AttachmentId, BlobName, EpochMs, Plugin};

use super::{
    artifact, checkpoint, child, intent, items, meta, node, plugin, session, store, usage,
};

/// Rows of every kind, as an export gives them.
fn rows() -> Vec<Row> {
    let task = |id: &str, status, at: u64| Task {
        task_id: id.into(),
        op: "op".into(),
        status,
        params_digest: "digest".into(),
        created_at: EpochMs(at),
        started_at: Some(EpochMs(at + 1)),
        finished_at: Some(EpochMs(at + 2)),
        outcome: Some("outcome".into()),
        failure: Some("failure".into()),
    };
    let kinds = [
        EventKind::TaskStarted,
        EventKind::Progress,
        EventKind::Log,
        EventKind::Partial,
        EventKind::Final(Ending::Failed),
    ];
    let event = |(seq, kind): (u64, EventKind)| Data::Event {
        task_id: "task-1".into(),
        event: Event { seq, kind, at: EpochMs(70 + seq), payload: format!("{seq}") },
    };
    let claim = ClaimRef {
        session_id: "session".into(),
        claim_id: "claim".into(),
        fencing_token: 82,
        lease_token: "lease".into(),
    };
    let entry = |id: &str, seq: u64, delivery, slot, merge_key| Entry {
        entry_id: id.into(),
        session_id: "session".into(),
        source_key: Some(format!("source of {id}")),
        delivery,
        slot,
        merge_key,
        available_at: EpochMs(83),
        enqueue_seq: seq,
        enqueued_at: EpochMs(84),
        items: items(id),
    };
    let holder =
        Holder { claim, owner: "owner".into(), claimed_at: EpochMs(85), expires_at: EpochMs(86) };
    let picture = Metadata {
        media_type: "image/png".into(),
        width: Some(91),
        height: Some(92),
        label: Some("label".into()),
    };
    let attachment =
        Attachment { id: AttachmentId::of(b"picture"), byte_len: 7, metadata: picture };
    let blobs = {
        let texts = ["turn", "tool", "plugins", "execution", "frame"].map(str::as_bytes);
        let mut blobs = texts.map(|bytes| (BlobName::of(bytes), bytes.to_vec()));
        blobs.sort();
        blobs.map(|(_, bytes)| Data::Blob(bytes))
    };
    let statuses = [
        Status::Ended(Ending::Failed),
        Status::Pending,
        Status::Running,
        Status::Ended(Ending::Succeeded),
        Status::Ended(Ending::Cancelled),
    ];
    let numbered = || 1_u64..;
    let mut data: Vec<Data> = numbered()
        .zip(statuses)
        .map(|(number, status)| Data::Task(task(&format!("task-{number}"), status, 10 * number)))
        .collect();
    data.extend(numbered().zip(kinds).map(event));
    data.push(Data::Attachment { attachment, bytes: b"picture".to_vec() });
    data.push(Data::Meta(meta(child())));
    data.push(Data::Session(Session { revision: 12, ..session() }));
    data.extend(blobs);
    data.push(Data::UsedNodeId("node-0".into()));
    data.push(Data::Node(node("node-1", None, 51)));
    data.push(Data::Node(node("node-2", Some("node-1"), 52)));
    data.push(Data::Usage(usage()));
    data.push(Data::Turn {
        turn_id: "turn".into(),
        turn_hash: "hash".into(),
        committed: Committed { revision: 9, checkpoint: checkpoint() },
    });
    data.push(Data::Counters { enqueue_seq: 80, fencing_token: 90 });
    let (early, late) = (Delivery::EarliestSafeBoundary, Delivery::AfterCurrentTurnCommit);
    data.push(Data::Queued {
        entry: entry("entry-1", 77, early, Slot::Join, MergeKey::Group("group".into())),
        holder: Some(holder),
    });
    data.push(Data::Queued {
        entry: entry("entry-2", 78, late, Slot::Exclusive, MergeKey::Never),
        holder: None,
    });
    data.push(Data::Queued {
        entry: entry("entry-3", 79, late, Slot::Join, MergeKey::PayloadDefault),
        holder: None,
    });
    let committed = ManifestRow { intent: intent(b"picture"), committed_at: Some(EpochMs(62)) };
    data.push(Data::Manifest(committed));
    data.push(Data::Artifact(artifact()));
    let mut rows: Vec<Row> = data.into_iter().map(|data| Row { store: store(), data }).collect();
    // Whatever else there is to say, of a second store id.
    rows.push(Row { store: "store-2".into(), data: Data::Meta(meta(Relation::Root)) });
    rows
}

#[test]
fn every_row_comes_out_as_it_went_in() {
    let mut plugin = plugin();
    let transfer = plugin.transfer().unwrap();
    let rows = rows();
    transfer.begin_import().unwrap();
    for row in &rows {
        transfer.import_rows(std::slice::from_ref(row)).unwrap_or_else(|e| panic!("{row:?}: {e}"));
    }
    transfer.finish_import(u64::try_from(rows.len()).unwrap()).unwrap();
    let page = transfer.export(None, 1_000).unwrap();
    assert_eq!(page.next, None);
    assert_eq!(page.rows, rows);
    let page = transfer.export(None, 3).unwrap();
    assert!(page.next.is_some() && page.rows.len() < rows.len(), "{page:?}");
}
