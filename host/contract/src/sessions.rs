//! `wirt:persistence/sessions`: what an agent's turns commit.

use serde::{Deserialize, Serialize};

use crate::work_queue::ClaimRef;
use crate::{
    Answer, AttachmentId, BlobName, ClaimId, EpochMs, FrameId, NodeId, SessionId, StoreId, TurnId,
};

/// A span of an agent's life under one assignment. `P` is how its bytes are named: a [`Part`] on
/// the way in, a [`BlobName`] once kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame<P> {
    /// Its name.
    pub frame_id: FrameId,
    /// The one before it.
    pub previous_frame_id: Option<FrameId>,
    /// Whether a later frame took its place.
    pub superseded: bool,
    /// Why it was begun, in the caller's words.
    pub reason: String,
    /// When it was begun.
    pub created_at: EpochMs,
    /// Opaque JSON: assignment, options, cause.
    pub body: String,
    /// The interpreter's state in it.
    pub execution_state: Option<P>,
}

/// Bytes of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The blob of this name, which is there already.
    Kept(BlobName),
}

impl Part {
    /// The name the part has once it is kept.
    pub fn name(&self) -> BlobName {
        match self {
            Self::Bytes(bytes) => BlobName::of(bytes),
            Self::Kept(name) => name.clone(),
        }
    }
}

/// What a turn leaves to resume from. `P` as in [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts<P> {
    /// Where the turn stands.
    pub turn_state: P,
    /// The tools' state.
    pub tool_state: Option<P>,
    /// The plugins' snapshot.
    pub plugins: Option<P>,
    /// The snapshot's revision.
    pub plugin_revision: Option<u64>,
    /// The interpreter's state.
    pub execution_state: Option<P>,
}

impl<P> Parts<P> {
    /// Its parts, in order.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        let rest = [&self.tool_state, &self.plugins, &self.execution_state];
        std::iter::once(&self.turn_state).chain(rest.into_iter().flatten())
    }
}

impl Parts<BlobName> {
    /// The checkpoint's own name (`sessions.checkpoint.name`).
    pub fn checkpoint_ref(&self) -> String {
        let name = |part: &Option<BlobName>| part.as_ref().map_or("-", BlobName::as_str).to_owned();
        let revision = self.plugin_revision.map_or("-".into(), |number| number.to_string());
        let lines = format!(
            "turn-state {}\ntool-state {}\nplugins {}\nplugin-revision {revision}\n\
             execution-state {}\n",
            self.turn_state,
            name(&self.tool_state),
            name(&self.plugins),
            name(&self.execution_state),
        );
        crate::json::sha256_hex(lines.as_bytes())
    }
}

/// A checkpoint by the names of its blobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its own name ([`Parts::checkpoint_ref`]).
    pub checkpoint_ref: String,
    /// Its blobs.
    pub parts: Parts<BlobName>,
}

/// A node of a session's graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub node_id: NodeId,
    /// The node it follows.
    pub parent_node_id: Option<NodeId>,
    /// The frame it was made in.
    pub agent_frame_id: Option<FrameId>,
    /// When.
    pub at: EpochMs,
    /// Opaque JSON.
    pub body: String,
}

/// Nodes of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nodes {
    /// Each after its parent.
    pub nodes: Vec<Node>,
    /// Where the session stands afterwards.
    pub leaf: Option<NodeId>,
}

/// What a commit does to the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphChange {
    /// The same nodes, and this leaf.
    Unchanged(Option<NodeId>),
    /// These nodes more.
    Append(Nodes),
    /// These nodes instead.
    Replace(Nodes),
}

/// Where and by what tokens were used. Ordered by source, then model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UsageCursor {
    /// Where.
    pub source: String,
    /// By what.
    pub model: String,
}

/// Tokens used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Where and by what.
    pub of: UsageCursor,
    /// How many.
    pub tokens: Tokens,
}

/// Numbers of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from a cache.
    pub cached_input: u64,
    /// Spent on reasoning.
    pub reasoning: u64,
}

impl Tokens {
    /// The sum; none where one of its numbers would not fit.
    pub fn plus(self, more: Self) -> Option<Self> {
        Some(Self {
            input: self.input.checked_add(more.input)?,
            output: self.output.checked_add(more.output)?,
            cached_input: self.cached_input.checked_add(more.cached_input)?,
            reasoning: self.reasoning.checked_add(more.reasoning)?,
        })
    }
}

/// Makes a commit repeatable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The session of the turn.
    pub session_id: SessionId,
    /// The turn.
    pub turn_id: TurnId,
    /// Digest of what it commits.
    pub turn_hash: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCommit {
    /// Whose.
    pub session_id: SessionId,
    /// The revision it builds on, 0 before the first commit; none where it does not matter.
    pub expected_revision: Option<u64>,
    /// Opaque JSON: provider, model, its limits.
    pub config: String,
    /// All of the session's frames.
    pub frames: Vec<Frame<Part>>,
    /// The one it is in.
    pub current_frame_id: FrameId,
    /// What to resume from.
    pub checkpoint: Parts<Part>,
    /// Tokens used since the last commit.
    pub usage: Vec<Usage>,
    /// What it does to the graph.
    pub graph: GraphChange,
    /// Claims whose entries leave the queue.
    pub completed: Vec<ClaimRef>,
    /// Attachments referenced from now on.
    pub attachments: Vec<AttachmentId>,
    /// What makes it repeatable.
    pub stamp: Option<Stamp>,
}

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// 1 after the first commit.
    pub revision: u64,
    /// The checkpoint as it is kept.
    pub checkpoint: Checkpoint,
}

/// Why a commit was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The store id is bound to this session.
    BoundTo(SessionId),
    /// The stamp is another session's, or its turn was committed with another hash.
    StampConflict,
    /// The head has this revision.
    HeadMoved(u64),
    /// This claim is not held any more.
    ClaimLost(ClaimId),
    /// There is no blob of this name.
    BlobUnknown(BlobName),
    /// This sum would not fit.
    UsageOverflow(UsageCursor),
    /// This id is or was in use.
    NodeExists(NodeId),
    /// This node's parent is neither there nor before it.
    ParentUnknown(NodeId),
    /// There is no such node for a leaf.
    LeafUnknown(NodeId),
}

/// How a commit was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommitAnswer {
    /// It stands.
    Committed(Committed),
    /// Nothing was written.
    Refused(Refusal),
}

/// A session without its graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name.
    pub session_id: SessionId,
    /// Its head's revision.
    pub revision: u64,
    /// Opaque JSON.
    pub config: String,
    /// Its frames as committed last.
    pub frames: Vec<Frame<BlobName>>,
    /// The one it is in.
    pub current_frame_id: FrameId,
    /// What to resume from.
    pub checkpoint: Checkpoint,
    /// As committed last; may have been tombstoned since.
    pub leaf: Option<NodeId>,
}

impl Session {
    /// Names of every blob the head needs; some perhaps twice.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobName> {
        let frames = self.frames.iter().filter_map(|frame| frame.execution_state.as_ref());
        self.checkpoint.parts.iter().chain(frames)
    }
}

/// Part of a graph or path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GraphPage {
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Where to go on; none when there is nothing more.
    pub next: Option<NodeId>,
}

/// What a session is to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Nobody's child.
    Root,
    /// A child.
    Child {
        /// Whose.
        session_id: SessionId,
        /// Opaque JSON.
        caused_by: Option<String>,
    },
}

/// What people want to know of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Which session.
    pub session_id: SessionId,
    /// What people call it.
    pub name: String,
    /// When it was begun.
    pub created_at: EpochMs,
    /// The model it uses.
    pub model: String,
    /// Where it works.
    pub cwd: Option<String>,
    /// What it is to others.
    pub relation: Relation,
}

/// What a vacuum did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacuumed {
    /// Nodes removed for good by this call.
    pub removed: u64,
    /// Whether there is more to remove.
    pub more: bool,
}

/// What a collection of blobs did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Blobs the head names, each once.
    pub roots: u64,
    /// Blobs this call looked at and kept.
    pub retained: u64,
    /// Blobs this call deleted.
    pub deleted: u64,
    /// Where to go on; none at the end.
    pub next: Option<BlobName>,
}

/// Rules: `sessions.*` in `wit/persistence/sessions.wit`.
pub trait Sessions {
    /// Takes a turn over, whole or not at all.
    fn commit(&mut self, store: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer>;

    /// The session without its graph.
    fn load(&mut self, store: &StoreId) -> Answer<Option<Session>>;

    /// The whole graph in the order of its insertion, in pages.
    fn load_graph(
        &mut self,
        store: &StoreId,
        after: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage>;

    /// A leaf and its ancestors, leaf first, in pages.
    fn load_path(
        &mut self,
        store: &StoreId,
        leaf: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage>;

    /// One node.
    fn load_node(&mut self, store: &StoreId, node: &NodeId) -> Answer<Option<Node>>;

    /// A blob's bytes, verified.
    fn load_blob(&mut self, store: &StoreId, name: &BlobName) -> Answer<Vec<u8>>;

    /// Sums of tokens by source, then model, in pages.
    fn load_usage(
        &mut self,
        store: &StoreId,
        after: Option<&UsageCursor>,
        limit: u32,
    ) -> Answer<Vec<Usage>>;

    /// Keeps the session's description.
    fn save_meta(&mut self, store: &StoreId, meta: &Meta) -> Answer<()>;

    /// The session's description.
    fn load_meta(&mut self, store: &StoreId) -> Answer<Option<Meta>>;

    /// Hides nodes from every load.
    fn tombstone_nodes(&mut self, store: &StoreId, nodes: &[NodeId]) -> Answer<()>;

    /// Removes about `budget` nodes nobody sees any more.
    fn vacuum(&mut self, store: &StoreId, budget: u32) -> Answer<Vacuumed>;

    /// Deletes blobs the head does not name, looking at about `budget` of them.
    fn gc_unreachable(
        &mut self,
        store: &StoreId,
        after: Option<&BlobName>,
        budget: u32,
    ) -> Answer<Collected>;
}
