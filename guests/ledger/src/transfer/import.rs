//! Keys out of rows. Rows come in the order of an export, so each finds what it rests on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::sessions::{Session, Tokens};
use wirt_contract::transfer::{Data, Row};
use wirt_contract::{AttachmentId, BlobName, Error};

use super::Kind;
use crate::Clock;
use crate::call::Call;
use crate::keys::{Entry, IMPORT_KEY, Key, Space, Span};
use crate::kv::KeyValue;
use crate::limits::{Id, bytes, list, payload, shown};
use crate::sessions::{self, Growth, Head, NodeRow, Setting, Turn};
use crate::{artifacts, attachment_manifest, attachments, tasks, work_queue};

/// What an import has come to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Import {
    /// Rows that came in.
    rows: u64,
    /// Where the last one stands.
    last: Option<Position>,
    /// Blobs that the session of the last row's store id still needs.
    missing: BTreeSet<BlobName>,
}

/// A row's place in an export; ordered as rows come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Position {
    store: String,
    kind: Kind,
    key: Vec<u8>,
}

/// The key that tells of an unfinished import.
fn key() -> Key {
    Key::found(IMPORT_KEY.to_vec())
}

/// The import that was begun over this data and not finished.
pub(crate) fn unfinished(kv: &mut impl KeyValue, clock: Clock) -> Result<Option<Import>, Error> {
    Call::new(kv, clock).value(&key())
}

pub(super) fn begin(call: &mut Call<'_>) -> Result<Import, Error> {
    if !call.keys(&Span::data(), 1)?.is_empty() {
        return Err(Error::Conflict(
            "the store is not empty, and only an empty one takes an import; bind a new folder"
                .into(),
        ));
    }
    let import = Import::default();
    call.put(key(), &import)?;
    Ok(import)
}

pub(super) fn rows(
    call: &mut Call<'_>,
    import: &mut Import,
    retention: Retention,
    rows: &[Row],
) -> Result<(), Error> {
    list("the list of rows", rows.len())?;
    call.see_own_writes();
    for row in rows {
        let space = Space::new(&row.store)?;
        let kind = Kind::of(&row.data);
        if !import.missing.is_empty() && import.leaves_blobs(&row.store, kind) {
            return Err(import.lacks_blobs());
        }
        let key = put(call, space, import, retention, &row.data)?;
        let here =
            Position { store: row.store.as_str().to_owned(), kind, key: key.as_bytes().to_vec() };
        if import.last.as_ref().is_some_and(|last| *last >= here) {
            return Err(unsound(format!(
                "row {} ({key}) comes before the one it follows",
                import.rows + 1
            )));
        }
        import.last = Some(here);
        import.rows += 1;
    }
    call.put(self::key(), import)
}

pub(super) fn finish(call: &mut Call<'_>, import: &mut Import, rows: u64) -> Result<(), Error> {
    if import.rows != rows {
        return Err(Error::Invalid(format!(
            "{} rows came in, and {rows} were sent; import again into a new folder",
            import.rows
        )));
    }
    if !import.missing.is_empty() {
        return Err(import.lacks_blobs());
    }
    call.remove(key());
    Ok(())
}

impl Import {
    fn leaves_blobs(&self, store: &wirt_contract::StoreId, kind: Kind) -> bool {
        let same = self.last.as_ref().is_some_and(|last| last.store == store.as_str());
        !same || kind > Kind::Blob
    }

    fn lacks_blobs(&self) -> Error {
        let name = self.missing.first().map_or_else(String::new, BlobName::to_string);
        unsound(format!(
            "{} blobs that the session's head names did not come, {name} among them",
            self.missing.len()
        ))
    }
}

fn unsound(what: String) -> Error {
    Error::Invalid(format!("{what}; rows come as an export gave them, so export again"))
}

/// Writes a row, and gives the key it is walked by.
fn put(
    call: &mut Call<'_>,
    space: Space<'_>,
    import: &mut Import,
    retention: Retention,
    data: &Data,
) -> Result<Key, Error> {
    match data {
        Data::Task(task) => {
            tasks::import(call, space, task)?;
            Ok(space.key(Entry::Row(task.task_id.as_str())))
        }
        Data::Event { task_id, event } => {
            tasks::import_event(call, space, task_id, event)?;
            Ok(space.key(Entry::Event(task_id.as_str(), event.seq)))
        }
        Data::Attachment { attachment, bytes } => {
            if attachment.id != AttachmentId::of(bytes) {
                return Err(unsound(format!(
                    "attachment {} came with bytes that hash to {}",
                    shown(attachment.id.as_str()),
                    AttachmentId::of(bytes)
                )));
            }
            if u64::try_from(bytes.len()).ok() != Some(attachment.byte_len) {
                return Err(unsound(format!(
                    "attachment {} came with {} bytes, and {} were said",
                    attachment.id,
                    bytes.len(),
                    attachment.byte_len
                )));
            }
            attachments::keep(call, space, bytes, &attachment.metadata)?;
            Ok(space.key(Entry::Attachment(attachment.id.as_str())))
        }
        Data::Meta(meta) => {
            sessions::check_meta(meta)?;
            let key = space.key(Entry::<&str>::Meta);
            call.put(key.clone(), meta)?;
            Ok(key)
        }
        Data::Session(session) => {
            put_session(call, space, session)?;
            import.missing = session.blobs().cloned().collect();
            Ok(space.key(Entry::<&str>::Head))
        }
        Data::Blob(blob) => {
            bytes("a blob", blob)?;
            let name = BlobName::of(blob);
            if !import.missing.remove(&name) {
                return Err(unsound(format!("blob {name} is none that a head names")));
            }
            let key = space.key(Entry::Blob(name.as_str()));
            call.put_bytes(key.clone(), blob.clone());
            Ok(key)
        }
        Data::UsedNodeId(node) => {
            let id = Id::new("a node id", node.as_str())?;
            let head = head(call, space)?;
            call.put(space.key(Entry::Node(head.graph, id)), &NodeRow::Used(0))?;
            let key = space.key(Entry::UsedId(head.graph, id));
            call.put_bytes(key.clone(), Vec::new());
            Ok(key)
        }
        Data::Node(node) => {
            sessions::check_node(node)?;
            let mut head = head(call, space)?;
            let mut growth = Growth::imported(space, head.graph, head.last_place);
            growth.import(call, node)?;
            head.last_place = growth.last_place();
            call.put(space.key(Entry::<&str>::Head), &head)?;
            Ok(space.key(Entry::<&str>::NodeAt(head.graph, head.last_place)))
        }
        Data::Usage(usage) => {
            head(call, space)?;
            if usage.tokens == Tokens::default() {
                return Err(unsound(format!("the usage of {} is all zero", usage.of.model)));
            }
            let key = space.key(sessions::usage_entry(&usage.of)?);
            call.put(key.clone(), &usage.tokens)?;
            Ok(key)
        }
        Data::Turn { turn_id, turn_hash, committed } => {
            head(call, space)?;
            let id = Id::new("a turn id", turn_id.as_str())?;
            Id::new("a turn hash", turn_hash)?;
            if committed.checkpoint.checkpoint_ref != committed.checkpoint.parts.checkpoint_ref() {
                return Err(unsound(format!("turn {id} came with a checkpoint of another name")));
            }
            let turn = Turn { turn_hash: turn_hash.clone(), committed: committed.clone() };
            let key = space.key(Entry::Turn(id));
            call.put(key.clone(), &turn)?;
            Ok(key)
        }
        Data::Counters { enqueue_seq, fencing_token } => {
            work_queue::import_counters(call, space, *enqueue_seq, *fencing_token)?;
            Ok(space.key(Entry::<&str>::Counters))
        }
        Data::Queued { entry, holder } => {
            work_queue::import(call, space, entry, holder.as_ref())?;
            Ok(space.key(Entry::Queued(entry.session_id.as_str(), entry.enqueue_seq)))
        }
        Data::Manifest(row) => {
            if retention == Retention::None {
                return Err(Error::Unsupported(
                    "this plugin keeps no manifest, and the rows hold one; bind a plugin that \
                     keeps it"
                        .into(),
                ));
            }
            attachment_manifest::import(call, space, row)?;
            let intent = &row.intent;
            let (session, attachment) = (intent.session_id.as_str(), intent.attachment_id.as_str());
            Ok(space.key(Entry::Intent(session, attachment)))
        }
        Data::Artifact(artifact) => {
            artifacts::keep(call, space, artifact)?;
            Ok(space.key(Entry::Artifact(artifact.module_ref.as_str())))
        }
    }
}

/// The head that rows of a session rest on.
fn head(call: &mut Call<'_>, space: Space<'_>) -> Result<Head, Error> {
    sessions::head(call, space)?
        .ok_or_else(|| unsound(format!("store id {} has no session to rest on", space.id())))
}

fn put_session(call: &mut Call<'_>, space: Space<'_>, session: &Session) -> Result<(), Error> {
    Id::new("the session id", session.session_id.as_str())?;
    Id::new("the current frame id", session.current_frame_id.as_str())?;
    payload("the configuration", &session.config)?;
    list("the list of frames", session.frames.len())?;
    for frame in &session.frames {
        sessions::check_frame(frame)?;
    }
    let checkpoint = &session.checkpoint;
    if session.revision == 0 || checkpoint.checkpoint_ref != checkpoint.parts.checkpoint_ref() {
        return Err(unsound(format!(
            "session {} came with revision {} and checkpoint {}, which no commit leaves",
            shown(session.session_id.as_str()),
            session.revision,
            shown(&checkpoint.checkpoint_ref)
        )));
    }
    let head = Head {
        session_id: session.session_id.clone(),
        revision: session.revision,
        current_frame_id: session.current_frame_id.clone(),
        checkpoint: checkpoint.clone(),
        leaf: session.leaf.clone(),
        graph: 0,
        last_place: 0,
    };
    call.put(space.key(Entry::<&str>::Head), &head)?;
    let setting = Setting { config: session.config.clone(), frames: session.frames.clone() };
    call.put(space.key(Entry::<&str>::Frames), &setting)
}
