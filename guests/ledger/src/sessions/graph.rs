//! A session's graph: what it holds, its order, its paths, and what a vacuum removes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wirt_contract::sessions::{GraphPage, Node, Nodes, Refusal, Vacuumed};
use wirt_contract::{Error, NodeId};

use super::{Head, head, node_id};
use crate::LIMITS;
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::limits::{PAGE_BYTES, at_least_one, cut_to_page, list, page, shown};

/// A node's id as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NodeRow {
    /// In use.
    Live(Placed),
    /// Hidden; its body is there until a vacuum.
    Tombstoned(Placed),
    /// Hidden, and nothing but the id is left. Holds the node's place, where lists go on after it.
    Used(u64),
}

/// A node and where it is in its graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) node: Node,
    /// From 1, in the order of insertion.
    pub(crate) place: u64,
    /// Nodes on its path, itself included.
    pub(crate) depth: u32,
}

impl NodeRow {
    pub(crate) fn live(self) -> Option<Placed> {
        match self {
            Self::Live(placed) => Some(placed),
            Self::Tombstoned(_) | Self::Used(_) => None,
        }
    }

    fn place(&self) -> u64 {
        match self {
            Self::Live(placed) | Self::Tombstoned(placed) => placed.place,
            Self::Used(place) => *place,
        }
    }
}

pub(crate) fn row(
    call: &mut Call<'_>,
    space: Space<'_>,
    graph: u64,
    node: &str,
) -> Result<Option<NodeRow>, Error> {
    call.value(&space.key(Entry::Node(graph, node)))
}

fn live(
    call: &mut Call<'_>,
    space: Space<'_>,
    graph: u64,
    node: &NodeId,
) -> Result<Option<Placed>, Error> {
    Ok(row(call, space, graph, node.as_str())?.and_then(NodeRow::live))
}

/// Nodes that join a graph, one after the other.
pub(crate) struct Growth<'a> {
    space: Space<'a>,
    graph: u64,
    last_place: u64,
    /// Whether the graph may hold nodes from before.
    begun: bool,
    /// Depth of each node that has joined.
    joined: BTreeMap<NodeId, u32>,
}

impl<'a> Growth<'a> {
    /// Of a graph that ends at this place; 0 where it has none.
    pub(super) fn of(space: Space<'a>, graph: u64, last_place: u64) -> Self {
        let begun = last_place > 0;
        Self { space, graph, last_place, begun, joined: BTreeMap::new() }
    }

    /// Of a graph that is being imported: ids may be used before the first node joins.
    pub(crate) fn imported(space: Space<'a>, graph: u64, last_place: u64) -> Self {
        Self { space, graph, last_place, begun: true, joined: BTreeMap::new() }
    }

    pub(super) fn graph(&self) -> u64 {
        self.graph
    }

    pub(crate) fn last_place(&self) -> u64 {
        self.last_place
    }

    /// Adds a node; the inner error is why it cannot join.
    fn add(&mut self, call: &mut Call<'_>, node: &Node) -> Result<Result<(), Refusal>, Error> {
        let above = match &node.parent_node_id {
            Some(parent) => self.depth(call, parent)?,
            None => Some(0),
        };
        self.place(call, node, above)
    }

    /// Puts a node in the next place, below one of this depth.
    fn place(
        &mut self,
        call: &mut Call<'_>,
        node: &Node,
        above: Option<u32>,
    ) -> Result<Result<(), Refusal>, Error> {
        let id = &node.node_id;
        let key = self.space.key(Entry::Node(self.graph, id.as_str()));
        if self.joined.contains_key(id) || (self.begun && call.has(&key)?) {
            return Ok(Err(Refusal::NodeExists(id.clone())));
        }
        let Some(above) = above else {
            return Ok(Err(Refusal::ParentUnknown(id.clone())));
        };
        let depth = above.saturating_add(1);
        if depth > LIMITS.max_graph_depth {
            return Err(Error::Invalid(format!(
                "node {} would have {depth} nodes on its path, and at most {} are allowed; \
                 replace the graph with a shorter one",
                shown(id.as_str()),
                LIMITS.max_graph_depth
            )));
        }
        self.last_place = self.last_place.checked_add(1).ok_or_else(|| {
            Error::backend(format!("the graph of store id {} has no place left", self.space.id()))
        })?;
        self.joined.insert(id.clone(), depth);
        let place = self.last_place;
        let at = self.space.key(Entry::<&str>::NodeAt(self.graph, place));
        call.put_bytes(at, id.as_str().as_bytes().to_vec());
        call.put(key, &NodeRow::Live(Placed { node: node.clone(), place, depth }))?;
        Ok(Ok(()))
    }

    /// Adds a node of an import, whose parent may have been tombstoned.
    pub(crate) fn import(&mut self, call: &mut Call<'_>, node: &Node) -> Result<(), Error> {
        let parent = node.parent_node_id.as_ref();
        let orphaned = match parent {
            Some(parent) => matches!(
                row(call, self.space, self.graph, parent.as_str())?,
                Some(NodeRow::Used(_))
            ),
            None => false,
        };
        let above = match parent {
            Some(parent) if !orphaned => self.depth(call, parent)?,
            Some(_) | None => Some(0),
        };
        match self.place(call, node, above)? {
            Ok(()) => Ok(()),
            Err(refusal) => Err(Error::Invalid(format!(
                "node {} cannot be imported ({refusal:?}); export again",
                shown(node.node_id.as_str())
            ))),
        }
    }

    /// Adds nodes, and sees that the leaf is one of the graph.
    pub(super) fn add_all(
        &mut self,
        call: &mut Call<'_>,
        nodes: &Nodes,
    ) -> Result<Result<(), Refusal>, Error> {
        for node in &nodes.nodes {
            if let Err(refusal) = self.add(call, node)? {
                return Ok(Err(refusal));
            }
        }
        self.check_leaf(call, nodes.leaf.as_ref())
    }

    pub(super) fn check_leaf(
        &mut self,
        call: &mut Call<'_>,
        leaf: Option<&NodeId>,
    ) -> Result<Result<(), Refusal>, Error> {
        match leaf {
            Some(leaf) if self.depth(call, leaf)?.is_none() => {
                Ok(Err(Refusal::LeafUnknown(leaf.clone())))
            }
            Some(_) | None => Ok(Ok(())),
        }
    }

    /// Depth of a node that has joined or was there; none where there is no such node.
    fn depth(&self, call: &mut Call<'_>, node: &NodeId) -> Result<Option<u32>, Error> {
        if let Some(depth) = self.joined.get(node) {
            return Ok(Some(*depth));
        }
        if !self.begun {
            return Ok(None);
        }
        Ok(live(call, self.space, self.graph, node)?.map(|placed| placed.depth))
    }
}

pub(super) fn whole(
    call: &mut Call<'_>,
    space: Space<'_>,
    after: Option<&NodeId>,
    limit: u32,
) -> Result<GraphPage, Error> {
    let limit = page(limit)?;
    let after = after.map(node_id).transpose()?;
    let mut listed = GraphPage::default();
    let Some(Head { graph, .. }) = head(call, space)? else { return Ok(listed) };
    let after = match after {
        None => None,
        Some(id) => match row(call, space, graph, id.as_str())? {
            Some(row) => Some(space.key(Entry::<&str>::NodeAt(graph, row.place()))),
            None => {
                return Err(Error::NotFound(format!(
                    "there is no node {id} to go on after; begin again without one"
                )));
            }
        },
    };
    let keys = call.keys(&space.nodes_at(graph).after(after.as_ref()), limit + 1)?;
    let mut bytes = 0;
    for key in &keys {
        let placed = at_place(call, space, graph, key)?;
        bytes += placed.node.body.len();
        let full = listed.nodes.len() == limit || bytes > PAGE_BYTES;
        if let Some(last) = listed.nodes.last()
            && full
        {
            listed.next = Some(last.node_id.clone());
            break;
        }
        listed.nodes.push(placed.node);
    }
    Ok(listed)
}

/// The node that an index entry names.
pub(crate) fn at_place(
    call: &mut Call<'_>,
    space: Space<'_>,
    graph: u64,
    key: &crate::keys::Key,
) -> Result<Placed, Error> {
    let id = call.bytes(key)?.and_then(|id| String::from_utf8(id).ok());
    let placed = match id {
        Some(id) => row(call, space, graph, &id)?.and_then(NodeRow::live),
        None => None,
    };
    placed.ok_or_else(|| Error::backend(format!("{key} names no node; run a check")))
}

pub(super) fn path(
    call: &mut Call<'_>,
    space: Space<'_>,
    leaf: Option<&NodeId>,
    limit: u32,
) -> Result<GraphPage, Error> {
    let limit = page(limit)?;
    if let Some(leaf) = leaf {
        node_id(leaf)?;
    }
    let mut listed = GraphPage::default();
    let Some(head) = head(call, space)? else { return Ok(listed) };
    let mut next = leaf.cloned().or(head.leaf);
    let mut bytes = 0;
    while let Some(id) = next {
        let Some(placed) = live(call, space, head.graph, &id)? else { break };
        bytes += placed.node.body.len();
        if listed.nodes.len() == limit || (bytes > PAGE_BYTES && !listed.nodes.is_empty()) {
            listed.next = Some(id);
            break;
        }
        next = placed.node.parent_node_id.clone();
        listed.nodes.push(placed.node);
    }
    Ok(listed)
}

pub(super) fn tombstone(
    call: &mut Call<'_>,
    space: Space<'_>,
    nodes: &[NodeId],
) -> Result<(), Error> {
    list("the list of nodes", nodes.len())?;
    for node in nodes {
        node_id(node)?;
    }
    let Some(Head { graph, .. }) = head(call, space)? else { return Ok(()) };
    for node in nodes {
        // A node named twice is written twice, the same.
        let Some(placed) = live(call, space, graph, node)? else { continue };
        call.remove(space.key(Entry::<&str>::NodeAt(graph, placed.place)));
        call.put_bytes(space.key(Entry::Tombstone(graph, node.as_str())), Vec::new());
        call.put_bytes(space.key(Entry::UsedId(graph, node.as_str())), Vec::new());
        let key = space.key(Entry::Node(graph, node.as_str()));
        call.put(key, &NodeRow::Tombstoned(placed))?;
    }
    Ok(())
}

pub(super) fn vacuum(
    call: &mut Call<'_>,
    space: Space<'_>,
    budget: u32,
) -> Result<Vacuumed, Error> {
    at_least_one("budget", budget)?;
    let budget = cut_to_page(budget);
    let mut done = Vacuumed { removed: 0, more: false };
    let Some(Head { graph, .. }) = head(call, space)? else { return Ok(done) };
    let dead = call.keys(&space.tombstones(graph), budget + 1)?;
    let room = budget.saturating_sub(dead.len());
    let old = call.keys(&space.nodes_before(graph), room + 1)?;
    done.more = dead.len() > budget || old.len() > room;
    for key in dead.into_iter().take(budget) {
        let Some((_, Entry::Tombstone(_, id))) = key.parse() else { continue };
        if let Some(row) = row(call, space, graph, &id)? {
            call.put(space.key(Entry::Node(graph, &id)), &NodeRow::Used(row.place()))?;
        }
        call.remove(key);
        done.removed += 1;
    }
    for key in old.into_iter().take(room) {
        let Some((_, Entry::Node(graph, id))) = key.parse() else { continue };
        match call.value::<NodeRow>(&key)? {
            Some(NodeRow::Live(placed)) => {
                call.remove(space.key(Entry::<&str>::NodeAt(graph, placed.place)));
                done.removed += 1;
            }
            Some(NodeRow::Tombstoned(_)) => {
                call.remove(space.key(Entry::Tombstone(graph, &id)));
                call.remove(space.key(Entry::UsedId(graph, &id)));
                done.removed += 1;
            }
            Some(NodeRow::Used(_)) => call.remove(space.key(Entry::UsedId(graph, &id))),
            None => {}
        }
        call.remove(key);
    }
    Ok(done)
}
