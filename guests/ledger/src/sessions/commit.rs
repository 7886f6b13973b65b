//! A commit: checks in the order of the contract, and writes as it goes. What it has written when
//! it comes upon a reason to refuse is dropped with the call's writes.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::sessions::{
    Checkpoint, CommitAnswer, Committed, Frame, GraphChange, NewCommit, Part, Parts, Refusal,
    Tokens,
};
use wirt_contract::{BlobName, Error, NodeId};

use super::graph::Growth;
use super::{Head, Setting, Turn, blobs, node_id, session_id, usage_entry};
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::limits::{Id, LIMITS, bytes, list, payload, text};
use crate::{attachment_manifest, work_queue};

/// Why a commit ends before its end.
enum Stop {
    Refused(Refusal),
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(super) fn commit(
    call: &mut Call<'_>,
    space: Space<'_>,
    retention: Retention,
    commit: &NewCommit,
) -> Result<CommitAnswer, Error> {
    match decide(call, space, retention, commit) {
        Ok(committed) => Ok(CommitAnswer::Committed(committed)),
        Err(Stop::Refused(refusal)) => {
            call.write_nothing();
            Ok(CommitAnswer::Refused(refusal))
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

/// The steps are those of `sessions.commit.order`.
fn decide(
    call: &mut Call<'_>,
    space: Space<'_>,
    retention: Retention,
    commit: &NewCommit,
) -> Result<Committed, Stop> {
    check_bounds(commit)?;
    let head = super::head(call, space)?;
    if let Some(head) = &head
        && head.session_id != commit.session_id
    {
        return Err(Refusal::BoundTo(head.session_id.clone()).into());
    }
    if let Some(committed) = replayed(call, space, commit)? {
        return Ok(committed);
    }
    let actual = head.as_ref().map_or(0, |head| head.revision);
    if commit.expected_revision.is_some_and(|expected| expected != actual) {
        return Err(Refusal::HeadMoved(actual).into());
    }
    if let Err(claim) = work_queue::complete(call, space, &commit.completed)? {
        return Err(Refusal::ClaimLost(claim).into());
    }
    let (checkpoint, frames) = keep_parts(call, space, commit)?;
    add_usage(call, space, commit)?;
    let (graph, last_place, leaf) = change_graph(call, space, head.as_ref(), &commit.graph)?;
    let revision = actual
        .checked_add(1)
        .ok_or_else(|| Error::backend("the session's head has no revision left"))?;
    let committed = Committed { revision, checkpoint };
    let head = Head {
        session_id: commit.session_id.clone(),
        revision,
        current_frame_id: commit.current_frame_id.clone(),
        checkpoint: committed.checkpoint.clone(),
        leaf,
        graph,
        last_place,
    };
    call.put(space.key(Entry::<&str>::Head), &head)?;
    let setting = Setting { config: commit.config.clone(), frames };
    call.put_changed(space.key(Entry::<&str>::Frames), &setting)?;
    attachment_manifest::commit(call, space, retention, &commit.session_id, &commit.attachments)?;
    if let Some(stamp) = &commit.stamp {
        let turn = Turn { turn_hash: stamp.turn_hash.clone(), committed: committed.clone() };
        call.put(space.key(Entry::Turn(stamp.turn_id.as_str())), &turn)?;
    }
    Ok(committed)
}

/// `sessions.commit.bound`.
fn check_bounds(commit: &NewCommit) -> Result<(), Error> {
    session_id(&commit.session_id)?;
    payload("the configuration", &commit.config)?;
    list("the list of frames", commit.frames.len())?;
    list("the list of usage", commit.usage.len())?;
    list("the list of completed claims", commit.completed.len())?;
    for claim in &commit.completed {
        session_id(&claim.session_id)?;
        Id::new("a claim id", claim.claim_id.as_str())?;
    }
    list("the list of attachments", commit.attachments.len())?;
    for attachment in &commit.attachments {
        Id::new("an attachment id", attachment.as_str())?;
    }
    Id::new("the current frame id", commit.current_frame_id.as_str())?;
    let mut frames = BTreeSet::new();
    for frame in &commit.frames {
        check_frame(frame)?;
        if let Some(Part::Bytes(state)) = &frame.execution_state {
            bytes("a frame's execution state", state)?;
        }
        if !frames.insert(&frame.frame_id) {
            return Err(Error::Invalid(format!(
                "the frames hold {} twice, and each has an id of its own",
                crate::limits::shown(frame.frame_id.as_str())
            )));
        }
    }
    for part in commit.checkpoint.iter() {
        if let Part::Bytes(part) = part {
            bytes("a part of the checkpoint", part)?;
        }
    }
    for usage in &commit.usage {
        usage_entry(&usage.of)?;
    }
    if let Some(stamp) = &commit.stamp {
        Id::new("the stamp's session id", stamp.session_id.as_str())?;
        Id::new("the turn id", stamp.turn_id.as_str())?;
        Id::new("the turn hash", &stamp.turn_hash)?;
    }
    match &commit.graph {
        GraphChange::Unchanged(leaf) => leaf.as_ref().map(node_id).transpose().map(|_| ()),
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => {
            list("the list of nodes", nodes.nodes.len())?;
            for node in &nodes.nodes {
                check_node(node)?;
            }
            nodes.leaf.as_ref().map(node_id).transpose().map(|_| ())
        }
    }
}

/// Bounds of a frame but for its bytes.
pub(crate) fn check_frame<P>(frame: &Frame<P>) -> Result<(), Error> {
    Id::new("a frame id", frame.frame_id.as_str())?;
    if let Some(previous) = &frame.previous_frame_id {
        Id::new("a previous frame id", previous.as_str())?;
    }
    text("a frame's reason", &frame.reason, LIMITS.max_id_bytes)?;
    payload("a frame's body", &frame.body)
}

/// Bounds of a node.
pub(crate) fn check_node(node: &wirt_contract::sessions::Node) -> Result<(), Error> {
    node_id(&node.node_id)?;
    if let Some(parent) = &node.parent_node_id {
        Id::new("a parent's node id", parent.as_str())?;
    }
    if let Some(frame) = &node.agent_frame_id {
        Id::new("a node's frame id", frame.as_str())?;
    }
    payload("a node's body", &node.body)
}

/// What the stamp's turn came to before, if it was committed.
fn replayed(
    call: &mut Call<'_>,
    space: Space<'_>,
    commit: &NewCommit,
) -> Result<Option<Committed>, Stop> {
    let Some(stamp) = &commit.stamp else { return Ok(None) };
    if stamp.session_id != commit.session_id {
        return Err(Refusal::StampConflict.into());
    }
    match call.value::<Turn>(&space.key(Entry::Turn(stamp.turn_id.as_str())))? {
        None => Ok(None),
        Some(turn) if turn.turn_hash == stamp.turn_hash => Ok(Some(turn.committed)),
        Some(_) => Err(Refusal::StampConflict.into()),
    }
}

fn keep_parts(
    call: &mut Call<'_>,
    space: Space<'_>,
    commit: &NewCommit,
) -> Result<(Checkpoint, Vec<Frame<BlobName>>), Stop> {
    let mut keep = |part: &Part| -> Result<BlobName, Stop> {
        blobs::keep(call, space, part)?.map_err(|name| Refusal::BlobUnknown(name).into())
    };
    let new = &commit.checkpoint;
    let parts = Parts {
        turn_state: keep(&new.turn_state)?,
        tool_state: new.tool_state.as_ref().map(&mut keep).transpose()?,
        plugins: new.plugins.as_ref().map(&mut keep).transpose()?,
        plugin_revision: new.plugin_revision,
        execution_state: new.execution_state.as_ref().map(&mut keep).transpose()?,
    };
    let mut frames = Vec::with_capacity(commit.frames.len());
    for frame in &commit.frames {
        frames.push(Frame {
            frame_id: frame.frame_id.clone(),
            previous_frame_id: frame.previous_frame_id.clone(),
            superseded: frame.superseded,
            reason: frame.reason.clone(),
            created_at: frame.created_at,
            body: frame.body.clone(),
            execution_state: frame.execution_state.as_ref().map(&mut keep).transpose()?,
        });
    }
    Ok((Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts }, frames))
}

fn add_usage(call: &mut Call<'_>, space: Space<'_>, commit: &NewCommit) -> Result<(), Stop> {
    let mut sums = BTreeMap::new();
    for usage in &commit.usage {
        let of = &usage.of;
        let before = match sums.get(of) {
            Some(sum) => *sum,
            None => call.value(&space.key(usage_entry(of)?))?.unwrap_or_default(),
        };
        let sum = usage.tokens.plus(before).ok_or_else(|| Refusal::UsageOverflow(of.clone()))?;
        sums.insert(of, sum);
    }
    for (of, sum) in sums {
        // What is all zero now was before, so there is no row to remove.
        if sum != Tokens::default() {
            call.put(space.key(usage_entry(of)?), &sum)?;
        }
    }
    Ok(())
}

/// Number of the graph, its last place, and the leaf.
fn change_graph(
    call: &mut Call<'_>,
    space: Space<'_>,
    head: Option<&Head>,
    change: &GraphChange,
) -> Result<(u64, u64, Option<NodeId>), Stop> {
    let (graph, last_place) = head.map_or((0, 0), |head| (head.graph, head.last_place));
    let (mut growth, nodes) = match change {
        GraphChange::Unchanged(leaf) => {
            let mut same = Growth::of(space, graph, last_place);
            same.check_leaf(call, leaf.as_ref())??;
            return Ok((graph, last_place, leaf.clone()));
        }
        GraphChange::Append(nodes) => (Growth::of(space, graph, last_place), nodes),
        GraphChange::Replace(nodes) => {
            let next = graph
                .checked_add(1)
                .ok_or_else(|| Error::backend("the session has no number left for a graph"))?;
            (Growth::of(space, next, 0), nodes)
        }
    };
    growth.add_all(call, nodes)??;
    Ok((growth.graph(), growth.last_place(), nodes.leaf.clone()))
}
