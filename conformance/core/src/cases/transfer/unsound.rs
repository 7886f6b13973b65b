//! Rows that no export gives: beyond a bound, under another's name, or without what they rest on.

use wirt_contract::artifacts::{Artifact, ProcessExport};
use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, ManifestRow, Retention};
use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::sessions::Node;
use wirt_contract::tasks::{Event, Task};
use wirt_contract::transfer::{Data, Row, Transfer};
use wirt_contract::{AttachmentId, EpochMs, Interface, NodeId, StoreId};

use super::super::tasks::stage::{new_task, row_of};
use super::import::some_rows;
use super::rows::goes_on;
use super::stage::{ALL, count, export, give, import, same_rows};
use super::{SESSION, case, with};
use crate::case::Run;
use crate::expect::{Kind, failed, refused};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    sound("transfer/tapes-with-gaps-are-invalid", TASKS, gaps).extended(),
    sound("transfer/bytes-of-another-name-are-invalid", ATTACHMENTS, other_bytes).extended(),
    sound("transfer/artifacts-of-another-name-are-invalid", ARTIFACTS, other_content).extended(),
    sound("transfer/nodes-without-parent-are-invalid", SESSION, orphans).extended(),
    sound("transfer/blobs-no-head-names-are-invalid", SESSION, stray_blobs).extended(),
    sound("transfer/missing-blobs-are-invalid", SESSION, missing_blobs).extended(),
    sound("transfer/entries-beyond-the-counters-are-invalid", SESSION, beyond_counters).extended(),
    sound(
        "transfer/ids-beyond-their-bound-are-invalid",
        &[Interface::Store, Interface::Transfer],
        long_ids,
    )
    .extended(),
    sound("transfer/payloads-beyond-their-bound-are-invalid", TASKS, long_payloads).extended(),
    sound("transfer/attachments-beyond-their-bound-are-invalid", ATTACHMENTS, large_bytes)
        .extended(),
    sound("transfer/rows-at-once-bound", TASKS, rows_at_once).extended(),
    with(
        case(
            "transfer/intents-need-a-manifest-that-keeps-them",
            "manifest.retention.none",
            "wirt",
            unkept_intents,
        ),
        SESSION,
    ),
];

const TASKS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Tasks];
const ATTACHMENTS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Attachments];
const ARTIFACTS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Artifacts];
/// Longest id, in bytes, this suite makes.
const MAX_ID: u32 = 65_536;
/// Longest payload, in bytes, this suite makes.
const MAX_PAYLOAD: u32 = 16 << 20;
/// Largest attachment, in bytes, this suite makes.
const MAX_BYTES: u32 = 64 << 20;
/// Longest list of rows this suite makes.
const MAX_ROWS: u32 = 65_536;

const fn sound(id: &'static str, interfaces: &'static [Interface], run: Run) -> Case {
    with(case(id, "transfer.import.sound", "wirt", run), interfaces)
}

/// Rows up to the first one that is changed so, which is their last.
fn up_to(rows: &[Row], mut change: impl FnMut(&Data) -> Option<Data>) -> Vec<Row> {
    let mut some = Vec::new();
    for row in rows {
        if let Some(data) = change(&row.data) {
            some.push(Row { data, ..row.clone() });
            return some;
        }
        some.push(row.clone());
    }
    Vec::new()
}

/// Rows without the first one of these, up to the one after it.
fn without(rows: &[Row], is_it: impl Fn(&Data) -> bool) -> Vec<Row> {
    let Some(place) = rows.iter().position(|row| is_it(&row.data)) else { return Vec::new() };
    let mut some = rows.get(..=place + 1).unwrap_or_default().to_vec();
    some.remove(place);
    some
}

/// None of these is taken, and an import of what they were made of goes on all the same.
fn refuses(probe: &mut Probe<'_>, rows: &[Row], wrong: &[(&str, Vec<Row>)]) -> Result<(), Stop> {
    probe.begin_import()?;
    for (what, wrong) in wrong {
        if wrong.is_empty() {
            return failed(format!("a row to make {what} of"), "none in the export");
        }
        refused(&format!("rows with {what}"), probe.import_rows(wrong), Kind::Invalid)?;
    }
    goes_on(probe, rows, 0)
}

fn gaps(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let event = |change: fn(&mut Event)| {
        move |data: &Data| match data {
            Data::Event { task_id, event } => {
                let mut event = event.clone();
                change(&mut event);
                Some(Data::Event { task_id: task_id.clone(), event })
            }
            _ => None,
        }
    };
    let nobodys = |data: &Data| match data {
        Data::Event { event, .. } => {
            Some(Data::Event { task_id: "~ nobody".into(), event: event.clone() })
        }
        _ => None,
    };
    refuses(
        probe,
        &rows,
        &[
            ("an event of number 0", up_to(&rows, event(|event| event.seq = 0))),
            ("a tape from number 2 on", up_to(&rows, event(|event| event.seq = 2))),
            (
                "a tape that lacks its first event",
                without(&rows, |data| matches!(data, Data::Event { .. })),
            ),
            ("an event of no task", up_to(&rows, nobodys)),
        ],
    )
}

fn other_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let changed = |change: fn(&mut Attachment, &mut Vec<u8>)| {
        up_to(&rows, |data| match data {
            Data::Attachment { attachment, bytes } => {
                let (mut attachment, mut bytes) = (attachment.clone(), bytes.clone());
                change(&mut attachment, &mut bytes);
                Some(Data::Attachment { attachment, bytes })
            }
            _ => None,
        })
    };
    let wrong = [
        ("a byte changed", changed(|_, bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1))),
        ("a byte more", changed(|_, bytes| bytes.push(0))),
        ("a byte less", changed(|_, bytes| bytes.truncate(bytes.len() - 1))),
        ("another id", changed(|it, _| it.id = AttachmentId::of(b"other"))),
        ("another length", changed(|it, _| it.byte_len += 1)),
        ("no media type", changed(|it, _| it.metadata.media_type.clear())),
    ];
    refuses(probe, &rows, &wrong)
}

fn other_content(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let changed = |change: fn(&mut Artifact)| {
        up_to(&rows, |data| match data {
            Data::Artifact(artifact) => {
                let mut artifact = artifact.clone();
                change(&mut artifact);
                Some(Data::Artifact(artifact))
            }
            _ => None,
        })
    };
    let wrong = [
        ("other content", changed(|it| it.content.push(0))),
        ("another name", changed(|it| it.module_ref = "module:sha256:00".into())),
        ("no surface", changed(|it| it.required_surface_ref.clear())),
        (
            "an export twice",
            changed(|it| {
                let export = ProcessExport { name: "n".into(), process_ref: "p".into() };
                it.exports = vec![export.clone(), export];
            }),
        ),
    ];
    refuses(probe, &rows, &wrong)
}

fn orphans(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let changed = |change: fn(&mut Node)| {
        up_to(&rows, |data| match data {
            Data::Node(node) => {
                let mut node = node.clone();
                change(&mut node);
                Some(Data::Node(node))
            }
            _ => None,
        })
    };
    let wrong = [
        ("a node that lacks its parent", without(&rows, |data| matches!(data, Data::Node(_)))),
        (
            "a parent nobody has heard of",
            changed(|node| node.parent_node_id = Some(NodeId::from("nobody"))),
        ),
        (
            "a node that is its own parent",
            changed(|node| node.parent_node_id = Some(node.node_id.clone())),
        ),
        // A tombstoned node's.
        ("a node of an id that was used", changed(|node| node.node_id = "tip".into())),
    ];
    refuses(probe, &rows, &wrong)
}

fn stray_blobs(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let other = up_to(&rows, |data| match data {
        Data::Blob(bytes) => Some(Data::Blob([bytes.as_slice(), &[0]].concat())),
        _ => None,
    });
    // Every one the head names, and then one more: of a name after theirs, so that nothing else is
    // wrong with it.
    let last = rows.iter().rposition(|row| matches!(row.data, Data::Blob(_))).unwrap_or(0);
    let mut more = rows.get(..=last).unwrap_or_default().to_vec();
    let mut number = 0_u32;
    let highest = more.last().map(|row| row.data.clone());
    if let (Some(row), Some(Data::Blob(highest))) = (more.last().cloned(), highest) {
        let after = wirt_contract::BlobName::of(&highest);
        let mut bytes = b"stray".to_vec();
        while wirt_contract::BlobName::of(&bytes) <= after && number < 100_000 {
            number += 1;
            bytes = format!("stray {number}").into_bytes();
        }
        more.push(Row { data: Data::Blob(bytes), ..row });
    }
    let wrong = [("other bytes for a blob", other), ("a blob that no head names", more)];
    refuses(probe, &rows, &wrong)
}

fn missing_blobs(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let blobs: Vec<usize> = rows
        .iter()
        .enumerate()
        .filter_map(|(place, row)| matches!(row.data, Data::Blob(_)).then_some(place))
        .collect();
    for missing in blobs {
        let mut less = rows.clone();
        less.remove(missing);
        probe.begin_import()?;
        // It may be missed as soon as other rows come, and has to be by the end.
        match probe.import_rows(&less) {
            Ok(()) => {
                let finish = probe.finish_import(count(&less));
                refused("the end of an import without a blob", finish, Kind::Invalid)?;
            }
            wrong => refused("rows without a blob", wrong, Kind::Invalid)?,
        }
        probe.fresh()?;
    }
    import(probe, &rows, ALL)?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn beyond_counters(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    // With numbers that low, one of the entries that follow is beyond them.
    let lowered = |change: fn(u64, u64) -> (u64, u64)| {
        let is_queue = |row: &&Row| !matches!(row.data, Data::Manifest(_) | Data::Artifact(_));
        let until = rows.iter().rposition(|row| matches!(row.data, Data::Queued { .. }));
        let some = rows.get(..until.map_or(0, |last| last + 1)).unwrap_or_default();
        some.iter()
            .filter(is_queue)
            .map(|row| match &row.data {
                Data::Counters { enqueue_seq, fencing_token } => {
                    let (enqueue_seq, fencing_token) = change(*enqueue_seq, *fencing_token);
                    let data = Data::Counters { enqueue_seq, fencing_token };
                    Row { data, ..row.clone() }
                }
                _ => row.clone(),
            })
            .collect::<Vec<_>>()
    };
    let wrong = [
        ("an entry beyond the counters", lowered(|seq, fence| (seq - 1, fence))),
        ("a claim beyond the counters", lowered(|seq, fence| (seq, fence - 1))),
        ("entries and no counters", {
            let mut none = lowered(|seq, fence| (seq, fence));
            none.retain(|row| !matches!(row.data, Data::Counters { .. }));
            none
        }),
    ];
    refuses(probe, &rows, &wrong)
}

fn unkept_intents(probe: &mut Probe<'_>) -> Result<(), Stop> {
    if probe.retention()? == Retention::Kept {
        return Err(Stop::Skip("the plugin keeps intents".into()));
    }
    probe.fresh()?;
    let intent = Intent {
        attachment_id: "a".into(),
        session_id: "s".into(),
        canonical_uri: String::new(),
        intent_at: EpochMs(0),
    };
    let data = Data::Manifest(ManifestRow { intent, committed_at: None });
    let row = Row { store: probe.store_id(), data };
    probe.begin_import()?;
    // Silence would lose it: whoever restores a backup has to hear that it does not fit.
    refused("an intent", probe.import_rows(&[row]), Kind::Unsupported)?;
    goes_on(probe, &[], 0)
}

/// The same data with one of its ids replaced, and which one that is.
fn with_id(data: &Data, id: &str) -> Option<(&'static str, Data)> {
    Some(match data {
        Data::Task(task) => ("a task id", Data::Task(Task { task_id: id.into(), ..task.clone() })),
        Data::Attachment { attachment, bytes } => {
            let metadata = Metadata { media_type: id.into(), ..attachment.metadata.clone() };
            let attachment = Attachment { metadata, ..attachment.clone() };
            ("a media type", Data::Attachment { attachment, bytes: bytes.clone() })
        }
        Data::Meta(meta) => {
            let mut meta = meta.clone();
            meta.session_id = id.into();
            ("a description's session id", Data::Meta(meta))
        }
        Data::Session(session) => {
            let mut session = session.clone();
            session.session_id = id.into();
            ("a session id", Data::Session(session))
        }
        Data::UsedNodeId(_) => ("a used node's id", Data::UsedNodeId(id.into())),
        Data::Node(node) => ("a node id", Data::Node(Node { node_id: id.into(), ..node.clone() })),
        Data::Usage(usage) => {
            let mut usage = usage.clone();
            usage.of.model = id.into();
            ("a model", Data::Usage(usage))
        }
        Data::Turn { turn_id, committed, .. } => {
            let (turn_id, committed) = (turn_id.clone(), committed.clone());
            ("a turn hash", Data::Turn { turn_id, turn_hash: id.into(), committed })
        }
        Data::Queued { entry, holder } => {
            let mut entry = entry.clone();
            entry.source_key = Some(id.into());
            ("a source key", Data::Queued { entry, holder: holder.clone() })
        }
        Data::Manifest(row) => {
            let mut row = row.clone();
            row.intent.attachment_id = id.into();
            ("a manifest's attachment id", Data::Manifest(row))
        }
        Data::Artifact(artifact) => {
            let required_surface_ref = id.into();
            ("a surface", Data::Artifact(Artifact { required_surface_ref, ..artifact.clone() }))
        }
        Data::Event { .. } | Data::Blob(_) | Data::Counters { .. } => return None,
    })
}

fn long_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let most = probe.limits().max_id_bytes;
    let mut ids = vec![String::new()];
    if most < MAX_ID {
        // After every other id of its kind, so that nothing else is wrong with it.
        ids.push("~".repeat(usize::try_from(most).unwrap_or(0) + 1));
    }
    let mut wrong = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let before = rows.get(..place).unwrap_or_default();
        for id in &ids {
            let Some((what, data)) = with_id(&row.data, id) else { continue };
            if id.is_empty() && seen.contains(&what) {
                break;
            }
            seen.push(what);
            let bad = Row { data, ..row.clone() };
            wrong.push((what, [before, &[bad]].concat()));
        }
    }
    for id in &ids {
        let moved = rows.iter().map(|row| Row { store: StoreId::new(id), ..row.clone() });
        wrong.push(("a store id", moved.collect()));
    }
    refuses(probe, &rows, &wrong)
}

fn long_payloads(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let most = probe.limits().max_payload_bytes;
    let store = probe.store_id();
    let task = row_of(&new_task(probe));
    let text = |more: u32| "x".repeat(usize::try_from(most.min(MAX_PAYLOAD) + more).unwrap_or(0));
    let row = |outcome: String| Row {
        store: store.clone(),
        data: Data::Task(Task { outcome: Some(outcome), ..task.clone() }),
    };
    let longest = [row(text(0))];
    probe.begin_import()?;
    if most < MAX_PAYLOAD {
        let longer = probe.import_rows(&[row(text(1))]);
        refused("a task with too long an outcome", longer, Kind::Invalid)?;
    }
    goes_on(probe, &longest, 0)
}

fn large_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let most = probe.limits().max_attachment_bytes;
    let store = probe.store_id();
    let row = |bytes: Vec<u8>| {
        let metadata = Metadata { media_type: "m".into(), width: None, height: None, label: None };
        let byte_len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let attachment = Attachment { id: AttachmentId::of(&bytes), byte_len, metadata };
        Row { store: store.clone(), data: Data::Attachment { attachment, bytes } }
    };
    let bytes = vec![7; usize::try_from(most.min(MAX_BYTES)).unwrap_or(0)];
    probe.begin_import()?;
    if most < MAX_BYTES {
        let larger = row([bytes.as_slice(), &[7]].concat());
        refused("too large an attachment", probe.import_rows(&[larger]), Kind::Invalid)?;
    }
    goes_on(probe, &[row(bytes)], 0)
}

fn rows_at_once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let most = probe.limits().max_list;
    let store = probe.store_id();
    let task = row_of(&new_task(probe));
    let rows: Vec<Row> = (0..=most.min(MAX_ROWS))
        .map(|number| {
            let task_id = format!("{number:08}").into();
            Row { store: store.clone(), data: Data::Task(Task { task_id, ..task.clone() }) }
        })
        .collect();
    probe.begin_import()?;
    if most < MAX_ROWS {
        refused("one row too many", probe.import_rows(&rows), Kind::Invalid)?;
    }
    let (all_but_one, last) = rows.split_at(rows.len() - 1);
    probe.import_rows(all_but_one)?;
    give(probe, last, ALL)?;
    probe.finish_import(count(&rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}
