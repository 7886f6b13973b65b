//! `wirt:persistence/sessions`: heads, graphs, blobs, usage and stamps.
//!
//! A head carries the number of its graph: a replaced graph keeps its keys under its old number
//! until a vacuum, so that a replacement costs what it writes. A node that was tombstoned leaves
//! its id behind, for ids are used once; since a parent is there before its child and no id comes
//! again, no path can turn in a circle.

mod blobs;
mod commit;
mod graph;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};
use wirt_contract::sessions::{
    Checkpoint, Collected, CommitAnswer, Committed, Frame, GraphPage, Meta, NewCommit, Node,
    Relation, Session, Sessions, Tokens, Usage, UsageCursor, Vacuumed,
};
use wirt_contract::{Answer, BlobName, Error, FrameId, NodeId, SessionId, StoreId};

use crate::Ledger;
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::limits::{Id, optional_payload, page, payload};
pub(crate) use blobs::{load as blob, roots};
pub(crate) use commit::{check_frame, check_node};
pub(crate) use graph::{Growth, NodeRow, Placed, at_place};

/// A session's head as it is kept; what seldom changes is kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) session_id: SessionId,
    pub(crate) revision: u64,
    pub(crate) current_frame_id: FrameId,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) leaf: Option<NodeId>,
    /// Number of its graph.
    pub(crate) graph: u64,
    /// Place of the graph's last node, 0 where it has none.
    pub(crate) last_place: u64,
}

/// The rest of a head: what most commits repeat, so that they need not write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) config: String,
    pub(crate) frames: Vec<Frame<BlobName>>,
}

/// A turn that was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) turn_hash: String,
    pub(crate) committed: Committed,
}

pub(crate) fn head(call: &mut Call<'_>, space: Space<'_>) -> Result<Option<Head>, Error> {
    call.value(&space.key(Entry::<&str>::Head))
}

/// The session as `load` gives it.
pub(crate) fn session(call: &mut Call<'_>, space: Space<'_>) -> Result<Option<Session>, Error> {
    let Some(head) = head(call, space)? else { return Ok(None) };
    let key = space.key(Entry::<&str>::Frames);
    let Some(setting) = call.value::<Setting>(&key)? else {
        return Err(Error::backend(format!("{key} are gone; restore the store from a backup")));
    };
    Ok(Some(Session {
        session_id: head.session_id,
        revision: head.revision,
        config: setting.config,
        frames: setting.frames,
        current_frame_id: head.current_frame_id,
        checkpoint: head.checkpoint,
        leaf: head.leaf,
    }))
}

fn node_id(node: &NodeId) -> Result<Id<'_>, Error> {
    Id::new("the node id", node.as_str())
}

fn session_id(session: &SessionId) -> Result<Id<'_>, Error> {
    Id::new("the session id", session.as_str())
}

/// Bounds of a description.
pub(crate) fn check_meta(meta: &Meta) -> Result<(), Error> {
    session_id(&meta.session_id)?;
    payload("the session's name", &meta.name)?;
    payload("the model", &meta.model)?;
    optional_payload("the working folder", meta.cwd.as_ref())?;
    match &meta.relation {
        Relation::Root => Ok(()),
        Relation::Child { session_id: parent, caused_by } => {
            Id::new("the parent's session id", parent.as_str())?;
            optional_payload("the cause", caused_by.as_ref())
        }
    }
}

impl<K: KeyValue> Sessions for Ledger<K> {
    fn commit(&mut self, store: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer> {
        let retention = self.identity.retention;
        self.call(|call| commit::commit(call, Space::new(store)?, retention, commit))
    }

    fn load(&mut self, store: &StoreId) -> Answer<Option<Session>> {
        self.call(|call| session(call, Space::new(store)?))
    }

    fn load_graph(
        &mut self,
        store: &StoreId,
        after: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        self.call(|call| graph::whole(call, Space::new(store)?, after, limit))
    }

    fn load_path(
        &mut self,
        store: &StoreId,
        leaf: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        self.call(|call| graph::path(call, Space::new(store)?, leaf, limit))
    }

    fn load_node(&mut self, store: &StoreId, node: &NodeId) -> Answer<Option<Node>> {
        self.call(|call| {
            let (space, id) = (Space::new(store)?, node_id(node)?);
            let Some(head) = head(call, space)? else { return Ok(None) };
            let row = graph::row(call, space, head.graph, id.as_str())?;
            Ok(row.and_then(NodeRow::live).map(|live| live.node))
        })
    }

    fn load_blob(&mut self, store: &StoreId, name: &BlobName) -> Answer<Vec<u8>> {
        self.call(|call| blobs::load(call, Space::new(store)?, name))
    }

    fn load_usage(
        &mut self,
        store: &StoreId,
        after: Option<&UsageCursor>,
        limit: u32,
    ) -> Answer<Vec<Usage>> {
        self.call(|call| {
            let space = Space::new(store)?;
            let after = match after {
                Some(of) => Some(space.key(usage_entry(of)?)),
                None => None,
            };
            let mut listed = Vec::new();
            for key in call.keys(&space.usage().after(after.as_ref()), page(limit)?)? {
                let Some((_, Entry::Usage(source, model))) = key.parse() else { continue };
                let Some(tokens) = call.value::<Tokens>(&key)? else { continue };
                listed.push(Usage { of: UsageCursor { source, model }, tokens });
            }
            Ok(listed)
        })
    }

    fn save_meta(&mut self, store: &StoreId, meta: &Meta) -> Answer<()> {
        self.call(|call| {
            let space = Space::new(store)?;
            check_meta(meta)?;
            if let Some(head) = head(call, space)?
                && head.session_id != meta.session_id
            {
                return Err(Error::Conflict(format!(
                    "store id {} is bound to session {}, and the description is of {}; use \
                     another store id",
                    space.id(),
                    crate::limits::shown(head.session_id.as_str()),
                    crate::limits::shown(meta.session_id.as_str()),
                )));
            }
            call.put(space.key(Entry::<&str>::Meta), meta)
        })
    }

    fn load_meta(&mut self, store: &StoreId) -> Answer<Option<Meta>> {
        self.call(|call| call.value(&Space::new(store)?.key(Entry::<&str>::Meta)))
    }

    fn tombstone_nodes(&mut self, store: &StoreId, nodes: &[NodeId]) -> Answer<()> {
        self.call(|call| graph::tombstone(call, Space::new(store)?, nodes))
    }

    fn vacuum(&mut self, store: &StoreId, budget: u32) -> Answer<Vacuumed> {
        self.call(|call| graph::vacuum(call, Space::new(store)?, budget))
    }

    fn gc_unreachable(
        &mut self,
        store: &StoreId,
        after: Option<&BlobName>,
        budget: u32,
    ) -> Answer<Collected> {
        self.call(|call| blobs::collect(call, Space::new(store)?, after, budget))
    }
}

/// The key of a sum; source and model are ids.
pub(crate) fn usage_entry(of: &UsageCursor) -> Result<Entry<&str>, Error> {
    let source = Id::new("the usage's source", &of.source)?;
    let model = Id::new("the usage's model", &of.model)?;
    Ok(Entry::Usage(source.as_str(), model.as_str()))
}
