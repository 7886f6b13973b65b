//! `wirt:persistence/sessions`. The contract holds a checkpoint's parts and a usage's tokens as
//! values of their own; in WIT they lie flat.

use wirt_contract::sessions::{
    Checkpoint, Collected, CommitAnswer, Committed, Frame, GraphChange, GraphPage, Meta, NewCommit,
    Node, Nodes, Part, Parts, Refusal, Relation, Session, Stamp, Tokens, Usage, UsageCursor,
    Vacuumed,
};
use wirt_contract::{BlobName, ClaimId, EpochMs, FrameId, NodeId, SessionId};

use super::work_queue::claim_ref_to;
use crate::bindings::exports::wirt::persistence::sessions as wit;

fn part_to(from: &Part) -> wit::Part {
    match from {
        Part::Bytes(bytes) => wit::Part::Bytes(bytes.clone()),
        Part::Kept(name) => wit::Part::Kept(name.as_str().into()),
    }
}

fn new_checkpoint(from: &Parts<Part>) -> wit::NewCheckpoint {
    let Parts { turn_state, tool_state, plugins, plugin_revision, execution_state } = from;
    wit::NewCheckpoint {
        turn_state: part_to(turn_state),
        tool_state: tool_state.as_ref().map(part_to),
        plugins: plugins.as_ref().map(part_to),
        plugin_revision: *plugin_revision,
        execution_state: execution_state.as_ref().map(part_to),
    }
}

fn checkpoint(from: wit::Checkpoint) -> Checkpoint {
    let wit::Checkpoint {
        checkpoint_ref,
        turn_state,
        tool_state,
        plugins,
        plugin_revision,
        execution_state,
    } = from;
    Checkpoint {
        checkpoint_ref,
        parts: Parts {
            turn_state: BlobName::from(turn_state),
            tool_state: tool_state.map(BlobName::from),
            plugins: plugins.map(BlobName::from),
            plugin_revision,
            execution_state: execution_state.map(BlobName::from),
        },
    }
}

fn checkpoint_to(from: &Checkpoint) -> wit::Checkpoint {
    let Checkpoint { checkpoint_ref, parts } = from;
    let Parts { turn_state, tool_state, plugins, plugin_revision, execution_state } = parts;
    wit::Checkpoint {
        checkpoint_ref: checkpoint_ref.clone(),
        turn_state: turn_state.as_str().into(),
        tool_state: tool_state.as_ref().map(|name| name.as_str().into()),
        plugins: plugins.as_ref().map(|name| name.as_str().into()),
        plugin_revision: *plugin_revision,
        execution_state: execution_state.as_ref().map(|name| name.as_str().into()),
    }
}

fn new_frame(from: &Frame<Part>) -> wit::Frame {
    let Frame {
        frame_id,
        previous_frame_id,
        superseded,
        reason,
        created_at,
        body,
        execution_state,
    } = from;
    wit::Frame {
        frame_id: frame_id.as_str().into(),
        previous_frame_id: previous_frame_id.as_ref().map(|id| id.as_str().into()),
        superseded: *superseded,
        reason: reason.clone(),
        created_at: created_at.0,
        body: body.clone(),
        execution_state: execution_state.as_ref().map(part_to),
    }
}

fn kept_frame(from: wit::KeptFrame) -> Frame<BlobName> {
    let wit::KeptFrame {
        frame_id,
        previous_frame_id,
        superseded,
        reason,
        created_at,
        body,
        execution_state,
    } = from;
    Frame {
        frame_id: FrameId::from(frame_id),
        previous_frame_id: previous_frame_id.map(FrameId::from),
        superseded,
        reason,
        created_at: EpochMs(created_at),
        body,
        execution_state: execution_state.map(BlobName::from),
    }
}

fn kept_frame_to(from: &Frame<BlobName>) -> wit::KeptFrame {
    let Frame {
        frame_id,
        previous_frame_id,
        superseded,
        reason,
        created_at,
        body,
        execution_state,
    } = from;
    wit::KeptFrame {
        frame_id: frame_id.as_str().into(),
        previous_frame_id: previous_frame_id.as_ref().map(|id| id.as_str().into()),
        superseded: *superseded,
        reason: reason.clone(),
        created_at: created_at.0,
        body: body.clone(),
        execution_state: execution_state.as_ref().map(|name| name.as_str().into()),
    }
}

pub(crate) fn node(from: wit::Node) -> Node {
    let wit::Node { node_id, parent_node_id, agent_frame_id, at, body } = from;
    Node {
        node_id: NodeId::from(node_id),
        parent_node_id: parent_node_id.map(NodeId::from),
        agent_frame_id: agent_frame_id.map(FrameId::from),
        at: EpochMs(at),
        body,
    }
}

pub(crate) fn node_to(from: &Node) -> wit::Node {
    let Node { node_id, parent_node_id, agent_frame_id, at, body } = from;
    wit::Node {
        node_id: node_id.as_str().into(),
        parent_node_id: parent_node_id.as_ref().map(|id| id.as_str().into()),
        agent_frame_id: agent_frame_id.as_ref().map(|id| id.as_str().into()),
        at: at.0,
        body: body.clone(),
    }
}

fn graph_change(from: &GraphChange) -> wit::GraphChange {
    let nodes = |Nodes { nodes, leaf }: &Nodes| wit::Nodes {
        nodes: nodes.iter().map(node_to).collect(),
        leaf: leaf.as_ref().map(|id| id.as_str().into()),
    };
    match from {
        GraphChange::Unchanged(leaf) => {
            wit::GraphChange::Unchanged(leaf.as_ref().map(|id| id.as_str().into()))
        }
        GraphChange::Append(more) => wit::GraphChange::Append(nodes(more)),
        GraphChange::Replace(instead) => wit::GraphChange::Replace(nodes(instead)),
    }
}

pub(crate) fn graph_page(from: wit::GraphPage) -> GraphPage {
    let wit::GraphPage { nodes, next } = from;
    GraphPage { nodes: nodes.into_iter().map(node).collect(), next: next.map(NodeId::from) }
}

pub(crate) fn usage(from: wit::Usage) -> Usage {
    let wit::Usage {
        source,
        model,
        input_tokens,
        output_tokens,
        cached_input_tokens,
        reasoning_tokens,
    } = from;
    Usage {
        of: UsageCursor { source, model },
        tokens: Tokens {
            input: input_tokens,
            output: output_tokens,
            cached_input: cached_input_tokens,
            reasoning: reasoning_tokens,
        },
    }
}

pub(crate) fn usage_to(from: &Usage) -> wit::Usage {
    let Usage { of: UsageCursor { source, model }, tokens } = from;
    let Tokens { input, output, cached_input, reasoning } = *tokens;
    wit::Usage {
        source: source.clone(),
        model: model.clone(),
        input_tokens: input,
        output_tokens: output,
        cached_input_tokens: cached_input,
        reasoning_tokens: reasoning,
    }
}

fn usage_cursor(from: wit::UsageCursor) -> UsageCursor {
    let wit::UsageCursor { source, model } = from;
    UsageCursor { source, model }
}

pub(crate) fn usage_cursor_to(from: &UsageCursor) -> wit::UsageCursor {
    let UsageCursor { source, model } = from;
    wit::UsageCursor { source: source.clone(), model: model.clone() }
}

fn stamp(from: &Stamp) -> wit::Stamp {
    let Stamp { session_id, turn_id, turn_hash } = from;
    wit::Stamp {
        session_id: session_id.as_str().into(),
        turn_id: turn_id.as_str().into(),
        turn_hash: turn_hash.clone(),
    }
}

pub(crate) fn new_commit(from: &NewCommit) -> wit::NewCommit {
    let NewCommit {
        session_id,
        expected_revision,
        config,
        frames,
        current_frame_id,
        checkpoint,
        usage,
        graph,
        completed,
        attachments,
        stamp,
    } = from;
    wit::NewCommit {
        session_id: session_id.as_str().into(),
        expected_revision: *expected_revision,
        config: config.clone(),
        frames: frames.iter().map(new_frame).collect(),
        current_frame_id: current_frame_id.as_str().into(),
        checkpoint: new_checkpoint(checkpoint),
        usage: usage.iter().map(usage_to).collect(),
        graph: graph_change(graph),
        completed: completed.iter().map(claim_ref_to).collect(),
        attachments: attachments.iter().map(|id| id.as_str().into()).collect(),
        stamp: stamp.as_ref().map(self::stamp),
    }
}

pub(crate) fn committed(from: wit::Committed) -> Committed {
    let wit::Committed { revision, checkpoint } = from;
    Committed { revision, checkpoint: self::checkpoint(checkpoint) }
}

pub(crate) fn committed_to(from: &Committed) -> wit::Committed {
    let Committed { revision, checkpoint } = from;
    wit::Committed { revision: *revision, checkpoint: checkpoint_to(checkpoint) }
}

fn refusal(from: wit::Refusal) -> Refusal {
    match from {
        wit::Refusal::BoundTo(session) => Refusal::BoundTo(SessionId::from(session)),
        wit::Refusal::StampConflict => Refusal::StampConflict,
        wit::Refusal::HeadMoved(revision) => Refusal::HeadMoved(revision),
        wit::Refusal::ClaimLost(claim) => Refusal::ClaimLost(ClaimId::from(claim)),
        wit::Refusal::BlobUnknown(name) => Refusal::BlobUnknown(BlobName::from(name)),
        wit::Refusal::UsageOverflow(of) => Refusal::UsageOverflow(usage_cursor(of)),
        wit::Refusal::NodeExists(node) => Refusal::NodeExists(NodeId::from(node)),
        wit::Refusal::ParentUnknown(node) => Refusal::ParentUnknown(NodeId::from(node)),
        wit::Refusal::LeafUnknown(node) => Refusal::LeafUnknown(NodeId::from(node)),
    }
}

pub(crate) fn commit_answer(from: wit::CommitAnswer) -> CommitAnswer {
    match from {
        wit::CommitAnswer::Committed(from) => CommitAnswer::Committed(committed(from)),
        wit::CommitAnswer::Refused(from) => CommitAnswer::Refused(refusal(from)),
    }
}

pub(crate) fn session(from: wit::Session) -> Session {
    let wit::Session { session_id, revision, config, frames, current_frame_id, checkpoint, leaf } =
        from;
    Session {
        session_id: SessionId::from(session_id),
        revision,
        config,
        frames: frames.into_iter().map(kept_frame).collect(),
        current_frame_id: FrameId::from(current_frame_id),
        checkpoint: self::checkpoint(checkpoint),
        leaf: leaf.map(NodeId::from),
    }
}

pub(crate) fn session_to(from: &Session) -> wit::Session {
    let Session { session_id, revision, config, frames, current_frame_id, checkpoint, leaf } = from;
    wit::Session {
        session_id: session_id.as_str().into(),
        revision: *revision,
        config: config.clone(),
        frames: frames.iter().map(kept_frame_to).collect(),
        current_frame_id: current_frame_id.as_str().into(),
        checkpoint: checkpoint_to(checkpoint),
        leaf: leaf.as_ref().map(|id| id.as_str().into()),
    }
}

pub(crate) fn meta(from: wit::Meta) -> Meta {
    let wit::Meta { session_id, name, created_at, model, cwd, relation } = from;
    Meta {
        session_id: SessionId::from(session_id),
        name,
        created_at: EpochMs(created_at),
        model,
        cwd,
        relation: match relation {
            wit::Relation::Root => Relation::Root,
            wit::Relation::Child(wit::Parent { session_id, caused_by }) => {
                Relation::Child { session_id: SessionId::from(session_id), caused_by }
            }
        },
    }
}

pub(crate) fn meta_to(from: &Meta) -> wit::Meta {
    let Meta { session_id, name, created_at, model, cwd, relation } = from;
    wit::Meta {
        session_id: session_id.as_str().into(),
        name: name.clone(),
        created_at: created_at.0,
        model: model.clone(),
        cwd: cwd.clone(),
        relation: match relation {
            Relation::Root => wit::Relation::Root,
            Relation::Child { session_id, caused_by } => wit::Relation::Child(wit::Parent {
                session_id: session_id.as_str().into(),
                caused_by: caused_by.clone(),
            }),
        },
    }
}

pub(crate) fn vacuumed(from: wit::Vacuumed) -> Vacuumed {
    let wit::Vacuumed { removed, more } = from;
    Vacuumed { removed, more }
}

pub(crate) fn collected(from: wit::Collected) -> Collected {
    let wit::Collected { roots, retained, deleted, next } = from;
    Collected { roots, retained, deleted, next: next.map(BlobName::from) }
}
