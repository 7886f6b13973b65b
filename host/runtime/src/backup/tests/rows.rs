//! A store that is nothing but its rows, and rows of every kind.

use wirt_contract::artifacts::{Artifact, ProcessExport};
use wirt_contract::attachment_manifest::{Intent, ManifestRow};
use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::sessions::{
    Checkpoint, Committed, Frame, Meta, Node, Parts, Relation, Session, Tokens, Usage, UsageCursor,
};
use wirt_contract::store::Limits;
use wirt_contract::tasks::{Ending, Event, EventKind, Status, Task};
use wirt_contract::transfer::{Data, Holder, Page, Row, Transfer};
use wirt_contract::work_queue::{ClaimRef, Delivery, Entry, Item, MergeKey, Slot, Work, WorkKind};
use wirt_contract::{Answer, AttachmentId, BlobName, EpochMs, Error, ModuleRef};

/// Rows, and what was asked of them.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) importing: bool,
    /// Numbers of rows of the imports so far.
    pub(super) imports: Vec<usize>,
    /// Most rows that one import takes.
    pub(super) most: Option<usize>,
    /// A row it never takes.
    pub(super) refused: Option<Row>,
    /// Whether an export gives one place again and again.
    pub(super) stuck: bool,
}

impl Rows {
    pub(super) fn of(rows: Vec<Row>) -> Self {
        Self { rows, ..Self::default() }
    }
}

impl Transfer for Rows {
    fn export(&mut self, after: Option<&str>, budget: u32) -> Answer<Page> {
        if self.importing {
            return Err(Error::Conflict("an import is not finished".into()).into());
        }
        let from: usize = after.map_or(0, |place| place.parse().unwrap());
        let to = self.rows.len().min(from + usize::try_from(budget).unwrap());
        let next = (to < self.rows.len()).then(|| to.to_string());
        if self.stuck {
            return Ok(Page { rows: self.rows[..1].to_vec(), next: Some("1".into()) });
        }
        Ok(Page { rows: self.rows[from..to].to_vec(), next })
    }

    fn begin_import(&mut self) -> Answer<()> {
        if self.importing || !self.rows.is_empty() {
            return Err(Error::Conflict("it holds rows".into()).into());
        }
        self.importing = true;
        Ok(())
    }

    fn import_rows(&mut self, rows: &[Row]) -> Answer<()> {
        assert!(self.importing && !rows.is_empty());
        if rows.len() > self.most.unwrap_or(usize::MAX)
            || self.refused.as_ref().is_some_and(|refused| rows.contains(refused))
        {
            return Err(Error::Invalid("beyond a bound".into()).into());
        }
        self.imports.push(rows.len());
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    fn finish_import(&mut self, rows: u64) -> Answer<()> {
        assert!(self.importing);
        if u64::try_from(self.rows.len()) != Ok(rows) {
            return Err(Error::Invalid("another number".into()).into());
        }
        self.importing = false;
        Ok(())
    }
}

pub(super) const LIMITS: Limits = Limits::FLOOR;

/// Text that JSON writes in more than one way.
const AWKWARD: &str = "{ \"b\":1.50, \"a\":\"ü\\u00e9\\n\u{1}\u{2028}\" }\t\r\n";

/// A row of tasks.
pub(super) fn task(store: &str, number: usize, payload: &str) -> Row {
    Row {
        store: store.into(),
        data: Data::Task(Task {
            task_id: format!("t{number:06}").into(),
            op: "op".into(),
            status: Status::Pending,
            params_digest: payload.into(),
            created_at: EpochMs(1),
            started_at: None,
            finished_at: None,
            outcome: None,
            failure: None,
        }),
    }
}

fn committed() -> Committed {
    let parts = Parts {
        turn_state: BlobName::of(b"turn"),
        tool_state: Some(BlobName::of(b"tool")),
        plugins: None,
        plugin_revision: Some(u64::MAX),
        execution_state: None,
    };
    Committed {
        revision: 1,
        checkpoint: Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts },
    }
}

fn session() -> Session {
    Session {
        session_id: "s".into(),
        revision: 1,
        config: AWKWARD.into(),
        frames: vec![Frame {
            frame_id: "f".into(),
            previous_frame_id: None,
            superseded: false,
            reason: "start".into(),
            created_at: EpochMs(2),
            body: "null".into(),
            execution_state: Some(BlobName::of(b"frame")),
        }],
        current_frame_id: "f".into(),
        checkpoint: committed().checkpoint,
        leaf: Some("n".into()),
    }
}

fn entry() -> Entry {
    Entry {
        entry_id: "e".into(),
        session_id: "s".into(),
        source_key: Some("k".into()),
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Join,
        merge_key: MergeKey::Group("g".into()),
        available_at: EpochMs(3),
        enqueue_seq: 7,
        enqueued_at: EpochMs(4),
        items: vec![Item {
            item_id: "e:item:0".into(),
            work: Work { kind: WorkKind::TurnInput, body: AWKWARD.into() },
        }],
    }
}

/// One row of each kind, in the order of an export.
pub(super) fn every_kind() -> Vec<Row> {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let claim = ClaimRef {
        session_id: "s".into(),
        claim_id: "c".into(),
        fencing_token: 9,
        lease_token: "l".into(),
    };
    let task = Task {
        task_id: "t".into(),
        op: "op".into(),
        status: Status::Ended(Ending::Failed),
        params_digest: String::new(),
        created_at: EpochMs(0),
        started_at: Some(EpochMs(u64::MAX)),
        finished_at: None,
        outcome: Some(AWKWARD.into()),
        failure: None,
    };
    let kinds = vec![
        Data::Task(task),
        Data::Event {
            task_id: "t".into(),
            event: Event {
                seq: 1,
                kind: EventKind::Final(Ending::Failed),
                at: EpochMs(5),
                payload: AWKWARD.into(),
            },
        },
        Data::Attachment {
            attachment: Attachment {
                id: AttachmentId::of(&every_byte),
                byte_len: 256,
                metadata: Metadata {
                    media_type: "image/png".into(),
                    width: Some(1),
                    height: None,
                    label: Some("ü".into()),
                },
            },
            bytes: every_byte.clone(),
        },
        Data::Meta(Meta {
            session_id: "s".into(),
            name: "n".into(),
            created_at: EpochMs(6),
            model: "m".into(),
            cwd: None,
            relation: Relation::Child { session_id: "p".into(), caused_by: Some("1".into()) },
        }),
        Data::Session(session()),
        Data::Blob(b"turn".to_vec()),
        Data::UsedNodeId("gone".into()),
        Data::Node(Node {
            node_id: "n".into(),
            parent_node_id: None,
            agent_frame_id: Some("f".into()),
            at: EpochMs(7),
            body: AWKWARD.into(),
        }),
        Data::Usage(Usage {
            of: UsageCursor { source: "s".into(), model: "m".into() },
            tokens: Tokens { input: u64::MAX, ..Tokens::default() },
        }),
        Data::Turn { turn_id: "u".into(), turn_hash: "h".into(), committed: committed() },
        Data::Counters { enqueue_seq: 7, fencing_token: 9 },
        Data::Queued {
            entry: entry(),
            holder: Some(Holder {
                claim,
                owner: "o".into(),
                claimed_at: EpochMs(8),
                expires_at: EpochMs(9),
            }),
        },
        Data::Manifest(ManifestRow {
            intent: Intent {
                attachment_id: "a".into(),
                session_id: "s".into(),
                canonical_uri: "x:y".into(),
                intent_at: EpochMs(10),
            },
            committed_at: None,
        }),
        Data::Artifact(Artifact {
            module_ref: ModuleRef::of(b""),
            required_surface_ref: "r".into(),
            exports: vec![ProcessExport { name: "p".into(), process_ref: "q".into() }],
            content: Vec::new(),
        }),
    ];
    kinds.into_iter().map(|data| Row { store: "wirt".into(), data }).collect()
}
